/** Roll-ups by account and day: how fresh each door is, and what asking costs. Nothing here needs a scan. */
import type { FreshDoor, FreshKind, Told } from '../domain/freshness.ts';
import type { AccountId, Millis } from '../domain/ids.ts';

/**
 * - `question`: the poller asked about a message. `log`: a page of the message log. `interactive`: somebody waited for it.
 * - `refused`: the provider answered that we should stay away for a while (429, `Retry-After`).
 * - `loop`: what a loop that asks about every open message each 30 s would have asked meanwhile.
 */
export type RequestUse = 'question' | 'log' | 'interactive' | 'refused' | 'loop';

export type FreshnessCount = {
  readonly door: FreshDoor;
  readonly kind: FreshKind;
  readonly bucket: number;
  readonly told: number;
  /** Of those, found by asking first and told by a webhook later all the same. */
  readonly confirmed: number;
};

export interface FreshnessStore {
  /** One status counts here from now on (1), or no longer (-1). Joins the caller's transaction. */
  tell(account: AccountId, told: Told, change: 1 | -1): void;
  /** So many requests more. Written with the next transaction: a crash may forget those since the last. */
  spend(account: AccountId, use: RequestUse, at: Millis, requests: number): void;
  /** Counts over whole days, first and last included; see `Told.day`. */
  counts(account: AccountId, firstDay: number, lastDay: number): readonly FreshnessCount[];
  requests(account: AccountId, firstDay: number, lastDay: number): Readonly<Record<RequestUse, number>>;
}

/** What the engine's process takes of the computer. */
export interface Load {
  /** `cpuMs` since the process began, of all its threads. */
  sample(): { readonly cpuMs: number; readonly rssBytes: number };
}
