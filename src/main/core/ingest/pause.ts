/** Waiting that can be cut short: by a nudge ("look now") or by the end of the work. */
import type { Clock } from '../ports/clock.ts';

export type PauseEnd = 'elapsed' | 'nudged' | 'aborted';

export interface Pauses {
  /**
   * Resolves after `ms` of the clock (`undefined`: never by itself), at the next nudge, or when `signal` aborts.
   * A nudge that came while nobody was pausing ends the next pause at once.
   */
  pause(ms: number | undefined, signal: AbortSignal): Promise<PauseEnd>;
  /** Like `pause`, but a nudge waits until it is over. */
  sleep(ms: number, signal: AbortSignal): Promise<PauseEnd>;
  nudge(): void;
  /** Drops a nudge that nobody has been woken by yet. */
  forget(): void;
}

export function createPauses(clock: Clock): Pauses {
  let nudged = false;
  let wakeUp: (() => void) | undefined;

  function until(ms: number | undefined, signal: AbortSignal, nudgeable: boolean): Promise<PauseEnd> {
    if (signal.aborted) return Promise.resolve('aborted');
    if (nudgeable && nudged) {
      nudged = false;
      return Promise.resolve('nudged');
    }
    return new Promise((resolve) => {
      const finish = (end: PauseEnd) => {
        cancel?.();
        signal.removeEventListener('abort', onAbort);
        wakeUp = undefined;
        resolve(end);
      };
      const onAbort = () => finish('aborted');
      const cancel = ms === undefined ? undefined : clock.after(ms, () => finish('elapsed'));
      signal.addEventListener('abort', onAbort, { once: true });
      if (nudgeable) wakeUp = () => finish('nudged');
    });
  }

  return {
    pause: (ms, signal) => until(ms, signal, true),
    sleep: (ms, signal) => until(ms, signal, false),
    nudge() {
      if (wakeUp === undefined) nudged = true;
      else wakeUp();
    },
    forget() {
      nudged = false;
    },
  };
}

/** `work`'s value, or `undefined` when it has not come within `ms`. Rejections pass through. */
export function withinTime<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => resolve(undefined));
    work.then(resolve, reject).finally(cancel);
  });
}

const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 300_000;

/** How long to wait after `failures` failures in a row: 2 s doubling to 5 min, each ±20 % so that many apps do not come at once. */
export function backOffMs(failures: number, random: () => number): number {
  const plain = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(Math.max(0, failures - 1), 20));
  return Math.round(plain * (0.8 + 0.4 * random()));
}
