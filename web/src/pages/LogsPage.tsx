import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { api } from '../api/client';
import type { LogLevel } from '../api/types';
import { Select } from '../components/Choice';
import { timeOfDay } from '../format/time';
import { t } from '../i18n';
import { attempt } from '../state/attempt';
import { subscribeLogs } from '../state/live';
import { clearLogs, fillLogs, isAtLeast, type LogLine, levelOf, logs, timeOf } from '../state/logs';

const LEVELS: readonly LogLevel[] = ['error', 'warn', 'info', 'debug', 'trace'];
const least = signal<LogLevel>('info');
const filter = signal('');
/** The lines that stand still while new ones come. */
const held = signal<readonly LogLine[] | undefined>(undefined);

function matches(line: LogLine, wanted: string): boolean {
  if (!isAtLeast(line, least.value)) return false;
  if (!wanted) return true;
  const fields = fieldsOf(line).map(([name, value]) => `${name}=${value}`);
  return [line.target, line.message, ...fields].join(' ').toLocaleLowerCase().includes(wanted);
}

/** Named values as they are shown, so that what one sees can be found. */
function fieldsOf(line: LogLine): [string, string][] {
  return Object.entries(line.fields ?? {}).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
}

export function LogsPage() {
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    subscribeLogs(true);
    void attempt(async () => fillLogs(await api.logs(500)));
    return () => subscribeLogs(false);
  }, []);

  const lines = (held.value ?? logs.value).filter((line) =>
    matches(line, filter.value.trim().toLocaleLowerCase()),
  );
  const last = lines.at(-1)?.key;
  useEffect(() => {
    if (!held.value) end.current?.scrollIntoView({ block: 'nearest' });
  }, [last]);

  const lastHeld = held.value?.at(-1)?.key ?? -1;
  const waiting = held.value ? logs.value.filter((line) => line.key > lastHeld).length : 0;
  return (
    <div class="logs-page">
      <header class="page-head">
        <h1>{t('logs.title')}</h1>
      </header>
      <div class="row wrap toolbar">
        <Select
          bare
          label={t('logs.level')}
          value={least.value}
          options={LEVELS.map((value) => ({ value, label: t(`level.${value}`) }))}
          change={(level) => {
            least.value = level as LogLevel;
          }}
        />
        <input
          type="search"
          aria-label={t('logs.filter')}
          placeholder={t('logs.filter')}
          value={filter.value}
          onInput={(event) => {
            filter.value = event.currentTarget.value;
          }}
        />
        <button
          type="button"
          class="button"
          aria-pressed={held.value !== undefined}
          onClick={() => {
            held.value = held.value ? undefined : logs.value;
          }}
        >
          {t(held.value ? 'logs.resume' : 'logs.pause')}
        </button>
        <button
          type="button"
          class="button"
          onClick={() => {
            clearLogs();
            held.value = undefined;
          }}
        >
          {t('logs.clear')}
        </button>
        {waiting > 0 && <span class="quiet">{t('logs.held', { n: waiting })}</span>}
      </div>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- so that arrow keys scroll the lines */}
      <section class="card log-lines" tabIndex={0} aria-label={t('logs.title')}>
        {lines.length === 0 && <p class="quiet">{t('logs.empty')}</p>}
        {lines.map((line) => (
          <Line key={line.key} line={line} />
        ))}
        <div ref={end} />
      </section>
    </div>
  );
}

function Line({ line }: { line: LogLine }) {
  return (
    <p class={`log ${levelOf(line)}`}>
      <time>{timeOfDay(timeOf(line), true)}</time> <span class="log-level">{levelOf(line)}</span>{' '}
      <span class="quiet">{line.target}</span> {line.message}
      {fieldsOf(line).map(([name, value]) => (
        <span class="log-field" key={name}>
          {' '}
          {name}={value}
        </span>
      ))}
    </p>
  );
}
