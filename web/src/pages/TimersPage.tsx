import { useState } from 'preact/hooks';
import { api } from '../api/client';
import type { Timer } from '../api/types';
import { Icon } from '../components/Icon';
import { clock, second } from '../format/time';
import { language, t } from '../i18n';
import { attempt } from '../state/attempt';
import { home } from '../state/home';
import { setSound, sound } from '../state/settings';

const PRESETS = [1, 3, 5, 10, 15, 30, 60];

function leftOf(timer: Timer, now: number): number {
  if (timer.status === 'running') return Math.max(0, timer.ends - now);
  return timer.status === 'paused' ? timer.left_ms : 0;
}

export function TimersPage() {
  const order = { finished: 0, running: 1, paused: 2 };
  const timers = [...home.timers.value.values()].sort(
    (a, b) => order[a.status] - order[b.status] || leftOf(a, 0) - leftOf(b, 0),
  );
  return (
    <>
      <header class="page-head">
        <h1>{t('timers.title')}</h1>
        <button
          type="button"
          class="button"
          aria-pressed={sound.value}
          onClick={() => setSound(!sound.value)}
        >
          <Icon name={sound.value ? 'volume' : 'muted'} size={20} />
          {t('timers.sound')}
        </button>
      </header>
      <div class="cards">
        {timers.map((timer) => (
          <TimerCard key={timer.id} timer={timer} />
        ))}
      </div>
      {timers.length === 0 && <p class="quiet">{t('timers.none')}</p>}
      <NewTimer />
    </>
  );
}

function TimerCard({ timer }: { timer: Timer }) {
  const left = leftOf(timer, second.value);
  const portion = timer.duration_ms > 0 ? Math.min(1, left / timer.duration_ms) : 0;
  const name = timer.name ?? t('timers.unnamed');
  const button = (label: string, run: () => Promise<unknown>, tone = '') => (
    <button type="button" class={`button ${tone}`} onClick={() => void attempt(run)}>
      {label}
    </button>
  );
  return (
    <article class={`card timer ${timer.status}`} aria-label={name} data-timer={timer.id}>
      <div class="timer-head">
        <svg class="ring" viewBox="0 0 36 36" aria-hidden="true">
          <circle cx="18" cy="18" r="16" />
          <circle class="ring-left" cx="18" cy="18" r="16" pathLength="1" stroke-dasharray={`${portion} 1`} />
        </svg>
        <div>
          <h2 class="name">{name}</h2>
          <p class="countdown" role="timer">
            {timer.status === 'finished' ? t('timers.over') : clock(left)}
          </p>
          <p class="quiet">
            {timer.status === 'paused' && `${t('timers.paused')} · `}
            {t('timers.of', { time: clock(timer.duration_ms) })}
          </p>
          {timer.command && <p class="quiet">{t('timers.does', { text: timer.command[0] })}</p>}
        </div>
      </div>
      <div class="row even">
        {timer.status === 'running' && button(t('timers.pause'), () => api.pauseTimer(timer.id))}
        {timer.status === 'paused' && button(t('timers.resume'), () => api.resumeTimer(timer.id), 'primary')}
        {timer.status !== 'finished' && button(t('timers.more'), () => api.increaseTimer(timer.id, 60_000))}
        {button(t(timer.status === 'finished' ? 'timers.dismiss' : 'timers.cancel'), () =>
          api.cancelTimer(timer.id),
        )}
      </div>
    </article>
  );
}

function NewTimer() {
  const [name, setName] = useState('');
  const [[hours, minutes, seconds], setParts] = useState<[number, number, number]>([0, 5, 0]);
  const start = async (duration: number) => {
    const started = await attempt(() => api.startTimer(duration, name.trim()));
    if (started) setName('');
  };
  const total = ((hours * 60 + minutes) * 60 + seconds) * 1_000;
  const part = (index: 0 | 1 | 2, label: string, max: number) => (
    <label class="field narrow">
      <span class="field-label">{label}</span>
      <input
        type="number"
        inputMode="numeric"
        min={0}
        max={max}
        value={[hours, minutes, seconds][index]}
        onInput={(event) => {
          const next: [number, number, number] = [hours, minutes, seconds];
          next[index] = Math.min(max, Math.max(0, Math.floor(event.currentTarget.valueAsNumber || 0)));
          setParts(next);
        }}
      />
    </label>
  );
  return (
    <section class="card new-timer">
      <h2>{t('timers.new')}</h2>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (total > 0) void start(total);
        }}
      >
        <label class="field">
          <span class="field-label">{t('timers.name')}</span>
          <input
            type="text"
            maxLength={100}
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </label>
        <div class="row">
          {part(0, t('timers.hours'), 99)}
          {part(1, t('timers.minutes'), 59)}
          {part(2, t('timers.seconds'), 59)}
          <button type="submit" class="button primary bottom" disabled={total <= 0}>
            <Icon name="play" size={18} />
            {t('timers.start')}
          </button>
        </div>
      </form>
      <div class="row wrap">
        {PRESETS.map((preset) => (
          <button type="button" class="chip" key={preset} onClick={() => void start(preset * 60_000)}>
            {new Intl.NumberFormat(language.value, {
              style: 'unit',
              unit: preset < 60 ? 'minute' : 'hour',
              unitDisplay: 'short',
            }).format(preset < 60 ? preset : preset / 60)}
          </button>
        ))}
      </div>
    </section>
  );
}
