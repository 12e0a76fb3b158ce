import { useEffect, useRef, useState } from 'preact/hooks';
import { clamp } from '../format/numbers';

interface Props {
  label: string;
  value: number | undefined;
  min: number;
  max: number;
  step?: number;
  /** The value in words, beside the label and for screen readers. */
  words: (value: number) => string;
  commit: (value: number) => void;
  /** A class that paints the track, `warmth` for example. */
  paint?: string;
  disabled?: boolean;
  /** Without the line of label and value above. */
  bare?: boolean;
}

/** Keys come in bursts; the device gets the last of them. */
const SETTLE_MS = 250;

export function Slider(props: Props) {
  const { label, value, min, max, step = 1, words, commit, paint = '', disabled, bare } = props;
  const [held, setHeld] = useState<number | undefined>(undefined);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const shown = clamp(held ?? value ?? min, min, max);
  const known = held !== undefined || value !== undefined;

  useEffect(() => () => clearTimeout(timer.current), []);

  const finish = (next: number) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      commit(next);
      setHeld(undefined);
    }, SETTLE_MS);
  };
  const portion = max > min ? (shown - min) / (max - min) : 0;
  return (
    <label class={`slider ${paint}${held === undefined ? '' : ' held'}`}>
      <span class={bare ? 'visually-hidden' : 'slider-line'}>
        <span>{label}</span>
        <output>{known ? words(shown) : '–'}</output>
      </span>
      <span class="slider-box">
        <input
          type="range"
          min={min}
          max={max}
          step={step}
          value={shown}
          disabled={disabled}
          aria-label={label}
          aria-valuetext={known ? words(shown) : undefined}
          // Nothing is painted at nought, or it would look like a little.
          style={{ '--portion': String(portion), '--rim': portion > 0 ? '36px' : '0px' }}
          onInput={(event) => setHeld(event.currentTarget.valueAsNumber)}
          onChange={(event) => finish(event.currentTarget.valueAsNumber)}
        />
        {bare && held !== undefined && (
          <span class="slider-bubble" aria-hidden="true" style={{ '--portion': String(portion) }}>
            {words(shown)}
          </span>
        )}
      </span>
    </label>
  );
}
