import type { ReconcileView } from '../../../shared/contract/views.ts';
import type { AccountId, Millis } from '../domain/ids.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Polls } from '../ports/polls.ts';
import type { ProviderClient } from '../ports/provider.ts';
import type { ReconcileRuns, ReconcileWhy } from '../ports/reconciles.ts';
import type { Keep, Poller } from './poll.ts';

/** A stretch without an open door that nobody has gone back over yet. */
export type GapToClose = { readonly id: number; readonly from: Millis; readonly to: Millis | undefined };

export type ReconcileDeps = {
  readonly account: AccountId;
  readonly polls: Polls;
  readonly runs: ReconcileRuns;
  readonly poller: Pick<Poller, 'take' | 'wake' | 'view'>;
  /** `undefined` while the account has no key. */
  readonly client: () => Pick<ProviderClient, 'messageLog'> | undefined;
  /** The provider's id of the chosen session; `undefined` when the message log cannot be read. */
  readonly session: () => string | undefined;
  /** Gaps of this account that were not reconciled yet, oldest first; those still open too. */
  readonly gaps: () => readonly GapToClose[];
  /** A gap was gone over: so many messages turned out to have changed. */
  readonly gapRecovered: (gap: number, recovered: number) => void;
  readonly keep: Keep;
  /** Resolves when everything that was kept until now has been understood. */
  readonly understood: () => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  /** The view changed; at most once a second. */
  readonly onChange?: () => void;
};

export interface Reconcile {
  /** Goes on with an unfinished run, or begins the one of the start; then once a day. */
  start(): void;
  /** Begins a run, or widens the one under way. */
  run(why: ReconcileWhy): ReconcileView;
  view(): ReconcileView;
  /** Harmless when called twice; the next start goes on from here. */
  close(): Promise<void>;
}

export function createReconcile(_deps: ReconcileDeps): Reconcile {
  throw new Error('not built yet');
}
