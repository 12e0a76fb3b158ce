import { useRef, useState } from 'preact/hooks';
import type { Entity, History } from '../api/types';
import { clamp } from '../format/numbers';
import { isActive, stateWord } from '../format/state';
import { dateAndTime } from '../format/time';
import { t } from '../i18n';
import { shownName } from '../i18n/names';
import { shownState } from '../state/control';
import { useWidth } from './useWidth';
import { timeLabel, timeTicks } from './Curve';

interface Props {
  states: History['states'];
  from: number;
  to: number;
  entity: Entity;
}

interface Span {
  from: number;
  to: number;
  state: string;
}

const HEIGHT = 72;
const BAND = { top: 4, height: 40 };

/** Each state from when it began to when the next did, cut to what is shown. */
export function spansOf(states: History['states'], from: number, to: number): Span[] {
  const sorted = [...states].sort((a, b) => a[0] - b[0]);
  return sorted
    .map(([begin, state], index) => ({
      from: Math.max(from, begin),
      to: Math.min(to, sorted[index + 1]?.[0] ?? to),
      state,
    }))
    .filter((span) => span.to > span.from);
}

/** When something was on and when off, as a band. */
export function StateBand({ states, from, to, entity }: Props) {
  const [at, setAt] = useState<number | undefined>(undefined);
  const figure = useRef<HTMLElement>(null);
  const width = useWidth(figure, 520);
  const state = shownState(entity.id).value;
  const spans = spansOf(states, from, to);
  const x = (time: number) => ((time - from) / Math.max(1, to - from)) * width;
  const toneOf = (text: string) => {
    if (text === 'unavailable' || text === 'unknown') return 'gap';
    return isActive(entity, { ...state, state: text, available: true }) ? 'on' : 'off';
  };
  const onPointer = (event: PointerEvent & { currentTarget: SVGSVGElement }) => {
    const box = event.currentTarget.getBoundingClientRect();
    const time = from + clamp((event.clientX - box.left) / box.width, 0, 1) * (to - from);
    setAt(spans.findIndex((span) => time >= span.from && time <= span.to));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    setAt((old) => clamp((old ?? spans.length - 1) + by, 0, spans.length - 1));
  };
  const marked = at === undefined ? undefined : spans[at];
  const last = spans.at(-1);
  const told = marked ?? last;
  return (
    <figure ref={figure}>
      <figcaption class="plot-readout" aria-live="polite">
        {told && `${stateWord(entity, state, told.state)} · ${dateAndTime(told.from)}`}
      </figcaption>
      <svg
        class="band"
        viewBox={`0 0 ${width} ${HEIGHT}`}
        role="img"
        // arrow keys move the readout
        tabIndex={0}
        aria-label={t('plot.states', { name: shownName(entity), n: Math.max(0, spans.length - 1) })}
        onPointerMove={onPointer}
        onPointerDown={onPointer}
        onPointerLeave={() => setAt(undefined)}
        onKeyDown={onKeyDown}
        onBlur={() => setAt(undefined)}
      >
        <rect class="gap" x={0} y={BAND.top} width={width} height={BAND.height} />
        {spans.map((span, index) => (
          <rect
            key={span.from}
            class={`${toneOf(span.state)}${index === at ? ' marked' : ''}`}
            x={x(span.from)}
            y={BAND.top}
            width={Math.max(1, x(span.to) - x(span.from))}
            height={BAND.height}
          />
        ))}
        {timeTicks(from, to, Math.floor(width / 75)).map((time) => (
          <text key={time} x={clamp(x(time), 18, width - 18)} y={HEIGHT - 8} text-anchor="middle">
            {timeLabel(time, to - from)}
          </text>
        ))}
      </svg>
    </figure>
  );
}
