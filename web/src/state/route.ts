import { computed, signal } from '@preact/signals';

export type Page =
  | 'home'
  | 'talk'
  | 'timers'
  | 'lists'
  | 'rooms'
  | 'health'
  | 'logs'
  | 'settings'
  | 'more'
  | 'login';

export interface Route {
  page: Page;
  /** Entity whose details are open over the page. */
  entity?: string;
}

const PAGES: readonly Page[] = [
  'talk',
  'timers',
  'lists',
  'rooms',
  'health',
  'logs',
  'settings',
  'more',
  'login',
];

export function parseRoute(path: string): Route {
  const [, first = '', domain = '', object = ''] = path.split('/');
  if (first === 'entity' && object) return { page: 'home', entity: `${domain}.${object}` };
  return { page: PAGES.find((page) => page === first) ?? 'home' };
}

const current = signal(location.pathname);
export const route = computed(() => parseRoute(current.value));

export function pathOf(page: Page): string {
  return page === 'home' ? '/' : `/${page}`;
}

/** Without the id's dot: a path with a dot is a file to the hub, and a reload would not find it. */
export function pathOfEntity(id: string): string {
  return `/entity/${id.replace('.', '/')}`;
}

export function navigate(path: string, options: { replace?: boolean } = {}): void {
  if (path === location.pathname && !location.hash) return;
  if (options.replace) history.replaceState(history.state, '', path);
  else history.pushState({ inside: true }, '', path);
  current.value = path;
}

/** Back to where the details were opened from; to the home page when they were opened by a link. */
export function closeDetails(): void {
  if ((history.state as { inside?: boolean } | null)?.inside) history.back();
  else navigate('/', { replace: true });
}

addEventListener('popstate', () => {
  current.value = location.pathname;
});
