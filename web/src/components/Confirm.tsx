import { signal } from '@preact/signals';
import { t } from '../i18n';
import { Dialog } from './Dialog';

interface Question {
  text: string;
  yes: string;
  grave: boolean;
  answer: (yes: boolean) => void;
}

const question = signal<Question | undefined>(undefined);

/** Asks before something that cannot be undone or that opens the house. */
export function confirm(text: string, yes: string, grave = true): Promise<boolean> {
  question.peek()?.answer(false);
  return new Promise((resolve) => {
    question.value = {
      text,
      yes,
      grave,
      answer: (answer) => {
        question.value = undefined;
        resolve(answer);
      },
    };
  });
}

export function Confirm() {
  const asked = question.value;
  if (!asked) return null;
  return (
    <Dialog small title={asked.text} close={() => asked.answer(false)}>
      <div class="row end">
        <button type="button" class="button" data-first onClick={() => asked.answer(false)}>
          {t('common.cancel')}
        </button>
        <button
          type="button"
          class={asked.grave ? 'button bad' : 'button primary'}
          onClick={() => asked.answer(true)}
        >
          {asked.yes}
        </button>
      </div>
    </Dialog>
  );
}
