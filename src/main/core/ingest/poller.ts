/** What a poller needs and does; its body is poll.ts. */
import type { PollingView } from '../../../shared/contract/views.ts';
import type { Failure } from '../domain/failure.ts';
import type { AccountId, Millis } from '../domain/ids.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { PollPlan, Polls } from '../ports/polls.ts';
import type { LearnedLimits, ProviderClient, Shape } from '../ports/provider.ts';
import type { Budget, BudgetUse, Grant } from './budget.ts';

/** One answer on its way to the inbox. */
export type AnswerToKeep = {
  readonly account: AccountId;
  readonly source: 'poll' | 'import';
  readonly shape: Shape;
  readonly body: Uint8Array;
  readonly receivedAt: Millis;
  /** When the last question about the same message that was answered had left: news in this answer is younger than that. */
  readonly since?: Millis;
};

/** Resolves once the answer is durably in the inbox; rejects when it is not, and then it will be asked again. */
export type Keep = (answer: AnswerToKeep) => Promise<unknown>;

/** `off`: nothing is asked (no key yet, or a provider without polling). */
export type PollMode = 'off' | PollPlan;

export type PollerDeps = {
  readonly account: AccountId;
  /** As shown to the owner, e.g. "WASenderApi". */
  readonly providerName: string;
  readonly polls: Polls;
  /** Shared with others whose requests the provider counts together; one of its own when absent. */
  readonly budget?: Budget;
  /** The account's client as it is now; `undefined` while it has no key. */
  readonly client: () => Pick<ProviderClient, 'askMessage'> | undefined;
  readonly keep: Keep;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  /** Requests left us, or one was answered by sending us away. */
  readonly onSpent?: (use: 'question' | 'log' | 'interactive' | 'refused', requests: number) => void;
  /** The view changed in a way worth showing; at most once a second. */
  readonly onChange?: () => void;
  /** Nothing was answered since `from`, several tries in a row. */
  readonly onAway?: (from: Millis, why: string) => void;
  /** An answer came after that. `unreachable`: nobody could have had one meanwhile. */
  readonly onReached?: (unreachable: boolean) => void;
  /** The time of day as the owner reads it; local `10:43` when absent. */
  readonly showTime?: (at: Millis) => string;
};

export interface Poller {
  start(mode: PollMode): void;
  /** Webhooks came or went. Every open message is planned afresh. */
  setMode(mode: PollMode): void;
  /** To be called with what every answer's headers said (Connection.onLimits), whoever asked. */
  learn(limits: LearnedLimits): void;
  /** Spends one request outside the poller: `interactive` for a send or a session call, `background` for a page of the log. */
  take(use: BudgetUse): Grant;
  /** Some message failed and we were not told which: ask about everything that is queued. */
  checkQueued(): void;
  /** Ask about everything now, as fast as the limit allows. */
  pollNow(): void;
  /** Look for work at once, e.g. after sleep or when a key was put right: ends a back-off of ours, never a wait the provider asked for. */
  wake(): void;
  /** Somebody else has reached the provider again: a back-off because it could not be reached ends. */
  reachable(): void;
  view(): PollingView;
  /** Why the last question that decided anything was not answered; `undefined` once one is. */
  trouble(): Failure | undefined;
  /** Resolves when questions under way are answered and kept. Harmless when called twice. */
  close(): Promise<void>;
}
