/** The durable store. Every function is synchronous, so no `await` can slip into a transaction. */
import type { ToldReceipt } from '../domain/freshness.ts';
import type { AccountId, InboxId, Millis } from '../domain/ids.ts';
import type { ReadingFacts } from '../domain/readReceipts.ts';
import type { Source } from '../domain/receipt.ts';
import type { Certainty, GroupSummary, Lane, Said, Status } from '../domain/status.ts';
import type { Doubt } from '../domain/trust.ts';
import type { FreshnessStore } from './freshness.ts';
import type { PrivacyStore, RemovedBy, RetentionStore } from './privacy.ts';
import type { ProviderKey, SessionState, Shape } from './provider.ts';

/** The setting with the rows of messages, as JSON, that got receipts from a damaged file and are to be computed afresh. */
export const TO_REBUILD_KEY = 'messages-to-rebuild';

export interface Store {
  readonly accounts: AccountStore;
  readonly inbox: InboxStore;
  readonly messages: MessageStore;
  readonly contacts: ContactStore;
  readonly gaps: GapStore;
  readonly reading: ReadingStore;
  readonly settings: SettingStore;
  readonly exportRecords: ExportRecordStore;
  readonly freshness: FreshnessStore;
  readonly privacy: PrivacyStore;
  readonly retention: RetentionStore;
  /** All of `work` or nothing; durable when it returns. A failure of the disk is thrown, never swallowed. */
  transaction<T>(work: () => T): T;
  /** Runs `work` and takes every trace of it back; for previews. */
  rehearse<T>(work: () => T): T;
  /** Hears when a transaction, or one inside another, was taken back: whoever remembers what it wrote forgets it. */
  onTakenBack(hear: () => void): void;
  readonly sqliteVersion: string;
  /**
   * Gives the connection up for a new one, after an error of input or output: every part goes on with the new one,
   * and what parts remember is read again. Throws, and leaves everything as it was, while the disk does not let it.
   */
  reopen(): void;
  close(): void;
}

export type AccountRecord = {
  readonly id: AccountId;
  readonly provider: ProviderKey;
  readonly name: string;
  readonly demo: boolean;
  readonly settings: Readonly<Record<string, string>>;
  /** TunnelSettings of the contract, as JSON text. */
  readonly tunnel: string;
  readonly webhookToken: string;
  /** What the provider had before us, as JSON text; put back when we stop. */
  readonly previousWebhook: string | null;
  readonly sessionName: string | null;
  readonly sessionPhone: string | null;
  readonly sessionState: SessionState;
  readonly sessionSince: Millis | null;
  readonly createdAt: Millis;
};

export interface AccountStore {
  list(): readonly AccountRecord[];
  get(id: string): AccountRecord | undefined;
  insert(account: AccountRecord): void;
  update(id: AccountId, change: Partial<Omit<AccountRecord, 'id' | 'provider' | 'createdAt'>>): void;
  /** Removes the account and everything that came through it; gives the number of messages removed. */
  remove(id: AccountId): number;
}

export type InboxState = 'kept' | 'applied' | 'duplicate' | 'ignored' | 'quarantined';

export type NewEntry = {
  readonly account: AccountId;
  readonly source: Source;
  readonly shape: Shape;
  readonly receivedAt: Millis;
  readonly since?: Millis;
  /** Already masked. */
  readonly body: Buffer;
  readonly headers: string;
  /** The provider's name for it; null when the bytes do not tell. */
  readonly event: string | null;
};

export type StoredEntry = {
  readonly id: InboxId;
  readonly account: AccountId;
  readonly source: Source;
  readonly shape: Shape;
  readonly receivedAt: Millis;
  readonly since: Millis | null;
  readonly body: Buffer;
  readonly headers: string;
  readonly event: string | null;
  readonly state: InboxState;
  readonly reason: string | null;
  readonly duplicateOf: InboxId | null;
  readonly repeats: number;
  /** When and by what its bytes were removed, while something still refers to it. */
  readonly removedAt: Millis | null;
  readonly removedBy: RemovedBy | null;
};

export type EntryHead = Omit<StoredEntry, 'body' | 'headers'> & { readonly bytes: number };

