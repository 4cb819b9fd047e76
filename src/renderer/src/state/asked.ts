/** The four pictures of anything that is asked for, and a way to ask no more often than is useful. */
import type { RequestError } from '../../../shared/contract/errors.ts';

export type Phase = 'loading' | 'ready' | 'failed';
export type Asked<T> = { readonly phase: Phase; readonly value: T | null; readonly error: RequestError | null };

export const LOADING: Asked<never> = { phase: 'loading', value: null, error: null };

/**
 * Runs `work` at once, then at most every `ms` while it is being asked for; never two at the same time.
 * What is asked while it runs is done once more afterwards.
 */
export function paced(work: () => Promise<unknown>, ms: number): () => void {
  let busy = false;
  let again = false;
  const run = async () => {
    busy = true;
    again = false;
    await work().catch(() => undefined);
    setTimeout(() => {
      busy = false;
      if (again) void run();
    }, ms);
  };
  return () => {
    if (busy) again = true;
    else void run();
  };
}
