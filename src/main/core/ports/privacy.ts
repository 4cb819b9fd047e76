/** What the store knows of erasures, of people not to be kept again, and of periods. Synchronous. */
import type { AccountId, Millis } from '../domain/ids.ts';
import type { StoredEntry } from './store.ts';

/** The work of an erasure in the order in which it is done; a killed one goes on at the step it was in. */
export const ERASE_STEPS = ['messages', 'groups', 'inbox', 'tables', 'files', 'verify', 'done'] as const;
export type EraseStep = (typeof ERASE_STEPS)[number];

/** How many rows, entries or files went or were rewritten, by where they were. */
export type EraseCounts = Readonly<Record<string, number>>;

export type Erasure = {
  readonly id: number;
  /** A keyed hash of the number: it answers "was it this one?", and nothing else. */
  readonly hash: string;
  /** The last two digits. */
  readonly tail: string;
  readonly reason: string | null;
  readonly askedAt: Millis;
  readonly step: EraseStep;
  /** Where in the step it is. */
  readonly cursor: string;
  readonly counts: EraseCounts;
  readonly finishedAt: Millis | null;
  /** Since when the person may be kept again. */
  readonly liftedAt: Millis | null;
  /** Who is looked for, sealed; null once it is done. */
  readonly sealed: string | null;
};

/** One person's message, by its row. */
export type TheirMessage = { readonly row: number; readonly account: AccountId; readonly waId: string | null; readonly providerId: string | null };

/** A place in the store to go on from, and what was done up to there. */
export type Swept = { readonly next: string | undefined; readonly rewritten: number; readonly removed: number };

/** The setting in a copy that says who was erased since it was made. */
export const CARRIED_KEY = 'carried-erasures';
/** The setting that holds the key of the hashes. */
export const PRIVACY_KEY = 'privacy-key';

export interface PrivacyStore {
  begin(erasure: Pick<Erasure, 'hash' | 'tail' | 'reason' | 'askedAt'>): number;
  seal(id: number, sealed: string): void;
  erasures(): readonly Erasure[];
  progress(id: number, step: EraseStep, cursor: string, counts: EraseCounts): void;
  /** Forgets who was looked for. */
  finish(id: number, at: Millis): void;
  lift(id: number, at: Millis): void;

  suppress(erasure: number, hashes: readonly string[]): void;
  /**
   * All erasures and hashes as text, for a copy, in which `done` counts as done: the copy was cleaned of it.
   * Another that is not done yet is begun anew by whoever takes it over.
   */
  carried(done: number): string;
  takeOver(text: string): void;
  /** Every hash that is in force, with its erasure. */
  suppressed(): readonly { readonly hash: string; readonly erasure: number }[];

  /** Every address that is one person with one of these, in any account. */
  sameAs(addresses: readonly string[]): readonly string[];
  namesOf(addresses: readonly string[]): readonly string[];
  countMessages(addresses: readonly string[]): number;
  /** Messages to one of these, with a row above `after`; looks at a bounded stretch of rows and tells where it ended. */
  messagesTo(addresses: readonly string[], after: number): { readonly messages: readonly TheirMessage[]; readonly next: number | undefined };
  /** Rows of messages of which one of these is one of many recipients; bounded like `messagesTo`. */
  groupsWith(addresses: readonly string[], after: number): { readonly rows: readonly number[]; readonly next: number | undefined };
  /** Takes the lanes and receipts of these people out of a message; its size goes down with them. */
  leaveGroup(row: number, addresses: readonly string[]): number;
  forgetPeople(addresses: readonly string[]): { readonly contacts: number; readonly aliases: number };
  /** Entries above `after` in the order of arrival, at most `limit`. */
  entries(after: number, limit: number): readonly StoredEntry[];
  rewriteEntry(id: number, body: Buffer): void;
  /** The entry, all that only repeated it, and its waiting. */
  deleteEntry(id: number): number;
  /** The tables that `sweep` can look through: all there are but the bodies of the inbox. */
  tables(): readonly string[];
  /** Rewrites every text and blob of some rows of any table; a row whose key would be there twice is removed. */
  sweep(table: string, from: string, limit: number, scrub: (text: string) => string, scrubBytes: (bytes: Buffer) => Buffer): Swept;

  /** The log is written into the file and emptied. False when somebody is reading and it could not be. */
  emptyLog(): boolean;
  /** Writes the whole file anew; nothing removed is left in it. Stops the writer for its length. */
  rewriteFile(): void;
}

/** Whether a piece of a file goes on before its beginning, and after its end. */
export type Cut = { readonly before: boolean; readonly after: boolean };

/** The files of the data folder that are not the database itself. */
export interface TraceFiles {
  /** Paths inside the folder, whatever they are, the live database's own files last; without those that only carry its locks. */
  list(): Promise<readonly string[]>;
  kindOf(path: string): Promise<'live' | 'copy' | 'export' | 'log' | 'other'>;
  /** Whether `holds` says yes to some piece of it. A file that is gone holds nothing. */
  holds(path: string, holds: (piece: Buffer, cut: Cut) => boolean): Promise<boolean>;
  rewrite(path: string, scrub: (bytes: Buffer) => Buffer): Promise<void>;
  remove(path: string): Promise<void>;
  /** Writes a file inside the folder, durably; gives its path there. */
  write(name: string, text: string): Promise<void>;
}

export type RetentionKind = 'messages' | 'bodies' | 'deadLetters' | 'ignored' | 'waiting' | 'gaps' | 'exports';
export type RemovedBy = 'retention' | 'erasure';

/** The kinds that lie in the store; exports are files. */
export type StoredKind = Exclude<RetentionKind, 'exports'>;

export interface RetentionStore {
  /** What of a kind is older than `before` and needed by nothing that stays, among a bounded stretch of rows after `after`. */
  find(
    kind: StoredKind,
    before: Millis,
    after: number,
  ): { readonly ids: readonly number[]; readonly bytes: number; readonly next: number | undefined };
  /** Removes what `find` gave. `words`: the reason that an entry is given which waited in vain. Joins the caller's transaction. */
  remove(kind: StoredKind, ids: readonly number[], now: Millis, words: string): void;
  /** Finished reconciliations older than this, but the newest of each account. */
  removeRuns(before: Millis): number;
}
