/** What is known of one account's messages, counted from the store. */
import type { AccountId, Millis } from '../domain/ids.ts';
import type { Polls } from '../ports/polls.ts';
import type { StatusCount, Store } from '../ports/store.ts';
import { openOf } from './figures.ts';

export type Coverage = {
  readonly counts: readonly StatusCount[];
  /** Open messages that can be asked about. */
  readonly pollable: number;
  /** Open messages whose news may have come while no door was open, and that cannot be asked about. */
  readonly outOfReach: number;
};

export type CoverageQuestion = {
  readonly account: AccountId;
  /** Messages first known from here on. */
  readonly since: Millis;
  readonly now: Millis;
  /** Whether webhooks can come in now. */
  readonly doorOpen: boolean;
  /** Whether anything can be asked at all. */
  readonly canAsk: boolean;
};

const FOREVER = 8_640_000_000_000_000;
/** Counts by status are kept for quarters of an hour, so both sides of the difference end with one. */
const QUARTER_MS = 15 * 60_000;

export function coverageOf(store: Pick<Store, 'messages' | 'gaps'>, polls: Pick<Polls, 'openTracked'>, question: CoverageQuestion): Coverage {
  const { account, since, now, doorOpen, canAsk } = question;
  const counts = store.messages.countByStatus(since, FOREVER, account);
  const pollable = canAsk ? polls.openTracked(account, since, FOREVER) : 0;
  if (!doorOpen) return { counts, pollable, outOfReach: Math.max(0, openOf(counts) - pollable) };
  const lastGap = store.gaps.list(account).reduce((last, gap) => Math.max(last, gap.to ?? now), 0);
  if (lastGap <= since) return { counts, pollable, outOfReach: 0 };
  const until = Math.ceil(lastGap / QUARTER_MS) * QUARTER_MS;
  const overlooked = openOf(store.messages.countByStatus(since, until, account));
  return { counts, pollable, outOfReach: Math.max(0, overlooked - (canAsk ? polls.openTracked(account, since, until) : 0)) };
}
