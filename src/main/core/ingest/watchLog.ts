/**
 * Looks into the provider's message log for what nobody told us of. While polling is the only door that is
 * every message: only one whose id is known can be asked about, and with the door shut no webhook brings new
 * ids. With the door open it is those that failed at once, which no webhook names and only the log explains.
 */
import type { AccountId } from '../domain/ids.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Polls } from '../ports/polls.ts';
import type { ProviderClient } from '../ports/provider.ts';
import type { Grant } from './budget.ts';
import type { Keep } from './poll.ts';

export type LogWatchDeps = {
  readonly account: AccountId;
  readonly polls: Pick<Polls, 'known'>;
  /** Spends one request. */
  readonly take: () => Grant;
  /** `undefined` while the account has no key. */
  readonly client: () => Pick<ProviderClient, 'messageLog'> | undefined;
  /** The provider's id of the chosen session; `undefined` when its log cannot be read. */
  readonly session: () => string | undefined;
  readonly keep: Keep;
  readonly clock: Clock;
  readonly log: Log;
};

export interface LogWatch {
  /** Looks again and again while `on`. */
  set(on: boolean): void;
  /** Some message failed, and we were not told which: looks once, soon. */
  someFailed(): void;
  /** Harmless when called twice. */
  close(): Promise<void>;
}

/** Where something was new, more is likely soon. */
const SOON_MS = 5_000;
const LONGEST_MS = 60_000;
/** Failures come in bursts; one look is enough for all, and the log has them by then. */
const AFTER_FAILURE_MS = 2_000;
/** What lies further back is left to the next reconciliation. */
const MOST_PAGES = 5;

export function createLogWatch(deps: LogWatchDeps): LogWatch {
  const { account, clock, log } = deps;
  let on = false;
  let closed = false;
  let waitMs = SOON_MS;
  let cancel = () => {};
  let looking: Promise<void> | undefined;
  let cancelOnce: (() => void) | undefined;

  function schedule(ms: number): void {
    cancel();
    if (on && !closed) cancel = clock.after(ms, look);
  }

  function look(): void {
    looking ??= readNew(false)
      .then((found) => {
        waitMs = found ? SOON_MS : Math.min(LONGEST_MS, waitMs * 1.5);
      })
      .catch((error: unknown) => {
        // Not kept, so it is found again the next time.
        log.error('log-watch.failed', { account, message: error instanceof Error ? error.message : String(error) });
        waitMs = LONGEST_MS;
      })
      .finally(() => {
        looking = undefined;
        schedule(waitMs);
      });
  }

  function lookOnce(): void {
    cancelOnce = undefined;
    void (looking ?? Promise.resolve())
      .then(() => readNew(true))
      .catch((error: unknown) => log.error('log-watch.failed', { account, message: error instanceof Error ? error.message : String(error) }));
  }

  /**
   * Keeps the newest pages as far as they tell of messages we do not know (with `anyway` the first in any case,
   * because it says more of some we know); whether there were any.
   */
  async function readNew(anyway: boolean): Promise<boolean> {
    for (let page = 1; page <= MOST_PAGES && (on || anyway) && !closed; page++) {
      const client = deps.client();
      const session = deps.session();
      if (client === undefined || session === undefined || !deps.take().ok) return page > 1;
      const result = await client.messageLog(session, page);
      if (!result.ok) {
        log.warn('log-watch.unreadable', { account, page, code: result.error.code });
        return false;
      }
      const { ids, more, shape, body, at } = result.value;
      const known = deps.polls.known(account, ids).length;
      if (known === ids.length && !(anyway && page === 1)) return page > 1;
      await deps.keep({ account, source: 'import', shape, body, receivedAt: at });
      if (known > 0 || !more) return true;
    }
    return true;
  }

  return {
    set(wanted) {
      if (wanted === on) return;
      on = wanted;
      waitMs = SOON_MS;
      schedule(waitMs);
    },
    someFailed() {
      if (!closed) cancelOnce ??= clock.after(AFTER_FAILURE_MS, lookOnce);
    },
    async close() {
      closed = true;
      cancel();
      cancelOnce?.();
      await looking;
    },
  };
}
