import { useEffect, useRef, useState } from 'preact/hooks';
import { rgbOfHs } from '../format/color';
import { clamp } from '../format/numbers';
import { t } from '../i18n';

interface Props {
  hue: number;
  saturation: number;
  commit: (hue: number, saturation: number) => void;
  disabled?: boolean;
}

const SWATCHES: readonly [number, number][] = [
  [0, 100],
  [28, 100],
  [48, 90],
  [110, 80],
  [160, 90],
  [190, 90],
  [225, 90],
  [265, 80],
  [300, 75],
  [335, 65],
];

/** Hue around, saturation outward; beside it a palette of colours that people like. */
export function ColorWheel({ hue, saturation, commit, disabled }: Props) {
  const element = useRef<HTMLDivElement>(null);
  const [held, setHeld] = useState<[number, number] | undefined>(undefined);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const [shownHue, shownSaturation] = held ?? [hue, saturation];

  useEffect(() => () => clearTimeout(timer.current), []);

  const at = (event: PointerEvent): [number, number] => {
    const box = element.current?.getBoundingClientRect();
    if (!box) return [hue, saturation];
    const x = (event.clientX - box.left) / box.width - 0.5;
    const y = (event.clientY - box.top) / box.height - 0.5;
    const angle = (Math.atan2(x, -y) * 180) / Math.PI;
    return [Math.round((angle + 360) % 360), Math.round(clamp(Math.hypot(x, y) * 200, 0, 100))];
  };
  const step = (byHue: number, bySaturation: number) => {
    const next: [number, number] = [
      (shownHue + byHue + 360) % 360,
      clamp(shownSaturation + bySaturation, 0, 100),
    ];
    setHeld(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      commit(...next);
      setHeld(undefined);
    }, 300);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowLeft: [-5, 0], ArrowRight: [5, 0], ArrowUp: [0, 5], ArrowDown: [0, -5] }[event.key];
    if (!by || disabled) return;
    event.preventDefault();
    step(by[0] ?? 0, by[1] ?? 0);
  };
  const radians = (shownHue * Math.PI) / 180;
  const reach = shownSaturation / 2;
  return (
    <div class="wheel-and-palette">
      <div
        ref={element}
        class="wheel"
        role="slider"
        tabIndex={disabled ? -1 : 0}
        aria-label={t('card.hue')}
        aria-disabled={disabled}
        aria-valuemin={0}
        aria-valuemax={360}
        aria-valuenow={Math.round(shownHue)}
        aria-valuetext={t('card.color_value', {
          hue: Math.round(shownHue),
          saturation: Math.round(shownSaturation),
        })}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => {
          if (disabled) return;
          // What the keys asked for a moment ago must not come after what the finger asks for.
          clearTimeout(timer.current);
          event.currentTarget.setPointerCapture(event.pointerId);
          setHeld(at(event));
        }}
        onPointerMove={(event) => held && event.buttons > 0 && setHeld(at(event))}
        onPointerUp={(event) => {
          if (!held) return;
          commit(...at(event));
          setHeld(undefined);
        }}
        onPointerCancel={() => setHeld(undefined)}
      >
        <span
          class="wheel-thumb"
          style={{
            left: `${50 + reach * Math.sin(radians)}%`,
            top: `${50 - reach * Math.cos(radians)}%`,
            background: `rgb(${rgbOfHs(shownHue, shownSaturation).join(' ')})`,
          }}
        />
      </div>
      <div class="palette">
        {SWATCHES.map(([swatchHue, swatchSaturation]) => (
          <button
            type="button"
            key={swatchHue}
            class="swatch"
            disabled={disabled}
            aria-label={t('card.color_value', { hue: swatchHue, saturation: swatchSaturation })}
            style={{ background: `rgb(${rgbOfHs(swatchHue, swatchSaturation).join(' ')})` }}
            onClick={() => {
              clearTimeout(timer.current);
              setHeld(undefined);
              commit(swatchHue, swatchSaturation);
            }}
          />
        ))}
      </div>
    </div>
  );
}
