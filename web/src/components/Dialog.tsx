import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { t } from '../i18n';
import { Icon } from './Icon';

interface Props {
  title: string;
  close: () => void;
  children: ComponentChildren;
  /** Small and centred, for a question. */
  small?: boolean;
}

/** A sheet over the page; the browser keeps the focus inside and closes it with Escape. */
export function Dialog({ title, close, children, small }: Props) {
  const element = useRef<HTMLDialogElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = element.current;
    const opener = document.activeElement;
    if (dialog && !dialog.open) dialog.showModal();
    // The browser would take the closing button; the heading says where one is, and a question its answer.
    (dialog?.querySelector<HTMLElement>('[data-first]') ?? heading.current)?.focus();
    return () => {
      dialog?.close();
      // By now the dialog may have left the page, and then the browser leads nowhere back.
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus({ preventScroll: true });
    };
  }, []);
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- Escape does the same for keyboards
    <dialog
      ref={element}
      class={small ? 'sheet small' : 'sheet'}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      // A click beside the sheet lands on the dialog itself.
      onMouseDown={(event) => {
        if (event.target === element.current) close();
      }}
    >
      <div class="sheet-body">
        <header class="sheet-head">
          <h2 id={id} ref={heading} tabIndex={-1}>
            {title}
          </h2>
          <button type="button" class="plain round" aria-label={t('common.close')} onClick={close}>
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
