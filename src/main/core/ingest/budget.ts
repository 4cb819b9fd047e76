import type { Millis } from '../domain/ids.ts';
import type { LearnedLimits } from '../ports/provider.ts';

/** `interactive`: someone waits for it (a send, a session call). `background`: a question of the poller. */
export type BudgetUse = 'interactive' | 'background';
export type Grant = { readonly ok: true } | { readonly ok: false; readonly waitMs: number };

export type BudgetView = {
  readonly perMinute: number;
  /** Whether the provider itself named the figure. */
  readonly learned: boolean;
  readonly usedLastMinute: number;
  /** The provider asked us not to come back before this moment. */
  readonly waitUntil: Millis | undefined;
  /** What the poller can count on, requests a minute. */
  readonly backgroundPerMinute: number;
};

export interface Budget {
  /** Spends one request if it may leave now; else says how long to wait before asking again. */
  take(now: Millis, use?: BudgetUse): Grant;
  learn(limits: LearnedLimits): void;
  view(now: Millis): BudgetView;
  /** Everything needed to go on after a restart, as text. */
  save(): string;
}

/** `saved` is what `save()` gave; anything else is taken for nothing. */
export function createBudget(_saved: string | undefined, _now: Millis): Budget {
  throw new Error('not built yet');
}