export type InboxQuery = {
  readonly account?: string;
  readonly states?: readonly InboxState[];
  readonly source?: Source;
  /** Only entries up to this one. */
  readonly upTo?: number;
};

export interface InboxStore {
  /** Adds one entry. Call inside `transaction`. */
  keep(entry: NewEntry): InboxId;
  /** The oldest entries not yet understood. */
  pending(limit: number): readonly StoredEntry[];
  pendingCount(): number;
  /** Everything up to `id` was understood. */
  drainedTo(id: InboxId): void;
  get(id: number): StoredEntry | undefined;
  /** The state of an entry that was understood; `applied` is what an entry is when nothing else is said of it. */
  settle(id: InboxId, state: 'applied' | 'ignored' | 'quarantined', reason: string | null): void;
  /** It says nothing that entry `first` had not said; where the bytes are the same they are kept once. */
  settleRepeat(id: InboxId, first: InboxId | undefined, reason: string): void;
  /** It was settled as a repeat of `first`, and no longer is: that one came once less, and this one has its bytes again. */
  unsettleRepeat(id: InboxId, first: InboxId): void;
  /** `id` said, beside other things, what each of `firsts` had said before. */
  echoed(id: InboxId, firsts: Iterable<InboxId>): void;
  forgetEchoes(id: InboxId): void;
  /** Entries, with bytes of their own, that said again something that `first` had said. */
  echoesOf(first: InboxId): readonly InboxId[];
  /** Whether one of `firsts`, or a repeat of one of them, has these very bytes and came before `before`. */
  anyHasBytes(firsts: Iterable<InboxId>, body: Buffer, before: Millis): boolean;
  /** Other bytes in place of those it came with: somebody in it was erased. */
  rewrite(id: InboxId, body: Buffer): void;
  removeBytes(id: InboxId, at: Millis, by: RemovedBy): void;
  /** A poll's answer that says what the last one said: counted with the polls, not kept. */
  forget(id: InboxId): void;
  page(query: InboxQuery, before: number | undefined, limit: number): readonly EntryHead[];
  /** The oldest first, after entry `after`. */
  ids(query: InboxQuery, after: number, limit: number): readonly InboxId[];
  count(query: InboxQuery): number;
  /** The highest number given so far. */
  newest(): number;
  heads(ids: readonly number[]): readonly EntryHead[];
  counts(): Readonly<Record<InboxState, number>>;
  /** Remembers that an entry speaks of a message we have not met. */
  wait(account: AccountId, waId: string, id: InboxId): void;
  /** Entries waiting for this message; they stop waiting. */
  takeWaiting(account: AccountId, waId: string): readonly InboxId[];
}

export type MessageRecord = {
  readonly row: number;
  readonly account: AccountId;
  waId: string | null;
  providerId: string | null;
  chat: string | null;
  kind: 'person' | 'group';
  name: string | null;
  text: string | null;
  tags: readonly string[];
  groupSize: number | null;
  /** When it was sent or queued as told by whoever told us of the message itself; null when nobody did. */
  bornAt: Millis | null;
  /** The earliest moment known of it; what lists are ordered by. */
  firstAt: Millis;
  status: Status | null;
  statusAt: Millis | null;
  failure: string | null;
  deleted: boolean;
  /** The lane shown: a person's own steps, or for a group the moments when everyone known had reached them. */
  steps: Lane;
  summary: GroupSummary | null;
  /** The highest status told by a witness (domain/trust.ts), and by which; null while only hints told anything. */
  confirmed: Status | null;
  confirmedBy: Source | null;
  doubt: Doubt | null;
};

export type StoredReceipt = {
  readonly messageRow: number;
  readonly inboxId: InboxId;
  /** '' for the message as a whole. */
  readonly person: string;
  readonly said: Said;
  readonly at: Millis;
  readonly how: Certainty;
  readonly after: Millis | null;
  readonly source: Source;
  readonly reason: string | null;
};

export type MessageQuery = {
  readonly account?: string;
  readonly statuses?: readonly Status[] | 'unknown';
  readonly text?: string;
  readonly from?: Millis;
  readonly to?: Millis;
  readonly tag?: string;
  readonly kind?: 'person' | 'group';
};
export type MessageCursor = { readonly firstAt: Millis; readonly row: number };

export type StatusCount = { readonly status: Status | null; readonly count: number };

