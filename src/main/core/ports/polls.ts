/**
 * Which messages are still to be asked about, and when. One row per message whose provider id is known;
 * the rows are the queue, so thousands of open messages cost no memory and a killed process forgets nothing.
 *
 * Every function is synchronous. Those marked "joins the caller's transaction" may be called inside one.
 */
import type { AccountId, Millis } from '../domain/ids.ts';
import type { Source } from '../domain/receipt.ts';
import type { Status } from '../domain/status.ts';

/** `net`: webhooks are live and polling only catches what they missed. `fallback`: polling is the only door. */
export type PollPlan = 'net' | 'fallback';

/** Why a message is no longer asked about. */
export type PollStop =
  /** Its status can rise no further. */
  | 'final'
  /** Asked as often as is sensible; nothing new came. A reconciliation still asks about it. */
  | 'quiet'
  /** The provider does not know this id. */
  | 'not-found'
  /** The provider refuses to answer about it. */
  | 'refused';

export type PollRow = {
  readonly messageRow: number;
  readonly account: AccountId;
  readonly providerId: string;
  readonly status: Status | undefined;
  /** Whether WhatsApp's own id is known too; until then webhooks cannot be matched to this message. */
  readonly joined: boolean;
  readonly firstAt: Millis;
  /** When the present status was learned. */
  readonly statusAt: Millis;
  /** When it is next asked about; `undefined` when that is not planned yet, or never. */
  readonly dueAt: Millis | undefined;
  /** When the last question that was answered left us: the answer may be older than its arrival, never older than this. */
  readonly answeredAskAt: Millis | undefined;
  /** Answers since the present status was learned. */
  readonly answers: number;
  /** Questions in a row that brought no answer. */
  readonly failures: number;
  /** Asked for by a person, a reconciliation or a failure without a name: goes by its own queue. */
  readonly urgent: boolean;
};

/** What the plan for one message is. */
export type NextAsk = { readonly dueAt: Millis } | { readonly stop: PollStop };

/** `insurance`: asked only to see whether a webhook was lost. */
export type Question = { readonly messageRow: number; readonly insurance: boolean };

/** What questions asked for insurance brought: how many were answered, and how many of those told something new. */
export type Insurance = { readonly answered: number; readonly caught: number };

/** How long one message stayed in a status: between the two, as polling finds news some time after it; still there when `atMostMs` is absent. */
export type WaitSample = { readonly status: Status; readonly moreThanMs: number; readonly atMostMs: number | undefined };

export type PollCounts = {
  /** Messages that are still asked about at all. */
  readonly tracked: number;
  /** Of those, the ones whose time has come. */
  readonly due: number;
};

/** How many tracked messages are in a status for `fromMs` (inclusive) up to the next edge. */
export type Crowd = { readonly status: Status | undefined; readonly fromMs: number; readonly messages: number };

/** Longer than any request may take, ms: a question whose answer was lost is asked again after it. */
export const LEASE_MS = 120_000;

export interface Polls {
  /**
   * From now on the message may be asked about under `providerId`. Called again it updates `joined` and
   * nothing else, so a repeat is harmless. Joins the caller's transaction.
   */
  track(
    messageRow: number,
    account: AccountId,
    providerId: string,
    firstAt: Millis,
    now: Millis,
    more?: { readonly status?: Status; readonly joined?: boolean },
  ): void;
  /**
   * The message's status is now `status`; the same status again changes nothing. `heard` says through which
   * door: a webhook's news is fresh, which teaches us how long waits are; an answer's news is what a
   * reconciliation recovered. Left out, it is guessed from whether a question left in the last minute. Unknown rows are ignored. Joins the caller's transaction.
   */
  settle(messageRow: number, status: Status, now: Millis, heard?: Source): void;

  /**
   * Two messages turned out to be one, which lives on as `into`, now in `status`: what was asked and planned
   * about `from` goes on there. To be called before `from` is removed. Joins the caller's transaction.
   */
  merged(from: number, into: number, status: Status | undefined, now: Millis): void;

  /** The row as it is now; `undefined` when the message is gone. */
  read(messageRow: number): PollRow | undefined;
  /** The row of the message with this provider id, which may have another number since it was joined with its WhatsApp id. */
  find(account: AccountId, providerId: string): PollRow | undefined;
  /**
   * The wall clock was set back to `now`. Plans that are not urgent are forgotten, and no moment stays ahead of
   * `now`: when an answer came is not known any more, because the moment noted may be later than what it saw.
   */
  clockSetBack(account: AccountId, now: Millis): void;
  /** Rows that have no plan under `plan` yet; at most `limit`. */
  unplanned(account: AccountId, plan: PollPlan, limit: number): readonly PollRow[];
  /** Writes plans, all in one commit. */
  planned(plan: PollPlan, next: readonly { readonly messageRow: number; readonly next: NextAsk }[]): void;

  /** Rows whose time has come, longest overdue first; at most `limit`. */
  due(account: AccountId, now: Millis, urgent: boolean, limit: number): readonly PollRow[];
  /** The earliest moment at which something becomes due. */
  nextDueAt(account: AccountId): Millis | undefined;
  /**
   * The questions leave now. Until `leaseUntil` the rows are not due again; after it they are, and
   * at the next start (`orphaned`), which is how a question survives a killed process. `budget` is kept in the same commit.
   */
  asked(questions: readonly Question[], now: Millis, leaseUntil: Millis, account: AccountId, budget: string): void;
  /** The process that asked is gone, and with it every answer that was on its way: questions still out are due at once. */
  orphaned(account: AccountId, now: Millis): void;
  /** An answer was kept. `askedAt` is when its question left. */
  answered(messageRow: number, askedAt: Millis, plan: PollPlan, next: NextAsk): void;
  /** No answer came: asked again at `next.dueAt`, or never. `failures` is the new count. */
  unanswered(messageRow: number, failures: number, next: NextAsk): void;

  /** Makes this message urgently due, also when nothing more is expected of it: its status is to be confirmed. Joins the caller's transaction. */
  urge(messageRow: number, now: Millis): void;
  /** After a time in which nobody was answered: the failures were not the messages' own, so their waits end. */
  forgive(account: AccountId, now: Millis): void;

  /** Makes at most `limit` messages urgently due; returns how many. `queued` means those no one has taken over yet. */
  hurry(account: AccountId, which: 'queued' | 'all', now: Millis, limit: number): number;

  counts(account: AccountId, now: Millis): PollCounts;
  /** Tracked messages whose fate is open, first known within [from, to). */
  openTracked(account: AccountId, from: Millis, to: Millis): number;
  /** Tracked messages grouped by status and by how long they have been in it; `edgesMs` rises from 0. */
  crowd(account: AccountId, now: Millis, edgesMs: readonly number[]): readonly Crowd[];
  /** Waits of the newest `messages` messages, for learning. */
  waits(account: AccountId, now: Millis, messages: number): readonly WaitSample[];
  /** What insurance brought for the newest `messages` messages. */
  insurance(account: AccountId, messages: number): Insurance;
  /** Which of these provider ids are known, and in what status. */
  known(
    account: AccountId,
    providerIds: readonly string[],
  ): readonly { readonly providerId: string; readonly status: Status | undefined; readonly firstAt: Millis }[];

  readBudget(account: AccountId): string | undefined;
  saveBudget(account: AccountId, budget: string): void;
}
