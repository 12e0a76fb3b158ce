import { signal } from '@preact/signals';
import { ApiError, api, useCsrf, whenUnauthorized } from '../api/client';
import type { Session } from '../api/types';
import { startLive, stopLive } from './live';
import { navigate } from './route';

/** `undefined` until the hub has said whether this browser is logged in. */
export const session = signal<Session | undefined>(undefined);
/** The hub could not even be asked. */
export const unreachable = signal(false);

function take(next: Session): void {
  useCsrf(next.csrf ?? undefined);
  session.value = next;
  unreachable.value = false;
  if (next.authenticated) startLive(stillLoggedIn);
  else stopLive();
}

/** A change of the password that is under way. */
let changing: Promise<void> = Promise.resolve();

/** Asks the hub anew; false when there is no session any more. Stays hopeful when the hub is away. */
async function stillLoggedIn(): Promise<boolean> {
  // The hub hangs up as soon as the password is new, which is before its answer brings the new session: asked
  // with the old one, it would say that nobody is logged in.
  await changing;
  try {
    const next = await api.session();
    if (next.authenticated) {
      useCsrf(next.csrf ?? undefined);
      session.value = next;
      return true;
    }
    take(next);
    return false;
  } catch {
    return true;
  }
}

export async function openSession(): Promise<void> {
  whenUnauthorized(() => void stillLoggedIn());
  try {
    take(await api.session());
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    unreachable.value = true;
    setTimeout(() => void openSession(), 3_000);
  }
}

/** As the hub answers, or as it says when asked: older answers to a login carry no session. */
async function settle(answer: Session | undefined): Promise<void> {
  take(answer?.csrf ? answer : await api.session());
}

export async function logIn(password: string): Promise<void> {
  await settle(await api.login(password));
  navigate('/', { replace: true });
}

export async function logInByLink(code: string): Promise<void> {
  await settle(await api.loginByLink(code));
  navigate('/', { replace: true });
}

export async function logOut(): Promise<void> {
  await api.logout();
  take(await api.session());
  navigate('/login', { replace: true });
}

export async function changePassword(current: string | null, next: string): Promise<void> {
  const work = api.setPassword(current, next);
  changing = work.catch(() => {});
  await work;
  // The hub ends every session of the old password, and gave this browser a new one.
  take(await api.session());
}