export interface MessageStore {
  byRow(row: number): MessageRecord | undefined;
  byWaId(account: AccountId, waId: string): MessageRecord | undefined;
  byProviderId(account: AccountId, providerId: string): MessageRecord | undefined;
  insert(message: Omit<MessageRecord, 'row'>): MessageRecord;
  save(message: MessageRecord): void;
  remove(row: number): void;
  lanes(row: number): ReadonlyMap<string, Lane>;
  saveLane(row: number, person: string, lane: Lane): void;
  clearLanes(row: number): void;
  /** False when the very same receipt is there already. */
  addReceipt(key: string, receipt: StoredReceipt): boolean;
  /** The entry that the receipt with this key came with. */
  entryOfReceipt(row: number, key: string): InboxId | undefined;
  /** The entry that first said the very same thing without a time of its own; such receipts differ by when they came. */
  entryThatSaid(receipt: StoredReceipt): InboxId | undefined;
  /** Some entries whose receipts say `said` of this message, of anybody. */
  entriesSaying(row: number, said: Said): readonly InboxId[];
  receipts(row: number): readonly StoredReceipt[];
  /** The same with their keys and with when each one's entry came. */
  toldReceipts(row: number): readonly ToldReceipt[];
  receiptsOfEntry(id: number): readonly StoredReceipt[];
  /** Rows of the messages that this entry spoke of; its receipts are gone afterwards. */
  dropReceiptsOfEntry(id: InboxId): readonly number[];
  moveReceipts(from: number, to: number): void;
  alias(account: AccountId, lid: string): string | undefined;
  /** False when it was known already. */
  addAlias(account: AccountId, lid: string, phone: string): boolean;
  rowsMentioning(account: AccountId, address: string): readonly number[];
  page(query: MessageQuery, before: MessageCursor | undefined, limit: number): readonly MessageRecord[];
  count(query: MessageQuery): number;
  /** How many messages have each status, first known within [from, to). */
  countByStatus(from: Millis, to: Millis, account?: string): readonly StatusCount[];
  /** Pairs of stated times (ms between two steps), newest first, for medians. */
  waits(
    first: 'queued' | 'sent' | 'delivered',
    then: 'delivered' | 'read',
    from: Millis,
    to: Millis,
    account: string | undefined,
    limit: number,
  ): readonly number[];
}

export type Gap = {
  readonly id: number;
  readonly account: AccountId;
  readonly from: Millis;
  readonly to: Millis | null;
  readonly why: string;
  readonly recovered: number;
  readonly reconciledAt: Millis | null;
};

/** Names of people (by phone number or LID) and groups, for showing; a name given to a message itself goes before. */
export interface ContactStore {
  /** False when the name was known already. */
  put(account: AccountId, address: string, name: string): boolean;
  name(account: string, address: string): string | undefined;
}

/** Gaps of `account` that had not ended by `from` and had begun before `to`; what is left out does not narrow. */
export type GapQuery = { readonly account?: string; readonly from?: Millis; readonly to?: Millis };

export interface GapStore {
  open(account: AccountId, from: Millis, why: string): number;
  close(id: number, to: Millis): void;
  reconciled(id: number, recovered: number, at: Millis): void;
  /** Earliest first. */
  list(account?: string): readonly Gap[];
  /** Newest first, those that lie before `before` in that order; at most `limit`. */
  page(query: GapQuery, before: { readonly from: Millis; readonly id: number } | undefined, limit: number): readonly Gap[];
}

export interface ReadingStore {
  /** Of the messages to one number. Where anything was ever read, the rest is not counted. */
  ofContact(account: string, chat: string): ReadingFacts;
  /** Of all messages to people. */
  ofAccount(account: string): ReadingFacts;
}

export interface SettingStore {
  get(key: string): string | undefined;
  put(key: string, value: string): void;
  remove(key: string): void;
}

/** What is remembered of an export after its file is gone: enough to tell whether a file that turns up is the one that was written. */
export type ExportRecord = {
  readonly fingerprint: string;
  readonly fileName: string;
  readonly rows: number;
  readonly finishedAt: Millis;
};

export interface ExportRecordStore {
  put(record: ExportRecord): void;
  find(fingerprint: string): ExportRecord | undefined;
  count(): number;
}
