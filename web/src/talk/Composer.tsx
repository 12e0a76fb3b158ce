import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Icon } from '../components/Icon';
import { t } from '../i18n';
import { say } from '../state/conversation';

/** Kept here so that a sentence survives changing the page. */
const draft = signal('');

/** The box in which one speaks with the home; `/` leads to it from anywhere. */
export function Composer({ onSay, onFocus }: { onSay?: () => void; onFocus?: () => void }) {
  const input = useRef<HTMLInputElement>(null);

  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const inField = (event.target as HTMLElement | null)?.closest('input, textarea, select, [role=slider]');
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || inField) return;
      event.preventDefault();
      input.current?.focus();
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, []);

  const send = (event: Event) => {
    event.preventDefault();
    const text = draft.value.trim();
    if (!text) return;
    draft.value = '';
    void say(text);
    onSay?.();
  };
  return (
    <form class="composer" onSubmit={send}>
      <input
        ref={input}
        type="text"
        name="sentence"
        autocomplete="off"
        enterkeyhint="send"
        maxLength={1_000}
        placeholder={t('talk.placeholder')}
        aria-label={t('talk.placeholder')}
        aria-keyshortcuts="/"
        value={draft.value}
        onInput={(event) => {
          draft.value = event.currentTarget.value;
        }}
        onFocus={onFocus}
      />
      <button
        type="submit"
        class="round primary"
        aria-label={t('common.send')}
        disabled={!draft.value.trim()}
      >
        <Icon name="send" />
      </button>
    </form>
  );
}
