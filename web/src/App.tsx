import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { api } from './api/client';
import { Confirm } from './components/Confirm';
import { Icon } from './components/Icon';
import type { IconName } from './components/icons';
import { Toasts } from './components/Toasts';
import { type Key, language, t } from './i18n';
import { EntityDetails } from './pages/EntityDetails';
import { HealthPage } from './pages/HealthPage';
import { HomePage } from './pages/HomePage';
import { ListsPage } from './pages/ListsPage';
import { ChoosePassword, LoginPage, passwordLater } from './pages/LoginPage';
import { LogsPage } from './pages/LogsPage';
import { RoomsPage } from './pages/RoomsPage';
import { SettingsPage } from './pages/SettingsPage';
import { TimersPage } from './pages/TimersPage';
import { attempt } from './state/attempt';
import { overTimers } from './state/chime';
import { worstHealth } from './state/home';
import { connection, retryNow } from './state/live';
import { navigate, type Page, pathOf, route } from './state/route';
import { session, unreachable } from './state/session';
import { Composer } from './talk/Composer';
import { Standing } from './talk/Standing';
import { Turns } from './talk/Turns';

interface Entry {
  page: Page;
  icon: IconName;
  label: Key;
  /** On a phone it stands behind "More". */
  second?: boolean;
}

const ENTRIES: readonly Entry[] = [
  { page: 'home', icon: 'home', label: 'nav.home' },
  { page: 'talk', icon: 'talk', label: 'nav.talk' },
  { page: 'timers', icon: 'timer', label: 'nav.timers' },
  { page: 'lists', icon: 'list', label: 'nav.lists' },
  { page: 'rooms', icon: 'rooms', label: 'nav.rooms', second: true },
  { page: 'health', icon: 'health', label: 'nav.health', second: true },
  { page: 'logs', icon: 'logs', label: 'nav.logs', second: true },
  { page: 'settings', icon: 'settings', label: 'nav.settings', second: true },
];

export function App() {
  const now = session.value;
  if (!now) {
    return unreachable.value ? (
      <main class="login">
        <p class="quiet">{t('login.no_hub')}</p>
      </main>
    ) : null;
  }
  if (!now.authenticated) return <LoginPage />;
  if (now.needs_password && !passwordLater.value) return <ChoosePassword />;
  return <Panel />;
}

function Panel() {
  const { page, entity } = route.value;
  return (
    <div class={page === 'talk' ? 'panel talking' : 'panel'}>
      <a class="skip" href="#main">
        {t('nav.skip')}
      </a>
      <Navigation page={page} />
      <div class="middle">
        <AwayBanner />
        <OverTimers />
        <main id="main" tabIndex={-1}>
          <Content page={page} />
        </main>
      </div>
      <Talk page={page} />
      {entity && <EntityDetails key={entity} id={entity} />}
      <Confirm />
      <Toasts />
    </div>
  );
}

function Content({ page }: { page: Page }) {
  switch (page) {
    case 'talk':
      return <TalkPage />;
    case 'timers':
      return <TimersPage />;
    case 'lists':
      return <ListsPage />;
    case 'rooms':
      return <RoomsPage />;
    case 'health':
      return <HealthPage />;
    case 'logs':
      return <LogsPage />;
    case 'settings':
      return <SettingsPage />;
    case 'more':
      return <MorePage />;
    default:
      return <HomePage />;
  }
}

function go(page: Page): void {
  navigate(pathOf(page));
  scrollTo(0, 0);
}

function Link({ entry, current }: { entry: Entry; current: boolean }) {
  const unwell = (entry.page === 'health' || entry.page === 'more') && worstHealth.value !== 'ok';
  const ringing = entry.page === 'timers' && overTimers.value.length > 0;
  return (
    <a
      class={`nav-link to-${entry.page}${entry.second ? ' second' : ''}`}
      href={pathOf(entry.page)}
      aria-current={current ? 'page' : undefined}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        go(entry.page);
      }}
    >
      <span class="nav-icon">
        <Icon name={entry.icon} />
        {(unwell || ringing) && <span class="mark" />}
      </span>
      <span>{t(entry.label)}</span>
    </a>
  );
}

function Navigation({ page }: { page: Page }) {
  const more: Entry = { page: 'more', icon: 'more', label: 'nav.more' };
  const behindMore = page === 'more' || ENTRIES.some((entry) => entry.second && entry.page === page);
  return (
    <nav class="nav" aria-label={t('nav.main')}>
      {ENTRIES.map((entry) => (
        <Link key={entry.page} entry={entry} current={entry.page === page} />
      ))}
      <Link entry={more} current={behindMore} />
    </nav>
  );
}

function MorePage() {
  return (
    <>
      <header class="page-head">
        <h1>{t('nav.more')}</h1>
      </header>
      <div class="card more-links">
        {ENTRIES.filter((entry) => entry.second).map((entry) => (
          <Link key={entry.page} entry={{ ...entry, second: false }} current={false} />
        ))}
      </div>
    </>
  );
}

function AwayBanner() {
  if (connection.value !== 'away') return null;
  return (
    <div class="banner" role="alert">
      <Icon name="offline" />
      <span>{t('banner.away')}</span>
      <button type="button" class="button" onClick={retryNow}>
        {t('banner.retry')}
      </button>
    </div>
  );
}

/** On every page: which timers are over, until somebody has seen it. */
function OverTimers() {
  const over = overTimers.value;
  useEffect(() => {
    document.title = over.length > 0 ? `⏰ ${t('timers.over')} · Homeclaw` : 'Homeclaw';
  }, [over.length, language.value]);
  return (
    <div role="alert">
      {over.map((timer) => (
        <div class="banner ringing" key={timer.id}>
          <Icon name="timer" />
          <span>
            {timer.name ? t('toast.timer_named', { name: timer.name }) : t('toast.timer_finished')}
          </span>
          <button type="button" class="button" onClick={() => void attempt(() => api.cancelTimer(timer.id))}>
            {t('timers.dismiss')}
          </button>
        </div>
      ))}
    </div>
  );
}

function TalkPage() {
  return (
    <div class="talk-page">
      <header class="page-head">
        <h1>{t('talk.title')}</h1>
        <Standing />
      </header>
      <Turns />
    </div>
  );
}

const unfolded = signal(false);

/** The conversation beside every page: a column where there is room, else a box that opens above itself. */
function Talk({ page }: { page: Page }) {
  const own = page === 'talk';
  return (
    <aside
      class={`talk${own ? ' own' : ''}${unfolded.value && !own ? ' open' : ''}`}
      aria-label={t('talk.title')}
    >
      {!own && (
        <div class="talk-body">
          <div class="talk-head">
            <h2>{t('talk.title')}</h2>
            <Standing />
            <button
              type="button"
              class="plain round fold-talk"
              aria-label={t('talk.hide')}
              onClick={() => {
                unfolded.value = false;
              }}
            >
              <Icon name="down" />
            </button>
          </div>
          <Turns />
        </div>
      )}
      <Composer
        onSay={() => {
          unfolded.value = true;
        }}
      />
    </aside>
  );
}
