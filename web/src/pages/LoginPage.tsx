import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { ApiError } from '../api/client';
import { LEAST_PASSWORD, OwnerName, PasswordField } from '../components/PasswordField';
import { t } from '../i18n';
import { wordsOf } from '../state/attempt';
import { changePassword, logIn, logInByLink } from '../state/session';

function refusal(error: unknown): string {
  if (!(error instanceof ApiError)) return wordsOf(error);
  if (error.status === 429) return t('login.limited', { seconds: error.retryAfter ?? 60 });
  if (error.status === 401) return t('login.wrong');
  return wordsOf(error);
}

/** The code of a login link stands behind the # so that it never reaches a log on the way. */
function codeInAddress(): string {
  return location.pathname === '/login' ? location.hash.slice(1) : '';
}

function Frame({ title, children }: { title: string; children: preact.ComponentChildren }) {
  return (
    <main class="login">
      <section class="card">
        <img src="/icon.svg" width={64} height={64} alt="" />
        <h1>{title}</h1>
        {children}
      </section>
    </main>
  );
}

export function LoginPage() {
  const [password, setPassword] = useState('');
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);

  const tried = async (work: () => Promise<void>, words: (error: unknown) => string) => {
    setBusy(true);
    setError('');
    try {
      await work();
    } catch (cause) {
      setError(words(cause));
      setBusy(false);
    }
  };
  useEffect(() => {
    const onHash = () => {
      const code = codeInAddress();
      if (!code) return;
      // A used code is worth nothing, but it need not stay in the address either.
      history.replaceState(null, '', '/login');
      void tried(
        () => logInByLink(code),
        (cause) =>
          cause instanceof ApiError && (cause.unreachable || cause.status === 429)
            ? refusal(cause)
            : t('login.link_bad'),
      );
    };
    onHash();
    addEventListener('hashchange', onHash);
    return () => removeEventListener('hashchange', onHash);
  }, []);

  return (
    <Frame title={t('login.title')}>
      <form
        class="editor"
        onSubmit={(event) => {
          event.preventDefault();
          void tried(() => logIn(password), refusal);
        }}
      >
        <OwnerName />
        <PasswordField label={t('login.password')} kind="current" value={password} onInput={setPassword} />
        <p class="form-error" role="alert">
          {error}
        </p>
        <button type="submit" class="button primary" disabled={busy}>
          {busy ? t('login.opening') : t('login.submit')}
        </button>
      </form>
      <p class="quiet">{t('login.hint')}</p>
    </Frame>
  );
}

/** The wish to choose a password later lasts as long as the page. */
export const passwordLater = signal(false);

/** After the first login by link: a password for every further browser. */
export function ChoosePassword() {
  const [next, setNext] = useState('');
  const [error, setError] = useState('');
  const submit = async (event: Event) => {
    event.preventDefault();
    if (next.length < LEAST_PASSWORD) { setError(t('settings.password_short')); return; }
    try {
      await changePassword(null, next);
    } catch (cause) {
      setError(wordsOf(cause));
    }
  };
  return (
    <Frame title={t('login.choose')}>
      <p class="quiet">{t('login.choose_hint')}</p>
      <form class="editor" onSubmit={(event) => void submit(event)}>
        <OwnerName />
        <PasswordField label={t('settings.new')} kind="new" value={next} least={LEAST_PASSWORD} onInput={setNext} />
        <p class="form-error" role="alert">
          {error}
        </p>
        <button type="submit" class="button primary">
          {t('common.save')}
        </button>
        <button
          type="button"
          class="button"
          onClick={() => {
            passwordLater.value = true;
          }}
        >
          {t('login.later')}
        </button>
      </form>
    </Frame>
  );
}
