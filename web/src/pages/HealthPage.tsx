import type { HealthLevel } from '../api/types';
import { Icon } from '../components/Icon';
import { dateAndTime, dayAndTime, halfMinute } from '../format/time';
import { maybe, t } from '../i18n';
import { home, worstHealth } from '../state/home';

const ORDER: readonly HealthLevel[] = ['given_up', 'failing', 'degraded', 'starting', 'ok'];

/** Each part of the hub: how it is, since when, and what one can do. */
export function HealthPage() {
  const parts = [...home.health.value.values()].sort(
    (a, b) => ORDER.indexOf(a.level) - ORDER.indexOf(b.level) || a.part.localeCompare(b.part),
  );
  const well = worstHealth.value === 'ok';
  return (
    <>
      <header class="page-head">
        <h1>{t('health.title')}</h1>
      </header>
      {parts.length > 0 && (
        <p class={well ? 'verdict good' : 'verdict bad'}>
          <Icon name={well ? 'check' : 'warning'} />
          {t(well ? 'health.all_well' : 'health.attention')}
        </p>
      )}
      {parts.length === 0 && <p class="quiet">{t('health.none')}</p>}
      <div class="cards">
        {parts.map((part) => (
          <article class="card part" key={part.part} data-part={part.part}>
            <div class="part-head">
              <h2 class="name">{maybe(`part.${part.part}`) ?? part.part}</h2>
              <span class={`level ${part.level}`}>{t(`health.${part.level}`)}</span>
            </div>
            {part.message && <p>{part.message}</p>}
            <p class="quiet">
              <time dateTime={new Date(part.since).toISOString()} title={dateAndTime(part.since)}>
                {t('health.since', { time: dayAndTime(part.since, halfMinute.value) })}
              </time>
              {part.restarts > 0 && ` · ${t('health.restarts', { n: part.restarts })}`}
            </p>
          </article>
        ))}
      </div>
    </>
  );
}
