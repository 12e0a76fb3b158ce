import { ApiError } from '../api/client';
import { t } from '../i18n';
import { toast } from './toast';

export function wordsOf(error: unknown): string {
  if (error instanceof ApiError)
    return error.unreachable ? t('error.unreachable') : error.message || t('error.unknown');
  return error instanceof Error ? error.message : t('error.unknown');
}

/** Does something that the hub may refuse; says so then. True when it was done. */
export async function attempt(work: () => Promise<unknown>, done?: string): Promise<boolean> {
  try {
    await work();
    if (done) toast(done, 'good');
    return true;
  } catch (error) {
    toast(wordsOf(error), 'bad');
    return false;
  }
}
