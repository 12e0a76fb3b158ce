import { api } from '../api/client';
import type { History } from '../api/types';

interface Kept {
  fetched: number;
  history: Promise<History>;
}

/** A sparkline need not be newer than this. */
const FRESH_MS = 5 * 60_000;
const AT_ONCE = 3;

const kept = new Map<string, Kept>();
const waiting: (() => void)[] = [];
let running = 0;

/** A page of sensors asks for many curves at once; the hub gets a few at a time. */
async function queued<T>(work: () => Promise<T>): Promise<T> {
  if (running >= AT_ONCE) await new Promise<void>((go) => waiting.push(go));
  running++;
  try {
    return await work();
  } finally {
    running--;
    waiting.shift()?.();
  }
}

/** The last day of a sensor in few points, for a small curve. */
export function sparkline(entity: string, now: number): Promise<History> {
  const old = kept.get(entity);
  if (old && now - old.fetched < FRESH_MS) return old.history;
  const history = queued(() => api.history(entity, now - 86_400_000, now, 40));
  kept.set(entity, { fetched: now, history });
  history.catch(() => kept.delete(entity));
  return history;
}
