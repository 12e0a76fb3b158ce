import { useRef, useState } from 'preact/hooks';
import type { History } from '../api/types';
import { clamp, number, withUnit } from '../format/numbers';
import { dateAndTime, timeOfDay } from '../format/time';
import { t } from '../i18n';
import { useWidth } from './useWidth';

interface Props {
  points: History['points'];
  from: number;
  to: number;
  name: string;
  unit?: string;
}

const HEIGHT = 200;
const PAD = { left: 46, right: 12, top: 12, bottom: 24 };

/** Round figures for an axis: about `count` of them between low and high. */
export function ticks(low: number, high: number, count: number): number[] {
  const span = high - low || Math.abs(high) || 1;
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((one) => one >= rough) ?? power * 10;
  const first = Math.ceil(low / step);
  const found: number[] = [];
  for (let i = first; i * step <= high + step * 1e-9; i++) found.push(Number((i * step).toPrecision(12)));
  return found;
}

export function timeTicks(from: number, to: number, count: number): number[] {
  const steps = [5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1_440].map((minutes) => minutes * 60_000);
  const step = steps.find((one) => (to - from) / one <= count) ?? 86_400_000;
  const zone = new Date(to).getTimezoneOffset() * 60_000;
  const found: number[] = [];
  for (let time = Math.ceil((from - zone) / step) * step + zone; time <= to; time += step) found.push(time);
  return found;
}

export function timeLabel(time: number, span: number): string {
  return span > 2 * 86_400_000
    ? new Date(time).toLocaleDateString(document.documentElement.lang, { day: 'numeric', month: 'numeric' })
    : timeOfDay(time);
}

export function Curve({ points, from, to, name, unit }: Props) {
  const [at, setAt] = useState<number | undefined>(undefined);
  const figure = useRef<HTMLElement>(null);
  const width = useWidth(figure, 520);
  const known = points.filter((point): point is [number, number] => point[1] !== null);
  const values = known.map(([, value]) => value);
  const [lowest, highest] = [Math.min(...values), Math.max(...values)];
  const margin = (highest - lowest) * 0.1 || Math.max(0.5, Math.abs(highest) * 0.02);
  const [low, high] = [lowest - margin, highest + margin];
  const x = (time: number) =>
    PAD.left + ((time - from) / Math.max(1, to - from)) * (width - PAD.left - PAD.right);
  const y = (value: number) =>
    HEIGHT - PAD.bottom - ((value - low) / (high - low)) * (HEIGHT - PAD.top - PAD.bottom);
  const words = (value: number) => withUnit(number(value), unit);

  let path = '';
  let pen = 'M';
  for (const [time, value] of points) {
    if (value === null) {
      pen = 'M';
      continue;
    }
    path += `${pen}${x(time).toFixed(1)} ${y(value).toFixed(1)}`;
    pen = 'L';
  }
  const nearest = (fraction: number) => {
    const time = from + fraction * (to - from);
    let best = 0;
    for (let i = 1; i < known.length; i++) {
      if (Math.abs((known[i]?.[0] ?? 0) - time) < Math.abs((known[best]?.[0] ?? 0) - time)) best = i;
    }
    setAt(best);
  };
  const onPointer = (event: PointerEvent & { currentTarget: SVGSVGElement }) => {
    const box = event.currentTarget.getBoundingClientRect();
    const inside = ((event.clientX - box.left) / box.width) * width;
    nearest(clamp((inside - PAD.left) / (width - PAD.left - PAD.right), 0, 1));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    setAt((old) => clamp((old ?? known.length - 1) + by, 0, known.length - 1));
  };
  const marked = at === undefined ? undefined : known[at];
  const last = known.at(-1)?.[1] ?? 0;
  return (
    <figure ref={figure}>
      <figcaption class="plot-readout" aria-live="polite">
        {marked ? `${words(marked[1])} · ${dateAndTime(marked[0])}` : `${words(lowest)} – ${words(highest)}`}
      </figcaption>
      <svg
        class="curve"
        viewBox={`0 0 ${width} ${HEIGHT}`}
        role="img"
        // arrow keys move the readout
        tabIndex={0}
        aria-label={t('plot.summary', { name, min: words(lowest), max: words(highest), last: words(last) })}
        onPointerMove={onPointer}
        onPointerDown={onPointer}
        onPointerLeave={() => setAt(undefined)}
        onKeyDown={onKeyDown}
        onBlur={() => setAt(undefined)}
      >
        {ticks(low, high, 4).map((tick) => (
          <g key={tick}>
            <line class="grid" x1={PAD.left} x2={width - PAD.right} y1={y(tick)} y2={y(tick)} />
            <text x={PAD.left - 8} y={y(tick) + 4} text-anchor="end">
              {number(tick, 4)}
            </text>
          </g>
        ))}
        {timeTicks(from, to, Math.floor(width / 75)).map((time) => (
          <text key={time} x={Math.min(x(time), width - 18)} y={HEIGHT - 6} text-anchor="middle">
            {timeLabel(time, to - from)}
          </text>
        ))}
        <path class="line" d={path} />
        {known.length === 1 && known[0] && (
          <circle class="dot" cx={x(known[0][0])} cy={y(known[0][1])} r="4" />
        )}
        {marked && (
          <g>
            <line class="mark" x1={x(marked[0])} x2={x(marked[0])} y1={PAD.top} y2={HEIGHT - PAD.bottom} />
            <circle class="dot" cx={x(marked[0])} cy={y(marked[1])} r="5" />
          </g>
        )}
      </svg>
    </figure>
  );
}
