import { signal } from '@preact/signals';
import { hubNow } from '../api/client';
import { language } from '../i18n';

/** The hub's time, once a second; only what counts down reads it. */
export const second = signal(hubNow());
/** The hub's time, twice a minute, for "5 minutes ago". */
export const halfMinute = signal(hubNow());

setInterval(() => {
  if (document.visibilityState === 'visible') second.value = hubNow();
}, 250);
setInterval(() => {
  halfMinute.value = hubNow();
}, 30_000);

/** `1:05:09` or `5:09`; what is begun counts as a whole second. */
export function clock(ms: number): string {
  const whole = Math.max(0, Math.ceil(ms / 1_000));
  const two = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes, seconds] = [Math.floor(whole / 3_600), Math.floor(whole / 60) % 60, whole % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['second', 60_000],
  ['minute', 3_600_000],
  ['hour', 86_400_000],
  ['day', 30 * 86_400_000],
];
const UNIT_MS: Record<string, number> = { second: 1_000, minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** "5 minutes ago", or the date when that is long ago. */
export function ago(time: number, now: number): string {
  const passed = Math.max(0, now - time);
  const step = STEPS.find(([, below]) => passed < below);
  if (!step) return dateOnly(new Date(time));
  const [unit] = step;
  const format = new Intl.RelativeTimeFormat(language.value, { numeric: 'auto' });
  return format.format(unit === 'second' ? 0 : -Math.floor(passed / (UNIT_MS[unit] ?? 1)), unit);
}

export function timeOfDay(time: number, seconds = false): string {
  return new Date(time).toLocaleTimeString(language.value, {
    hour: '2-digit',
    minute: '2-digit',
    second: seconds ? '2-digit' : undefined,
    hourCycle: 'h23',
  });
}

/** The time of day for what was today, with the date for anything else. */
export function dayAndTime(time: number, now: number): string {
  const same = new Date(time).toDateString() === new Date(now).toDateString();
  return same ? timeOfDay(time) : dateAndTime(time);
}

export function dateAndTime(time: number): string {
  const at = new Date(time);
  return Number.isNaN(at.getTime())
    ? String(time)
    : at.toLocaleString(language.value, { dateStyle: 'medium', timeStyle: 'short', hourCycle: 'h23' });
}

export function dateOnly(at: Date): string {
  return at.toLocaleDateString(language.value, { dateStyle: 'medium' });
}

/** Microseconds in the unit that suits them. */
export function micros(value: number): string {
  if (value < 1_000) return `${value} µs`;
  if (value < 1_000_000) return `${(value / 1_000).toFixed(value < 10_000 ? 2 : 1)} ms`;
  return `${(value / 1_000_000).toFixed(2)} s`;
}
