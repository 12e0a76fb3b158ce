import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { ApiError, api } from '../api/client';
import type { Action, Attributes, Entity, Outcome, State } from '../api/types';
import { type Key, t } from '../i18n';
import { shownName } from '../i18n/names';
import { expected } from './expected';
import { setState, stateSignal } from './home';
import { toast } from './toast';

/** What is shown while the hub waits for the device's word. */
interface Pending {
  number: number;
  state?: string;
  attributes: Attributes;
}

/** That a device did not do as it was asked; stays on its card for a while. */
export interface Notice {
  kind: 'unconfirmed' | 'refused' | 'failed';
  text: string;
}

const NOTICE_MS = 12_000;
/**
 * Requests travel on several connections and may overtake one another; to one device they go at least so far
 * apart, unless the one before is answered sooner.
 */
const APART_MS = 150;
let next = 0;

const pending = new Map<string, Signal<Pending | undefined>>();
/** The newest request to each entity that is not answered yet. */
const under = new Map<string, Promise<void>>();
const notices = new Map<string, Signal<Notice | undefined>>();
const shown = new Map<string, ReadonlySignal<State>>();

function slot<T>(map: Map<string, Signal<T | undefined>>, id: string): Signal<T | undefined> {
  let found = map.get(id);
  if (!found) {
    found = signal<T | undefined>(undefined);
    map.set(id, found);
  }
  return found;
}

export function pendingOf(entity: string): ReadonlySignal<unknown> {
  return slot(pending, entity);
}

export function noticeOf(entity: string): ReadonlySignal<Notice | undefined> {
  return slot(notices, entity);
}

/** The state as the panel shows it: the device's, under what was asked for and is still under way. */
export function shownState(entity: string): ReadonlySignal<State> {
  let found = shown.get(entity);
  if (!found) {
    found = computed(() => {
      const told = stateSignal(entity).value;
      const asked = slot(pending, entity).value;
      if (!asked) return told;
      const attributes = { ...told.attributes, ...asked.attributes };
      return { ...told, state: asked.state ?? told.state, attributes };
    });
    shown.set(entity, found);
  }
  return found;
}

export function clearNotices(): void {
  for (const notice of notices.values()) notice.value = undefined;
}

function note(entity: Entity, kind: Notice['kind'], text: string): void {
  const place = slot(notices, entity.id);
  const notice = { kind, text };
  place.value = notice;
  toast(`${shownName(entity)}: ${text}`, 'bad');
  setTimeout(() => {
    if (place.value === notice) place.value = undefined;
  }, NOTICE_MS);
}

const REASONS: Record<string, Key> = { unconfirmed: 'outcome.unconfirmed', refused: 'outcome.refused' };

/**
 * Asks a device to do something. Shows at once what was asked for, and goes back to what the device says
 * when it does not confirm; the newest of several requests wins.
 */
export async function control(entity: Entity, action: Action): Promise<Outcome | undefined> {
  const place = slot(pending, entity.id);
  const number = ++next;
  const wish = expected(entity, action, shownState(entity.id).peek());
  place.value = { number, ...wish, attributes: { ...place.peek()?.attributes, ...wish.attributes } };
  slot(notices, entity.id).value = undefined;
  const before = under.get(entity.id);
  let done: () => void = () => {};
  const way = new Promise<void>((resolve) => {
    done = resolve;
  });
  under.set(entity.id, way);
  let outcome: Outcome | undefined;
  try {
    if (before) await Promise.race([before, new Promise((resolve) => setTimeout(resolve, APART_MS))]);
    outcome = await api.command(entity.id, action);
    if ('state' in outcome) setState(entity.id, outcome.state);
    if (outcome.outcome === 'failed') note(entity, 'failed', outcome.reason || t('outcome.failed'));
    else {
      const reason = REASONS[outcome.outcome];
      if (reason) note(entity, outcome.outcome as Notice['kind'], t(reason));
    }
  } catch (error) {
    const words = error instanceof ApiError && !error.unreachable && error.message;
    note(entity, 'failed', words || t('error.unreachable'));
  } finally {
    done();
    if (under.get(entity.id) === way) under.delete(entity.id);
    if (place.peek()?.number === number) place.value = undefined;
  }
  return outcome;
}
