/** Runs of "what did we miss?", kept so that a killed process goes on where it was. Synchronous. */
import type { AccountId, Millis } from '../domain/ids.ts';

/** Why a run began. */
export type ReconcileWhy = 'start' | 'gap' | 'wake' | 'daily' | 'asked';

export type ReconcileRun = {
  readonly id: number;
  readonly account: AccountId;
  readonly why: ReconcileWhy;
  readonly startedAt: Millis;
  /** The earliest moment of what may have been missed. */
  readonly since: Millis;
  /** The gaps that this run closes. */
  readonly gaps: readonly number[];
  /** `log`: reading the provider's message log. `ask`: asking message by message. */
  readonly phase: 'log' | 'ask';
  /** The next page of the message log to read. */
  readonly page: number;
  readonly toAsk: number;
  /** Messages enrolled and not answered yet. */
  readonly waiting: number;
  /** Messages whose status rose through an answer or the log since the run began. */
  readonly recovered: number;
  readonly finishedAt: Millis | undefined;
};

export type EnrolFilter = {
  /** Also those that were no longer asked about because nothing new came. */
  readonly resting: boolean;
  /** Only messages first known since then. */
  readonly firstSince: Millis;
  /** Only messages not answered about since then. */
  readonly unansweredSince: Millis;
};

export interface ReconcileRuns {
  begin(account: AccountId, why: ReconcileWhy, now: Millis, since: Millis, gaps: readonly number[]): ReconcileRun;
  /** The newest run, finished or not. */
  last(account: AccountId): ReconcileRun | undefined;
  /** Runs of `account` or of all, newest first, those with a number below `before`; at most `limit`. */
  page(account: string | undefined, before: number | undefined, limit: number): readonly ReconcileRun[];
  turnedPage(run: number, nextPage: number): void;
  /** Enrols at most `limit` more messages whose status can still rise, and makes them urgently due; returns how many. */
  enrol(run: number, now: Millis, filter: EnrolFilter, limit: number): number;
  /** Everyone is enrolled. */
  enrolled(run: number): void;
  finish(run: number, now: Millis): ReconcileRun;
}
