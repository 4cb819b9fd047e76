/** What an account needs and what it does; its body is account.ts. */
import type { IntakeView, TunnelSettings } from '../../../shared/contract/views.ts';
import type { Result } from '../domain/failure.ts';
import type { AccountId, InboxId, Millis } from '../domain/ids.ts';
import type { ClockSkew } from '../ingest/clockSkew.ts';
import type { DoorNotice, Intake, Way } from '../ingest/intake.ts';
import type { Keeper } from '../ingest/keep.ts';
import type { AnswerToKeep, Poller } from '../ingest/poll.ts';
import type { Probes } from '../ingest/probe.ts';
import type { Door } from '../ingest/receive.ts';
import type { Reconcile } from '../ingest/reconcile.ts';
import type { BudgetPools } from '../ingest/sharedBudget.ts';
import type { StorageGuard } from '../ingest/storageGuard.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Polls } from '../ports/polls.ts';
import type { Provider, ProviderClient, SessionWithSecrets } from '../ports/provider.ts';
import type { ReconcileRuns } from '../ports/reconciles.ts';
import type { Store } from '../ports/store.ts';
import type { SecretBook } from './secrets.ts';
import type { SessionKeeper } from './session.ts';

export type AccountDeps = {
  readonly store: Store;
  readonly polls: Polls;
  readonly runs: ReconcileRuns;
  readonly budgets: BudgetPools;
  readonly clock: Clock;
  readonly log: Log;
  readonly guard: Pick<StorageGuard, 'failed' | 'usable'>;
  readonly random: () => number;
  readonly fetch: typeof fetch;
  readonly secrets: SecretBook;
  readonly probe: Probes['probe'];
  readonly keeper: Pick<Keeper, 'keep'>;
  readonly understood: () => Promise<void>;
  readonly listenerPort: () => number;
  readonly tunnelFor: (settings: TunnelSettings) => Way;
  readonly storeText: () => boolean;
  readonly onIntake: (account: AccountId) => void;
  readonly onSession: (account: AccountId) => void;
  /** The service at `farEnd` can be reached again; `account` found out. */
  readonly onReached: (account: AccountId, farEnd: string) => void;
  readonly onNotice: (account: AccountId, notice: DoorNotice) => void;
};

export type Account = {
  readonly id: AccountId;
  readonly provider: Provider;
  readonly door: Door;
  readonly session: SessionKeeper;
  readonly intake: Intake;
  readonly poller: Poller;
  readonly reconcile: Reconcile;
  /** How far this computer's clock is off. */
  readonly clockSkew: ClockSkew;
  client(): ProviderClient;
  intakeView(): IntakeView;
  /** `lastAlive`: when Tickline was last known to run, if it knew this account then. */
  start(lastAlive: Millis | undefined): void;
  /** Some message failed, and we were not told which. */
  someFailed(): void;
  /** Makes this the account's session, and the one that tells us of its messages. */
  choose(session: SessionWithSecrets): Promise<void>;
  /** Hands an answer of the provider to the inbox. Rejects when it could not be kept. */
  keep(answer: Omit<AnswerToKeep, 'account' | 'source'> & { readonly source: 'poll' | 'import' | 'send' | 'track' }): Promise<InboxId>;
  /** Opens the door by another way; nobody waits for it. */
  reopen(way: Way): void;
  /** Tells the provider the address of the open door once more; resolves to its answer. */
  tellAddress(): Promise<Result<void>>;
  wake(): void;
  /** The computer slept: nobody listened from `from` to `to`. */
  slept(from: Millis, to: Millis): void;
  /** This computer's clock was set: how far it is off has to be found out anew. */
  clockSet(): void;
  networkChanged(): void;
  /** The service at `farEnd` can be reached again. */
  reachable(farEnd: string): void;
  /** The computer is about to sleep: the provider gets its old address back, if there is time. */
  suspend(): void;
  stop(): Promise<void>;
};
