import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, api, hubNow } from '../api/client';
import type { Entity, History, State } from '../api/types';
import { asNumber } from '../format/numbers';
import { isNumeric } from '../format/state';
import { t } from '../i18n';
import { shownName } from '../i18n/names';
import { shownState } from '../state/control';
import { Segments } from './Choice';
import { Curve } from './Curve';
import { StateBand } from './StateBand';

const RANGES = { '1h': 3_600_000, '24h': 86_400_000, '7d': 604_800_000 } as const;
type Range = keyof typeof RANGES;

interface Shown {
  history: History;
  from: number;
  to: number;
}

const MOST_HEARD = 500;

/** The history with the states behind it that came since it was read; the newest stands at the right end. */
function withHeard({ history, from, to }: Shown, heard: readonly State[]): Shown {
  const newest = Math.max(0, ...history.points.map(([at]) => at), ...history.states.map(([at]) => at));
  const later = heard.filter((state) => state.last_updated > newest);
  const end = Math.max(to, heard.at(-1)?.last_updated ?? 0);
  return {
    history: {
      points: [
        ...history.points,
        ...later.map((state): [number, number | null] => [
          Math.max(from, state.last_updated),
          state.available ? (asNumber(state.state) ?? null) : null,
        ]),
      ],
      states: [
        ...history.states,
        ...later
          .filter((state) => state.last_changed > newest)
          .map((state): [number, string] => [
            state.last_changed,
            state.available ? state.state : 'unavailable',
          ]),
      ],
    },
    from: from + end - to,
    to: end,
  };
}

/** What an entity was like, as a curve or as a band of states; follows the entity while it is open. */
export function Plot({ entity }: { entity: Entity }) {
  const [range, setRange] = useState<Range>('24h');
  const [shown, setShown] = useState<Shown | undefined>(undefined);
  const [failed, setFailed] = useState('');
  const state = shownState(entity.id).value;
  // A chatty sensor would have the whole curve read again with each word: at most four times a minute.
  const tick = Math.floor(state.last_updated / 15_000);

  useEffect(() => {
    let gone = false;
    const to = hubNow();
    const from = to - RANGES[range];
    api.history(entity.id, from, to, 240).then(
      (history) => {
        if (gone) return;
        setFailed('');
        setShown({ history, from, to });
      },
      (error: unknown) => {
        if (!gone) setFailed(error instanceof ApiError ? error.message : t('plot.error'));
      },
    );
    return () => {
      gone = true;
    };
  }, [entity.id, range, tick]);

  // The hub writes history down half a minute late: what was heard meanwhile is drawn behind it.
  const heard = useRef<State[]>([]);
  if (state.last_updated > (heard.current.at(-1)?.last_updated ?? 0)) {
    heard.current = [...heard.current.slice(-MOST_HEARD), state];
  }
  const numeric = isNumeric(entity, state);
  const drawn = shown && withHeard(shown, heard.current);
  const empty =
    drawn &&
    (numeric ? !drawn.history.points.some(([, value]) => value !== null) : !drawn.history.states.length);
  return (
    <section class="plot" aria-label={t('details.history')}>
      <Segments
        label={t('plot.range')}
        value={range}
        options={(Object.keys(RANGES) as Range[]).map((value) => ({ value, label: t(`plot.${value}`) }))}
        change={(next) => setRange(next as Range)}
      />
      {failed ? (
        <p class="quiet">
          {t('plot.error')} {failed}
        </p>
      ) : !drawn ? (
        <p class="quiet">{t('common.loading')}</p>
      ) : empty ? (
        <p class="quiet">{t('plot.empty')}</p>
      ) : numeric ? (
        <Curve
          {...drawn}
          points={drawn.history.points}
          name={shownName(entity)}
          unit={entity.unit_of_measurement}
        />
      ) : (
        <StateBand {...drawn} states={drawn.history.states} entity={entity} />
      )}
    </section>
  );
}
