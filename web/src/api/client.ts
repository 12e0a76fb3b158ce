import type {
  Action,
  ApiToken,
  Area,
  Floor,
  Health,
  History,
  ListItem,
  LogEntry,
  Message,
  Names,
  Outcome,
  Reply,
  Session,
  Timer,
  TodoList,
} from './types';

/** What the hub answered when it did not do what it was asked, or that it could not be reached. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** Seconds to wait before the next try, where the hub said so. */
    readonly retryAfter?: number,
  ) {
    super(message);
  }

  get unreachable(): boolean {
    return this.status === 0;
  }
}

/** A command waits for its device at most 1.5 s; whatever takes ten times as long is lost. */
const TIMEOUT_MS = 15_000;

let csrf: string | undefined;
let onUnauthorized: () => void = () => {};
/** Hub's clock minus this device's, in milliseconds; phones and boards may disagree by minutes. */
let clockOffset = 0;

export function useCsrf(token: string | undefined): void {
  csrf = token;
}

export function whenUnauthorized(handler: () => void): void {
  onUnauthorized = handler;
}

/** The time by the hub's clock. */
export function hubNow(): number {
  return Date.now() + clockOffset;
}

function noteClock(response: Response): void {
  const date = Date.parse(response.headers.get('date') ?? '');
  if (Number.isNaN(date)) return;
  // The header counts whole seconds: less than two are no difference.
  const offset = date + 500 - Date.now();
  clockOffset = Math.abs(offset) < 2_000 ? 0 : offset;
}

async function errorOf(response: Response): Promise<ApiError> {
  const retry = Number(response.headers.get('retry-after'));
  const retryAfter = Number.isFinite(retry) && retry > 0 ? retry : undefined;
  try {
    const { error } = (await response.json()) as { error?: { code?: string; message?: string } };
    return new ApiError(response.status, error?.code ?? 'error', error?.message ?? '', retryAfter);
  } catch {
    return new ApiError(response.status, 'error', response.statusText, retryAfter);
  }
}

async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (method !== 'GET' && csrf) headers['x-csrf-token'] = csrf;
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (cause) {
    throw new ApiError(0, 'unreachable', cause instanceof Error ? cause.message : String(cause));
  }
  noteClock(response);
  if (!response.ok) {
    const error = await errorOf(response);
    // A wrong password is answered with 401 too, and ends no session.
    if (response.status === 401 && !path.startsWith('/session') && path !== '/password') onUnauthorized();
    throw error;
  }
  const text = await response.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

const part = encodeURIComponent;

export interface Exchange {
  message: Message;
  reply: Reply;
}

export type AreaBody = Names & { floor?: string | null };
export type FloorBody = Names & { level?: number | null };
export type EntityPatch = { names?: Names | null; area?: string | null; enabled?: boolean };
export type DevicePatch = { names?: Names | null; area?: string | null };

/** Every call that the panel makes. */
export const api = {
  session: () => request<Session>('GET', '/session'),
  login: (password: string) => request<Session>('POST', '/session', { password }),
  loginByLink: (code: string) => request<Session>('POST', '/session/link', { code }),
  logout: () => request<void>('DELETE', '/session'),
  setPassword: (current: string | null, next: string) =>
    request<void>('PUT', '/password', { current, new: next }),

  tokens: () => request<ApiToken[]>('GET', '/tokens'),
  createToken: (name: string) => request<{ id: string; token: string }>('POST', '/tokens', { name }),
  deleteToken: (id: string) => request<void>('DELETE', `/tokens/${part(id)}`),

  command: (entity: string, action: Action) =>
    request<Outcome>('POST', `/entities/${part(entity)}/commands`, action),
  history: (entity: string, from: number, to: number, points: number) =>
    request<History>(
      'GET',
      `/entities/${part(entity)}/history?from=${Math.round(from)}&to=${Math.round(to)}&points=${points}`,
    ),
  patchEntity: (id: string, patch: EntityPatch) => request<unknown>('PATCH', `/entities/${part(id)}`, patch),
  patchDevice: (id: string, patch: DevicePatch) => request<unknown>('PATCH', `/devices/${part(id)}`, patch),
  deleteDevice: (id: string) => request<void>('DELETE', `/devices/${part(id)}`),

  createArea: (body: AreaBody) => request<Area>('POST', '/areas', body),
  putArea: (id: string, body: AreaBody) => request<unknown>('PUT', `/areas/${part(id)}`, body),
  deleteArea: (id: string) => request<void>('DELETE', `/areas/${part(id)}`),
  createFloor: (body: FloorBody) => request<Floor>('POST', '/floors', body),
  putFloor: (id: string, body: FloorBody) => request<unknown>('PUT', `/floors/${part(id)}`, body),
  deleteFloor: (id: string) => request<void>('DELETE', `/floors/${part(id)}`),

  converse: (text: string, language?: string, area?: string) =>
    request<Reply>('POST', '/conversation', { text, language, area }),
  conversations: (limit: number) => request<Exchange[]>('GET', `/conversations?limit=${limit}`),

  startTimer: (duration_ms: number, name?: string) =>
    request<Timer>('POST', '/timers', { duration_ms, name: name || undefined }),
  pauseTimer: (id: string) => request<Timer>('POST', `/timers/${part(id)}/pause`, {}),
  resumeTimer: (id: string) => request<Timer>('POST', `/timers/${part(id)}/resume`, {}),
  increaseTimer: (id: string, by_ms: number) =>
    request<Timer>('POST', `/timers/${part(id)}/increase`, { by_ms }),
  cancelTimer: (id: string) => request<void>('DELETE', `/timers/${part(id)}`),

  createList: (name: string) => request<TodoList>('POST', '/lists', { name }),
  deleteList: (id: string) => request<void>('DELETE', `/lists/${part(id)}`),
  addItem: (list: string, summary: string) =>
    request<TodoList>('POST', `/lists/${part(list)}/items`, { summary }),
  patchItem: (list: string, item: number, patch: Partial<Pick<ListItem, 'summary' | 'status'>>) =>
    request<TodoList>('PATCH', `/lists/${part(list)}/items/${item}`, patch),
  deleteItem: (list: string, item: number) =>
    request<unknown>('DELETE', `/lists/${part(list)}/items/${item}`),
  clearList: (list: string) => request<unknown>('POST', `/lists/${part(list)}/clear`, {}),

  health: () => request<Health[]>('GET', '/health'),
  logs: (limit: number) => request<LogEntry[]>('GET', `/logs?limit=${limit}`),
  languages: () => request<string[]>('GET', '/languages'),
};
