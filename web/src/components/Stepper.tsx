import { useEffect, useRef, useState } from 'preact/hooks';
import { clamp, snap } from '../format/numbers';
import { t } from '../i18n';
import { Icon } from './Icon';

interface Props {
  label: string;
  value: number | undefined;
  min: number;
  max: number;
  step: number;
  words: (value: number) => string;
  commit: (value: number) => void;
  disabled?: boolean;
}

/** Several taps are one wish. */
const SETTLE_MS = 500;

export function Stepper({ label, value, min, max, step, words, commit, disabled }: Props) {
  const [held, setHeld] = useState<number | undefined>(undefined);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  const shown = held ?? value;
  const move = (by: number) => {
    const next = clamp(snap((shown ?? (min + max) / 2) + by, step, min), min, max);
    setHeld(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      commit(next);
      setHeld(undefined);
    }, SETTLE_MS);
  };
  return (
    // a fieldset cannot be laid out as one line everywhere
    <div class="stepper" role="group" aria-label={label}>
      <button
        type="button"
        class="round"
        aria-label={t('card.cooler')}
        disabled={disabled}
        onClick={() => move(-step)}
      >
        <Icon name="minus" />
      </button>
      <output aria-live="polite">
        <span class="visually-hidden">{label} </span>
        {shown === undefined ? '–' : words(shown)}
      </output>
      <button
        type="button"
        class="round"
        aria-label={t('card.warmer')}
        disabled={disabled}
        onClick={() => move(step)}
      >
        <Icon name="plus" />
      </button>
    </div>
  );
}
