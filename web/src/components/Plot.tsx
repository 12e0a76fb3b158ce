import { useEffect, useState } from 'preact/hooks';
import { ApiError, api, hubNow } from '../api/client';
import type { Entity, History } from '../api/types';
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

  const numeric = isNumeric(entity, state);
  const empty =
    shown &&
    (numeric ? !shown.history.points.some(([, value]) => value !== null) : !shown.history.states.length);
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
      ) : !shown ? (
        <p class="quiet">{t('common.loading')}</p>
      ) : empty ? (
        <p class="quiet">{t('plot.empty')}</p>
      ) : numeric ? (
        <Curve
          {...shown}
          points={shown.history.points}
          name={shownName(entity)}
          unit={entity.unit_of_measurement}
        />
      ) : (
        <StateBand {...shown} states={shown.history.states} entity={entity} />
      )}
    </section>
  );
}
