import { expect, it } from 'vitest';
import { backoff } from '../src/api/socket';
import type { Entity, State } from '../src/api/types';
import { webLink } from '../src/cards/OtherControls';
import { ticks } from '../src/components/Curve';
import { sparkPath } from '../src/components/Sparkline';
import { spansOf } from '../src/components/StateBand';
import { hsOfRgb, hsOfXy, rgbOfHs } from '../src/format/color';
import { asNumber, snap } from '../src/format/numbers';
import { isActive, stateWord } from '../src/format/state';
import { clock } from '../src/format/time';
import { languageChoice } from '../src/state/settings';

const entity = (id: string, more: Partial<Entity> = {}): Entity => ({
  id,
  name: 'x',
  enabled: true,
  ...more,
});
const state = (text: string, attributes = {}): State => ({
  state: text,
  attributes,
  last_changed: 1,
  last_updated: 1,
  available: true,
});

it('states are words of their kind and language', () => {
  languageChoice.value = 'en';
  const door = entity('binary_sensor.a', { device_class: 'door' });
  expect(stateWord(door, state('on'))).toBe('Open');
  expect(stateWord(door, { ...state('on'), available: false })).toBe('Unavailable');
  const celsius = entity('sensor.a', { unit_of_measurement: '°C' });
  expect(stateWord(celsius, state('21.456'))).toBe('21.46\u202f°C');
  expect(stateWord(celsius, state('broken_thing'))).toBe('Broken thing');
  expect(stateWord(entity('light.a'), state('on', { brightness: 128 }))).toBe('50\u202f%');
  languageChoice.value = 'zh-CN';
  expect(stateWord(door, state('on'))).toBe('打开');
});

it('what is unavailable is never drawn as on', () => {
  expect(isActive(entity('light.a'), state('on'))).toBe(true);
  expect(isActive(entity('light.a'), { ...state('on'), available: false })).toBe(false);
});

it('countdowns count what is begun', () => {
  expect(clock(60_000)).toBe('1:00');
  expect(clock(59_001)).toBe('1:00');
  expect(clock(3_661_000)).toBe('1:01:01');
  expect(clock(-5)).toBe('0:00');
});

it('numbers come out of anything, or not at all', () => {
  expect([asNumber('1.5'), asNumber(''), asNumber(null), asNumber('1e999'), asNumber({})]).toEqual([
    1.5,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect(snap(20.30000001, 0.1, 7)).toBe(20.3);
});

it('colours survive going round', () => {
  for (const hue of [0, 60, 120, 200, 300]) {
    const [back, saturation] = hsOfRgb(...rgbOfHs(hue, 100));
    expect(Math.round(back)).toBe(hue);
    expect(saturation).toBeCloseTo(100);
  }
  // The sRGB red primary.
  expect(hsOfXy(0.64, 0.33)[0]).toBeLessThan(5);
});

it('only web addresses become links', () => {
  expect(webLink('http://10.0.0.2/x')).toBe('http://10.0.0.2/x');
  for (const bad of ['javascript:alert(1)', 'homeassistant://x', 'nonsense', undefined]) {
    expect(webLink(bad)).toBeUndefined();
  }
});

it('waits between tries grow, and end', () => {
  expect(backoff(0, 0.5)).toBe(500);
  expect(backoff(3, 0.5)).toBe(4_000);
  expect(backoff(99, 1)).toBe(18_750);
});

it('plots leave gaps where nothing is known', () => {
  expect(
    sparkPath(
      [
        [0, 1],
        [1, null],
        [2, 3],
        [3, 4],
      ],
      72,
      24,
    ).match(/M/g),
  ).toHaveLength(2);
  expect(sparkPath([[0, 1]], 72, 24)).toBe('');
  expect(ticks(18, 22, 4)).toEqual([18, 19, 20, 21, 22]);
  expect(
    spansOf(
      [
        [5, 'on'],
        [0, 'off'],
      ],
      2,
      9,
    ),
  ).toEqual([
    { from: 2, to: 5, state: 'off' },
    { from: 5, to: 9, state: 'on' },
  ]);
});
