import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { api } from '../src/api/client';
import type { Entity, Outcome, State } from '../src/api/types';
import { control, noticeOf, shownState } from '../src/state/control';
import { applyEvents, applySnapshot, home, setState, stateSignal } from '../src/state/home';

const lamp: Entity = { id: 'light.lamp', name: 'Lamp', enabled: true };
const told = (state: string, attributes = {}): State => ({
  state,
  attributes,
  last_changed: 1,
  last_updated: 1,
  available: true,
});

beforeEach(() => {
  vi.useFakeTimers();
  setState(lamp.id, told('off'));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

async function ask(outcome: Outcome) {
  let answer: (outcome: Outcome) => void = () => {};
  vi.spyOn(api, 'command').mockReturnValue(
    new Promise((resolve) => {
      answer = resolve;
    }),
  );
  const done = control(lamp, { action: 'turn_on', brightness: 100 });
  const meanwhile = shownState(lamp.id).value;
  answer(outcome);
  await done;
  return meanwhile;
}

it('shows at once what was asked for, and keeps what the device confirms', async () => {
  const meanwhile = await ask({ outcome: 'confirmed', state: told('on', { brightness: 99 }), after_ms: 5 });
  expect(meanwhile).toMatchObject({ state: 'on', attributes: { brightness: 100 } });
  expect(shownState(lamp.id).value).toMatchObject({ state: 'on', attributes: { brightness: 99 } });
  expect(noticeOf(lamp.id).value).toBeUndefined();
});

it('falls back to the device and says so when it did not confirm', async () => {
  await ask({ outcome: 'unconfirmed', waited_ms: 1_500 });
  expect(shownState(lamp.id).value.state).toBe('off');
  expect(noticeOf(lamp.id).value?.kind).toBe('unconfirmed');
});

it('gives the reason of a command that failed', async () => {
  await ask({ outcome: 'failed', reason: 'the broker is away' });
  expect(noticeOf(lamp.id).value).toEqual({ kind: 'failed', text: 'the broker is away' });
});

it('a snapshot replaces everything and events change it', () => {
  applySnapshot({
    revision: 1,
    home: { name: 'H', language: 'en', time_zone: 'UTC', temperature_unit: '°C' },
    areas: [{ id: 'a', name: 'A' }],
    floors: [],
    devices: [],
    entities: [lamp],
    states: { 'light.other': told('on') },
    timers: [],
    lists: [],
    health: [],
  });
  // What the snapshot does not name is known no more.
  expect(stateSignal(lamp.id).value.state).toBe('unknown');
  const rest = applyEvents([
    { event: 'state_changed', entity: lamp.id, state: told('on') },
    { event: 'area_removed', area: 'a' },
    { event: 'broadcast', text: 'dinner' },
  ]);
  expect(stateSignal(lamp.id).value.state).toBe('on');
  expect(home.areas.value.size).toBe(0);
  expect(rest).toEqual([{ event: 'broadcast', text: 'dinner' }]);
});
