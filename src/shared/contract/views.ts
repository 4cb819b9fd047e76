/** What the window is shown. Plain values, read-only; every time is integer milliseconds UTC. */

import type { Unseen } from '../../main/core/domain/readReceipts.ts';
import type { Source } from '../../main/core/domain/receipt.ts';
import type { Certainty, GroupSummary, Lane, Said, Status } from '../../main/core/domain/status.ts';
import type { Doubt } from '../../main/core/domain/trust.ts';
import type { ProviderInfo, SessionState } from '../../main/core/ports/provider.ts';
import type { DoorCause, GapView } from './doorViews.ts';

export type { Rung, Step } from '../../main/core/domain/status.ts';
export type { DoorCause, GapsPage, GapView, ReconcilePage, ReconcileRunView } from './doorViews.ts';
export type { ReplayChange, ReplayMove, ReplayProgress, ReplayResult, ReplayState } from './replay.ts';
export type { Certainty, GroupSummary, Lane, ProviderInfo, Said, SessionState, Source, Status, Unseen };

export type AppStatus = {
  readonly version: string;
  readonly mode: 'desktop' | 'browser';
  readonly sqlite: string;
  readonly dataFolder: string;
  readonly startedAt: number;
  readonly uptimeMs: number;
  /** The webhook listener's own address on this machine. */
  readonly listener: string;
  /** `trouble`: what befell the saved keys, while it matters. */
  readonly vault: { readonly backend: string; readonly protects: boolean; readonly words: string; readonly trouble?: string };
  readonly headline: Headline;
  readonly settings: AppSettings;
  /** The newest sequence number published; changes with a higher one are newer than this answer. */
  readonly seq: number;
};

/** Since `since`: `known` of `total` messages have a known fate, `checking` are being asked about, `unknown` cannot be asked. */
export type Headline = {
  readonly since: number;
  readonly total: number;
  readonly known: number;
  readonly checking: number;
  readonly unknown: number;
  /** How long the checking will take at the learned limit; null when nothing is being checked. */
  readonly secondsToGo: number | null;
};

export type AppSettings = {
  readonly theme: 'system' | 'light' | 'dark';
  readonly storeText: boolean;
  readonly density: 'comfortable' | 'compact';
  /** Numbers and names are shortened in everything the window is shown. */
  readonly sharedScreen: boolean;
};

export type AccountView = {
  readonly id: string;
  readonly provider: string;
  readonly providerName: string;
  readonly name: string;
  readonly demo: boolean;
  readonly createdAt: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly tunnel: TunnelSettings;
  /** `/w/…`: the path that the tunnel exposes. Unguessable, so shown only where the owner asks. */
  readonly webhookPath: string;
  readonly secrets: readonly { readonly name: string; readonly setAt: number }[];
  /** Keys that are saved but cannot be opened any more (or are gone): what happened, and which are to be entered again. */
  readonly secretsTrouble: { readonly words: string; readonly names: readonly string[] } | null;
  readonly session: SessionView;
};

export type TunnelSettings =
  | { readonly kind: 'localtunnel'; readonly host: string; readonly name: string }
  | { readonly kind: 'own-url'; readonly url: string }
  | { readonly kind: 'local' }
  | { readonly kind: 'none' };

export type SessionView = {
  readonly account: string;
  /** The provider's id of the chosen session; null until one is chosen. */
  readonly id: string | null;
  readonly name: string | null;
  readonly phone: string | null;
  readonly state: SessionState;
  /** The state in words for the owner. */
  readonly words: string;
  readonly since: number | null;
};

export type ProviderSessionView = {
  readonly id: string;
  readonly name: string;
  readonly phone: string | null;
  readonly state: SessionState;
  readonly webhookUrl: string | null;
  readonly webhookEnabled: boolean;
};

