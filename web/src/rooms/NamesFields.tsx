import type { Names } from '../api/types';
import { LANGUAGES, language, t } from '../i18n';

const lines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);

/** Names as they are typed: lists as lines, so that a half-typed line is not torn away. */
export interface NamesDraft {
  name: string;
  aliases: string;
  byLanguage: Record<string, string>;
}

export function draftOf(names: Names): NamesDraft {
  const byLanguage: Record<string, string> = {};
  for (const [tag, list] of Object.entries(names.by_language ?? {})) byLanguage[tag] = list.join('\n');
  return { name: names.name, aliases: (names.aliases ?? []).join('\n'), byLanguage };
}

export function namesOf(draft: NamesDraft): Names {
  const byLanguage: Record<string, string[]> = {};
  for (const [tag, text] of Object.entries(draft.byLanguage)) {
    const names = lines(text);
    if (names.length > 0) byLanguage[tag] = names;
  }
  return { name: draft.name.trim(), aliases: lines(draft.aliases), by_language: byLanguage };
}

interface Props {
  draft: NamesDraft;
  change: (draft: NamesDraft) => void;
}

export function NamesFields({ draft, change }: Props) {
  // The panel's languages always, and whatever others the owner has given names in.
  const tags = [...new Set([...LANGUAGES, ...Object.keys(draft.byLanguage)])];
  const languageNames = new Intl.DisplayNames(language.value, { type: 'language' });
  return (
    <>
      <label class="field">
        <span class="field-label">{t('rooms.name')}</span>
        <input
          type="text"
          required
          maxLength={200}
          value={draft.name}
          onInput={(event) => change({ ...draft, name: event.currentTarget.value })}
        />
      </label>
      <label class="field">
        <span class="field-label">
          {t('rooms.aliases')} <span class="quiet">{t('rooms.aliases_hint')}</span>
        </span>
        <textarea
          rows={2}
          value={draft.aliases}
          onInput={(event) => change({ ...draft, aliases: event.currentTarget.value })}
        />
      </label>
      {tags.map((tag) => (
        <label class="field" key={tag}>
          <span class="field-label">
            {t('rooms.in_language', { language: languageNames.of(tag) ?? tag })}{' '}
            <span class="quiet">{t('rooms.in_language_hint')}</span>
          </span>
          <textarea
            rows={1}
            lang={tag}
            value={draft.byLanguage[tag] ?? ''}
            onInput={(event) =>
              change({ ...draft, byLanguage: { ...draft.byLanguage, [tag]: event.currentTarget.value } })
            }
          />
        </label>
      ))}
    </>
  );
}
