import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { api } from '../api/client';
import type { ApiToken } from '../api/types';
import { Segments, Select } from '../components/Choice';
import { confirm } from '../components/Confirm';
import { Icon } from '../components/Icon';
import { LEAST_PASSWORD, OwnerName, PasswordField } from '../components/PasswordField';
import { Switch } from '../components/Switch';
import { ago, halfMinute } from '../format/time';
import { language, t } from '../i18n';
import { attempt } from '../state/attempt';
import { home } from '../state/home';
import { changePassword, logOut, session } from '../state/session';
import {
  type LanguageChoice,
  languageChoice,
  sentenceLanguage,
  setSound,
  sound,
  type Theme,
  theme,
} from '../state/settings';
import { toast } from '../state/toast';

const tokens = signal<readonly ApiToken[]>([]);
const languages = signal<readonly string[]>([]);

export function SettingsPage() {
  return (
    <>
      <header class="page-head">
        <h1>{t('settings.title')}</h1>
      </header>
      <div class="columns">
        <Looks />
        <Password />
        <Tokens />
        <About />
      </div>
    </>
  );
}

function Looks() {
  useEffect(() => {
    api.languages().then(
      (all) => {
        languages.value = all;
      },
      // Then only the panel's own language can be chosen.
      () => {},
    );
  }, []);
  const names = new Intl.DisplayNames(language.value, { type: 'language' });
  const nameOf = (tag: string) => {
    try {
      return names.of(tag) ?? tag;
    } catch {
      return tag;
    }
  };
  return (
    <section class="card">
      <h2>{t('settings.language')}</h2>
      <Segments
        label={t('settings.language')}
        value={languageChoice.value}
        options={[
          { value: 'system', label: t('settings.language_system') },
          { value: 'en', label: 'English' },
          { value: 'zh-CN', label: '简体中文' },
        ]}
        change={(value) => {
          languageChoice.value = value as LanguageChoice;
        }}
      />
      <Select
        label={t('settings.sentences')}
        value={sentenceLanguage.value}
        options={[
          { value: '', label: t('settings.sentences_same') },
          ...languages.value
            .map((tag) => ({ value: tag, label: nameOf(tag) }))
            .sort((a, b) => a.label.localeCompare(b.label, language.value)),
        ]}
        change={(value) => {
          sentenceLanguage.value = value;
        }}
      />
      <h2>{t('settings.theme')}</h2>
      <Segments
        label={t('settings.theme')}
        value={theme.value}
        options={(['system', 'light', 'dark'] as const).map((value) => ({
          value,
          label: t(`settings.theme_${value}`),
        }))}
        change={(value) => {
          theme.value = value as Theme;
        }}
      />
      <Switch line label={t('settings.sound')} on={sound.value} change={setSound} />
    </section>
  );
}

function Password() {
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const first = session.value?.needs_password ?? false;
  const submit = async (event: Event) => {
    event.preventDefault();
    if (next.length < LEAST_PASSWORD) { toast(t('settings.password_short'), 'bad'); return; }
    const work = () => changePassword(first ? null : current, next);
    if (await attempt(work, t('settings.password_done'))) {
      setCurrent('');
      setNext('');
    }
  };
  return (
    <section class="card">
      <h2>{t('settings.password')}</h2>
      <form class="editor" onSubmit={(event) => void submit(event)}>
        <OwnerName />
        {!first && (
          <PasswordField label={t('settings.current')} kind="current" value={current} onInput={setCurrent} />
        )}
        <PasswordField label={t('settings.new')} kind="new" value={next} least={LEAST_PASSWORD} onInput={setNext} />
        <button type="submit" class="button">
          {first ? t('login.choose') : t('settings.change')}
        </button>
      </form>
    </section>
  );
}

function Tokens() {
  const [name, setName] = useState('');
  const [fresh, setFresh] = useState<string | undefined>(undefined);
  const load = async () => {
    tokens.value = await api.tokens();
  };
  useEffect(() => void attempt(load), []);
  const create = async (event: Event) => {
    event.preventDefault();
    await attempt(async () => {
      const made = await api.createToken(name.trim());
      setFresh(made.token);
      setName('');
      await load();
    });
  };
  const revoke = async (token: ApiToken) => {
    const words = t('settings.token_revoke', { name: token.name });
    if (!(await confirm(`${words}?`, t('common.delete')))) return;
    await attempt(async () => {
      await api.deleteToken(token.id);
      await load();
    });
  };
  return (
    <section class="card">
      <h2>{t('settings.tokens')}</h2>
      <p class="quiet">{t('settings.tokens_hint')}</p>
      {tokens.value.length === 0 && <p class="quiet">{t('settings.token_none')}</p>}
      <ul class="lines">
        {tokens.value.map((token) => (
          <li class="form-line" key={token.id}>
            <span>
              <span class="name">{token.name}</span>
              <span class="quiet">
                {' · '}
                {token.last_used
                  ? t('settings.token_used', { time: ago(token.last_used, halfMinute.value) })
                  : t('settings.token_unused')}
              </span>
            </span>
            <button
              type="button"
              class="plain round"
              aria-label={t('settings.token_revoke', { name: token.name })}
              onClick={() => void revoke(token)}
            >
              <Icon name="trash" size={18} />
            </button>
          </li>
        ))}
      </ul>
      {fresh && (
        <div class="fresh-token" role="status">
          <p>{t('settings.token_once')}</p>
          <code>{fresh}</code>
          <CopyButton text={fresh} />
        </div>
      )}
      <form class="editor" onSubmit={(event) => void create(event)}>
        <label class="field">
          <span class="field-label">{t('settings.token_name')}</span>
          <input
            type="text"
            required
            maxLength={100}
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="button" disabled={!name.trim()}>
          {t('settings.token_create')}
        </button>
      </form>
    </section>
  );
}

/** Only where the browser lets a page write to the clipboard: over HTTPS or on localhost. */
function CopyButton({ text }: { text: string }) {
  if (!isSecureContext) return null;
  const copy = () => attempt(() => navigator.clipboard.writeText(text), t('common.copied'));
  return (
    <button type="button" class="button" onClick={() => void copy()}>
      {t('common.copy')}
    </button>
  );
}

function About() {
  return (
    <section class="card">
      <h2>{t('settings.about')}</h2>
      <dl class="facts">
        <div>
          <dt>{t('settings.home')}</dt>
          <dd>{home.about.value.name || '–'}</dd>
        </div>
        <div>
          <dt>{t('settings.version')}</dt>
          <dd>Homeclaw {session.value?.version ?? ''}</dd>
        </div>
      </dl>
      <a href="/api/v1/openapi.json" target="_blank" rel="noreferrer">
        {t('settings.api')}
      </a>
      <button type="button" class="button" onClick={() => void attempt(logOut)}>
        {t('settings.logout')}
      </button>
    </section>
  );
}
