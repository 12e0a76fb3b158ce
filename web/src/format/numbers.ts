import { language } from '../i18n';

/** A number as the panel's language writes it, with as many decimals as it needs and at most `digits`. */
export function number(value: number, digits = 2): string {
  return new Intl.NumberFormat(language.value, { maximumFractionDigits: digits }).format(value);
}

const JOINED = new Set(['%', '°', '°C', '°F']);

export function withUnit(text: string, unit: string | undefined): string {
  if (!unit) return text;
  // Home Assistant joins degrees and percent signs too; a thin gap reads better than none.
  return JOINED.has(unit) ? `${text}\u202f${unit}` : `${text}\u00a0${unit}`;
}

/** A finite number out of anything that a device may have sent. */
export function asNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const parsed = Number(value);
  return Number.isFinite(parsed) ? parsed : undefined;
}

export function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The texts of a list that a device may have sent; anything else in it is left out. */
export function asTexts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

/** Moves a value to the grid of `step` that starts at `origin`, without binary dust. */
export function snap(value: number, step: number, origin = 0): number {
  const decimals = Math.min(6, Math.max(decimalsOf(step), decimalsOf(origin)));
  return Number((Math.round((value - origin) / step) * step + origin).toFixed(decimals));
}

function decimalsOf(value: number): number {
  return (String(value).split('.')[1] ?? '').length;
}
