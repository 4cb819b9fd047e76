/**
 * Notices a flood of webhooks about messages that we never met, far above what the account is used to. Owners
 * type messages on the phone, so unknown messages are ordinary and a busy hour is no crime: nothing is refused or
 * set aside. The messages are marked as met in a burst, and the owner is told once.
 */
import type { AccountId, Millis } from '../domain/ids.ts';

export type BurstWatch = {
  /** A webhook brought a message never met before; whether it is one of a burst. */
  met(account: AccountId, receivedAt: Millis): boolean;
};

export type Burst = { readonly account: AccountId; readonly inMinute: number; readonly usualInMinute: number };

/** Fewer new messages in a minute than this are never a burst. */
export const BURST_FROM = 1_000;
/** How many times what the account had in its busiest quarter of an hour. */
const TIMES_USUAL = 10;
const MINUTE_MS = 60_000;
/** An episode is over after this long without a minute like that. */
const CALM_MS = 10 * MINUTE_MS;

/** `askedIn`: the minute in which `limit` was found out. */
type Count = { minute: number; met: number; limit: number; askedIn: number | undefined; burstUntil: Millis };

/** `usual`: new messages a minute in the account's busiest quarter of an hour before now. */
export function createBurstWatch(deps: {
  readonly usual: (account: AccountId, before: Millis) => number;
  readonly onBurst: (burst: Burst) => void;
}): BurstWatch {
  const counts = new Map<AccountId, Count>();
  return {
    met(account, receivedAt) {
      const count = counts.get(account) ?? { minute: 0, met: 0, limit: 0, askedIn: undefined, burstUntil: 0 };
      counts.set(account, count);
      const minute = Math.floor(receivedAt / MINUTE_MS);
      if (minute !== count.minute) Object.assign(count, { minute, met: 0 });
      if (++count.met < BURST_FROM) return false;
      const calm = receivedAt > count.burstUntil;
      // What is usual is asked before the flood itself would count as usual: not during an episode, and while a busy
      // minute is below the limit, once for the whole of it, because the answer costs hundreds of queries.
      if (count.askedIn === undefined || (calm && count.askedIn !== minute)) {
        count.limit = Math.max(BURST_FROM, TIMES_USUAL * deps.usual(account, receivedAt));
        count.askedIn = minute;
      }
      if (count.met < count.limit) return false;
      count.burstUntil = receivedAt + CALM_MS;
      if (calm) deps.onBurst({ account, inMinute: count.met, usualInMinute: count.limit / TIMES_USUAL });
      return true;
    },
  };
}

/** The notice for the owner; the usual rate is told only where it is one. */
export function burstWords(burst: Burst): { readonly message: string; readonly detail: string } {
  const count = Math.round(burst.inMinute).toLocaleString('en');
  return {
    message: `More than ${count} webhooks within a minute speak of messages that Tickline never met before.`,
    detail: 'They are shown and marked as not confirmed. If you did not send that many, change the webhook secret of this account.',
  };
}
