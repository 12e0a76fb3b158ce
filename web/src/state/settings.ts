import { computed, effect, signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';
export type LanguageChoice = 'system' | 'en' | 'zh-CN';

function kept<T extends string>(key: string, fallback: T, allowed?: readonly T[]) {
  let first = fallback;
  try {
    const text = localStorage.getItem(key) as T | null;
    if (text !== null && (!allowed || allowed.includes(text))) first = text;
  } catch {
    // Private windows may forbid storage; the choice then lasts as long as the page.
  }
  const value = signal<T>(first);
  effect(() => {
    try {
      localStorage.setItem(key, value.value);
    } catch {
      // As above.
    }
  });
  return value;
}

/** Choices of this browser; they never leave it. */
export const theme = kept<Theme>('homeclaw.theme', 'system', ['system', 'light', 'dark']);
export const languageChoice = kept<LanguageChoice>('homeclaw.language', 'system', ['system', 'en', 'zh-CN']);
/** Whether this browser is heard when a timer ends. */
const soundChoice = kept<'on' | 'off'>('homeclaw.sound', 'on', ['on', 'off']);
export const sound = computed(() => soundChoice.value === 'on');
export function setSound(on: boolean): void {
  soundChoice.value = on ? 'on' : 'off';
}
/** The room in which this panel stands, or empty. */
export const standsIn = kept<string>('homeclaw.area', '');
/** Language of the sentences typed here, or empty for the panel's. */
export const sentenceLanguage = kept<string>('homeclaw.sentences', '');

effect(() => {
  const root = document.documentElement;
  if (theme.value === 'system') root.removeAttribute('data-theme');
  else root.setAttribute('data-theme', theme.value);
  // The bars of the browser or the telephone around the page follow it.
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    meta.dataset.system ??= meta.content;
    const [light, dark] = ['#f4f2ee', '#15171b'];
    meta.content = { system: meta.dataset.system, light, dark }[theme.value] ?? light;
  }
});
