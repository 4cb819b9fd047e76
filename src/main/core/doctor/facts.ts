/** What the checks are told: plain values, gathered beforehand. A check never asks anything itself. */
import type { StorageStatus } from '../../../shared/contract/storage.ts';
import type { IntakeView, SessionView, TunnelSettings } from '../../../shared/contract/views.ts';
import type { SecretsTrouble } from '../connect/secrets.ts';
import type { Failure, Result } from '../domain/failure.ts';
import type { Millis } from '../domain/ids.ts';
import type { ReadingFacts } from '../domain/readReceipts.ts';
import type { ProbeResult } from '../ingest/probe.ts';
import type { StorageTrouble } from '../ingest/storageGuard.ts';
import type { DiskFacts, FrameFacts } from '../ports/host.ts';
import type { ProviderInfo, SessionState, WebhookRegistration } from '../ports/provider.ts';
import type { VaultDescription } from '../ports/vault.ts';

export type Facts = {
  readonly now: Millis;
  readonly accounts: readonly AccountFacts[];
  readonly queue: QueueFacts;
  readonly disk: DiskFacts;
  readonly storageTrouble: StorageTrouble | undefined;
  /** Backups and recoveries; absent where nothing keeps them. */
  readonly storage: StorageFacts | undefined;
  readonly vault: VaultDescription;
  readonly program: ProgramFacts;
};

/** `problem`: why the last backup could not be made; null when it could. */
export type StorageFacts = Pick<StorageStatus, 'lastBackupAt' | 'checkedAt' | 'lastRecovery'> & { readonly problem: string | null };

export type AccountFacts = {
  readonly id: string;
  readonly name: string;
  readonly demo: boolean;
  readonly provider: Pick<ProviderInfo, 'name' | 'can'>;
  /** The names of the events that this version needs, in the provider's words. */
  readonly wantedEvents: readonly string[];
  readonly tunnel: TunnelSettings;
  /** `/w/…`, which only we and the provider know. */
  readonly webhookPath: string;
  /** The provider's server is on this computer or its network: a gateway of the owner's own. */
  readonly providerIsNear: boolean;
  readonly session: SessionView;
  readonly intake: IntakeView;
  /** The names of the credentials that are at hand. */
  readonly secrets: readonly string[];
  /** Those that were saved and cannot be opened any more, or are gone. */
  readonly secretsTrouble: SecretsTrouble | undefined;
  /** Why the last question about a message was not answered, while that holds. */
  readonly pollTrouble: Failure | undefined;
  /** Somebody else's clock minus ours, in ms. */
  readonly skews: readonly { readonly by: string; readonly ms: number }[];
  /** How much was delivered to people, and whether any of it was ever reported as read. */
  readonly reading: ReadingFacts;
  /** What the provider and the public address said when they were last asked; absent before that. */
  readonly asked: AskedFacts | undefined;
};

export type AskedFacts = {
  readonly at: Millis;
  /** No request was left for some of this; how many ms until there is one. */
  readonly waitMs: number | undefined;
  /** The session's details, asked with the personal access token. */
  readonly details: Result<SessionDetails> | undefined;
  /** The session's state, asked with its own key. */
  readonly byKey: Result<SessionState> | undefined;
  readonly probe: { readonly url: string; readonly result: ProbeResult } | undefined;
};

export type SessionDetails = {
  readonly state: SessionState;
  readonly webhook: WebhookRegistration | undefined;
  readonly keepsLog: boolean | undefined;
  readonly readsIncoming: boolean | undefined;
  /** Whether the key saved here is this session's; absent when one of the two is not known. */
  readonly keyMatches: boolean | undefined;
  /** The same of the webhook secret. */
  readonly secretMatches: boolean | undefined;
};

export type QueueFacts = {
  /** Kept, not understood yet. */
  readonly waiting: number;
  readonly quarantined: number;
  readonly oldestQuarantinedAt: Millis | undefined;
  /** Requests at our listener that proved nothing, since the start. */
  readonly rejected: number;
};

export type ProgramFacts = {
  readonly version: string;
  readonly sqlite: string;
  readonly mode: 'desktop' | 'browser';
  readonly parts: readonly { readonly name: string; readonly version: string }[];
  readonly frame: FrameFacts | undefined;
  readonly startedAt: Millis;
  readonly timeZone: string;
};
