import { describe, expect, it } from 'vitest';
import { dictionaries, fill, pickLanguage } from '../src/i18n';

const places = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

describe('the dictionaries', () => {
  const { en, 'zh-CN': zh } = dictionaries;

  it('have the same keys, none of them empty', () => {
    expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
    for (const dictionary of [en, zh]) {
      for (const [key, text] of Object.entries(dictionary)) expect(text.trim(), key).not.toBe('');
    }
  });

  it('fill in the same values', () => {
    for (const key of Object.keys(en) as (keyof typeof en)[]) {
      expect(places(zh[key]), key).toEqual(places(en[key]));
    }
  });
});

it('a text without its value shows the place that is missing', () => {
  expect(fill('{a} and {b}', { a: 1 })).toBe('1 and {b}');
});

it('one thing is told in the singular', () => {
  expect([0, 1, 2].map((n) => fill('{n} {n|thing|things}', { n }))).toEqual(['0 things', '1 thing', '2 things']);
});

it('the first language that the panel speaks is taken', () => {
  expect(pickLanguage(['de', 'zh-TW', 'en'])).toBe('zh-CN');
  expect(pickLanguage(['fr', 'en-GB', 'zh'])).toBe('en');
  expect(pickLanguage(['fr'])).toBe('en');
});
