/**
 * Small writes of one account that nobody waits for: a gap, an address, the state of the session. Where the disk
 * does not take one, the storage guard hears of it and the write is owed: it is made, in its turn, as soon as the
 * disk takes it. Whoever asked for it goes on.
 */
import { diskTroubleOf } from '../domain/diskTrouble.ts';
import type { StorageGuard } from '../ingest/storageGuard.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';

export type OwedWrites = {
  /** Makes this write now, after all that are owed already. One with a `key` takes the place of the owed one with the same. */
  owe(write: () => void, key?: string): void;
  /** Does this now. Trouble with the disk is the guard's, and then it is not done again. */
  attempt(work: () => void): void;
  /** For the `catch` of work that nobody waits for: tells the guard and the log. */
  failed(what: string, error: unknown): void;
  /** Tries once more what is owed; nothing is tried by itself from then on. */
  stop(): void;
};

const AGAIN_MS = 2_000;

export function createOwedWrites(deps: {
  readonly account: string;
  readonly guard: Pick<StorageGuard, 'failed' | 'usable'>;
  readonly clock: Clock;
  readonly log: Log;
}): OwedWrites {
  const { guard, clock, log } = deps;
  const owed: { readonly write: () => void; readonly key: string | undefined }[] = [];
  let cancel: (() => void) | undefined;
  let paying = false;
  let stopped = false;

  /** In their order, as far as the disk takes them. */
  function pay(): void {
    if (paying) return;
    paying = true;
    try {
      while (owed.length > 0 && guard.usable()) {
        const next = owed.shift();
        if (next === undefined) break;
        try {
          next.write();
        } catch (error) {
          if (diskTroubleOf(error) === undefined) throw error;
          owed.unshift(next);
          guard.failed(error);
          break;
        }
      }
    } finally {
      paying = false;
      if (owed.length > 0 && !stopped) cancel ??= clock.after(AGAIN_MS, again);
    }
  }

  function again(): void {
    cancel = undefined;
    pay();
  }

  return {
    owe(write, key) {
      const same = key === undefined ? -1 : owed.findIndex((one) => one.key === key);
      if (same >= 0) owed.splice(same, 1);
      owed.push({ write, key });
      pay();
    },
    attempt(work) {
      try {
        work();
      } catch (error) {
        if (diskTroubleOf(error) === undefined) throw error;
        guard.failed(error);
      }
    },
    failed(what, error) {
      guard.failed(error);
      log.error(what, { account: deps.account, error: String(error) });
    },
    stop() {
      stopped = true;
      cancel?.();
      pay();
      if (owed.length > 0) log.warn('writes.not-made', { account: deps.account, owed: owed.length });
    },
  };
}