/** `text` is drawn by the client; null when no code is needed (already connected) or none has come yet. */
export type QrView = {
  readonly account: string;
  readonly text: string | null;
  readonly at: number | null;
  readonly ageMs: number | null;
  readonly state: SessionState;
  readonly words: string;
};

export type DoorState = 'opening' | 'live' | 'moved' | 'polling' | 'off';

export type IntakeView = {
  readonly account: string;
  readonly state: DoorState;
  /** The whole state in one plain sentence. */
  readonly words: string;
  readonly publicUrl: string | null;
  readonly since: number;
  readonly why: string | null;
  /** The reason as a code, and what the owner can do about it. */
  readonly cause: DoorCause | null;
  readonly advice: string | null;
  readonly nextTryAt: number | null;
  /** The last time a request of ours, or of the provider, came in through the public URL. */
  readonly lastProofAt: number | null;
  readonly lastProofMs: number | null;
  readonly webhookRegistered: boolean;
  /** The clock of the provider, or of whoever passes webhooks on, minus this computer's, in ms; null while not known. */
  readonly clockSkewMs: number | null;
  /** Said of the clock when it is off by more than a minute. */
  readonly clockWords: string | null;
  readonly polling: PollingView;
  readonly openGap: GapView | null;
  /** The newest gap that has ended, if it did within the last day. */
  readonly lastGap: GapView | null;
};

export type PollingView = {
  readonly account: string;
  readonly active: boolean;
  /** Requests a minute the provider allows, and whether it said so itself. */
  readonly perMinute: number;
  readonly learned: boolean;
  readonly usedLastMinute: number;
  readonly due: number;
  readonly tracked: number;
  readonly waitUntil: number | null;
  readonly secondsToGo: number | null;
  readonly words: string;
};

export type MessageRow = {
  /** Our own name for the message; always valid for `messages.get`. */
  readonly id: string;
  readonly account: string;
  readonly demo: boolean;
  /** WhatsApp's id (`key.id`), once known. */
  readonly messageId: string | null;
  /** The provider's own id (`msgId`), once known. */
  readonly providerMessageId: string | null;
  /** A phone number as `+` and digits, or a group or LID address. */
  readonly recipient: string | null;
  readonly name: string | null;
  readonly kind: 'person' | 'group';
  readonly status: Status | null;
  readonly statusAt: number | null;
  readonly firstAt: number;
  /** When each step happened for the message as a whole: a person's own steps, or for a group the moment when everyone known had reached it. */
  readonly steps: Lane;
  readonly group: GroupSummary | null;
  readonly failure: string | null;
  readonly deleted: boolean;
  readonly tags: readonly string[];
  readonly text: string | null;
  /** Whose answer told the status it shows; null while only webhooks told it that a password alone proves (a hint). */
  readonly confirmedBy: Source | null;
  /** `burst`: it was met in a flood of webhooks about unknown messages, and is not confirmed. */
  readonly doubt: Doubt | null;
  /** Delivered, and it is likely that reading cannot be seen: read receipts seem to be off at this number, or on the account's own phone. */
  readonly unseen: Unseen | null;
  /** Stretches, overlapping this message's life, in which its account had no open door. */
  readonly gaps: readonly { readonly from: number; readonly to: number | null }[];
};

export type MessagesPage = { readonly rows: readonly MessageRow[]; readonly nextCursor: string | null; readonly seq: number };

export type RecipientView = {
  readonly recipient: string;
  readonly name: string | null;
  readonly status: Status | null;
  readonly statusAt: number | null;
  readonly steps: Lane;
  readonly failure: string | null;
};

export type ReceiptView = {
  readonly id: number;
  readonly said: Said;
  /** Same as `said`: the status this receipt speaks of. */
  readonly status: Said;
  readonly recipient: string;
  readonly person: string | null;
  readonly at: number;
  readonly certainty: Certainty;
  readonly after: number | null;
  readonly source: Source;
  readonly receivedAt: number;
  readonly reason: string | null;
  readonly inboxId: number;
  /** How often the very same entry came again. */
  readonly repeats: number;
};

