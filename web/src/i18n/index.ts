import { computed, effect, signal } from '@preact/signals';
import { languageChoice } from '../state/settings';
import { en } from './en';
import { zhCN } from './zh-CN';

export type Key = keyof typeof en;
export type Language = 'en' | 'zh-CN';
export const LANGUAGES: readonly Language[] = ['en', 'zh-CN'];

export const dictionaries: Record<Language, Record<Key, string>> = { en, 'zh-CN': zhCN };

/** The first of the browser's languages that the panel speaks; every Chinese is better served by Chinese. */
export function pickLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    if (/^zh\b/i.test(tag)) return 'zh-CN';
    if (/^en\b/i.test(tag)) return 'en';
  }
  return 'en';
}

const system = signal(pickLanguage(navigator.languages));
addEventListener('languagechange', () => {
  system.value = pickLanguage(navigator.languages);
});

export const language = computed<Language>(() =>
  languageChoice.value === 'system' ? system.value : languageChoice.value,
);

effect(() => {
  document.documentElement.lang = language.value;
});

/** `{n}` is a value; `{n|thing|things}` is the first word for one and the second for any other number. */
export function fill(template: string, values: Record<string, string | number> = {}): string {
  return template.replace(
    /\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g,
    (whole, name: string, one: string | undefined, many: string | undefined) => {
      if (one !== undefined) return String(values[name] === 1 ? one : many);
      return String(values[name] ?? whole);
    },
  );
}

/** A text of the panel in the language in use. A component that calls this redraws when it changes. */
export function t(key: Key, values?: Record<string, string | number>): string {
  return fill(dictionaries[language.value][key], values);
}

/** The text of a key that is put together, or nothing when there is no such key. */
export function maybe(key: string): string | undefined {
  return (dictionaries[language.value] as Record<string, string | undefined>)[key];
}