export type Timeline = {
  readonly message: MessageRow;
  readonly recipients: readonly RecipientView[];
  readonly receipts: readonly ReceiptView[];
  readonly gaps: readonly GapView[];
  /** Why reading may be out of sight; null where nothing suggests it. */
  readonly unseenWords: string | null;
  readonly inbox: readonly InboxRow[];
  readonly seq: number;
};

/** `kept` is waiting to be understood. */
export type InboxState = 'kept' | 'applied' | 'duplicate' | 'ignored' | 'quarantined';

export type InboxRow = {
  readonly id: number;
  readonly account: string;
  readonly source: Source;
  readonly shape: string;
  /** The provider's name for it, e.g. `messages.update`; null when it cannot be told. */
  readonly event: string | null;
  readonly state: InboxState;
  readonly reason: string | null;
  readonly receivedAt: number;
  readonly bytes: number;
  readonly repeats: number;
  readonly duplicateOf: number | null;
  /** When its bytes were removed, and whether by the owner's period or with a contact; null while they are there. */
  readonly removed: { readonly at: number; readonly by: 'retention' | 'erasure' } | null;
};

export type InboxEntry = InboxRow & {
  /** Credentials, text and numbers masked. */
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly messages: readonly { readonly id: string; readonly messageId: string | null; readonly said: Said }[];
};

export type InboxPage = {
  readonly rows: readonly InboxRow[];
  readonly nextCursor: string | null;
  readonly counts: InboxCounts;
  readonly seq: number;
};
export type InboxCounts = Readonly<Record<InboxState, number>> & { readonly rejected: number };

export type SendResult = {
  readonly id: string | null;
  readonly messageId: string | null;
  readonly providerMessageId: string | null;
  readonly status: Status | null;
};

export type ReconcileView = {
  readonly account: string;
  readonly state: 'idle' | 'running' | 'done';
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly toAsk: number;
  readonly asked: number;
  readonly recovered: number;
  readonly secondsToGo: number | null;
  readonly words: string;
};

export type ExportView = {
  readonly id: string;
  readonly format: 'csv' | 'ndjson';
  readonly state: 'running' | 'done' | 'cancelled' | 'failed';
  readonly rows: number;
  readonly total: number;
  readonly bytes: number;
  readonly redacted: boolean;
  readonly fileName: string;
  readonly startedAt: number;
  readonly finishedAt: number | null;
  readonly error: string | null;
  /** The chain value of the last row, once it is written: `--verify` compares a file with it. */
  readonly fingerprint: string | null;
  /** Browser way: a path on the same address, valid with the token; null in the desktop app, which saves through a dialog. */
  readonly link: string | null;
};

export type FunnelView = {
  readonly from: number;
  readonly to: number;
  readonly total: number;
  readonly queued: number;
  /** Each counts the messages that reached at least that step. */
  readonly sent: number;
  readonly delivered: number;
  readonly read: number;
  readonly failed: number;
  readonly unknown: number;
  /** Median over messages whose two times are both known to the point; null under 5 of them. */
  readonly medianMsToDeliver: number | null;
  readonly medianMsToRead: number | null;
};

export type DemoView = { readonly running: boolean; readonly account: string | null; readonly url: string | null; readonly switches: DemoSwitches };
export type DemoSwitches = {
  /** Messages a minute that the invented shop sends. */
  readonly pace: number;
  readonly repeats: boolean;
  readonly shuffles: boolean;
  readonly losses: boolean;
  readonly limits: boolean;
  readonly outage: boolean;
  readonly slow: boolean;
};

export type Notice = {
  readonly id: string;
  readonly level: 'info' | 'warning' | 'error';
  readonly message: string;
  readonly detail: string | null;
  readonly at: number;
  readonly account: string | null;
};
