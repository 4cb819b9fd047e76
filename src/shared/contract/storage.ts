/** The database and its backups as a window sees them. Plain values, read-only; every time is integer milliseconds UTC. */

export type BackupKind = 'daily' | 'asked' | 'migration';

/** What a copy held when it was made and checked. */
export type BackupFacts = {
  readonly version: number;
  readonly accounts: number;
  readonly messages: number;
  readonly entries: number;
  /** The number of the newest inbox entry; 0 when there is none. */
  readonly lastEntry: number;
  readonly newestMessageAt: number | null;
  readonly newestEntryAt: number | null;
};

export type BackupView = {
  readonly id: string;
  readonly kind: BackupKind;
  readonly createdAt: number;
  readonly bytes: number;
  /** Null for a copy whose facts were not written down; `backups.preview` looks inside. */
  readonly facts: BackupFacts | null;
};

export type BackupsView = {
  readonly backups: readonly BackupView[];
  /** A copy is being made now: how much of it is there, from 0 to 1; null when none is. */
  readonly running: number | null;
  /** Why the last one could not be made; null when it could. */
  readonly problem: string | null;
  /** What is kept and for how long, in plain words. */
  readonly words: string;
};

export type BackupPreview = {
  readonly backup: BackupView;
  /** Whether it can be put back; `words` says why not. */
  readonly good: boolean;
  readonly words: string;
  readonly inBackup: BackupFacts | null;
  readonly now: BackupFacts;
  /** What is there now and not in the backup. */
  readonly lost: { readonly messages: number; readonly entries: number; readonly since: number | null };
};

export type RecoveryReport = {
  /** Also the name of its folder under `set-aside/`. */
  readonly id: string;
  readonly at: number;
  readonly kind: 'recovered' | 'restored' | 'not-restored';
  /** What was found, or asked for, in plain words. */
  readonly why: string;
  /** What was done and what is missing, a sentence each. */
  readonly words: readonly string[];
  /** What the records of now were made from. */
  readonly base: 'whole' | 'backup' | 'fresh';
  readonly backup: { readonly id: string; readonly createdAt: number } | null;
  /** The folder that holds the files from before, untouched, inside the data folder; null when nothing was moved. */
  readonly setAside: string | null;
  readonly keptUntil: number | null;
  readonly figures: {
    /** Inbox entries that came from the base. */
    readonly entriesKept: number;
    /** Inbox entries newer than the base that could be read from the damaged file. */
    readonly entriesSalvaged: number;
    /** At most this many could not be read. */
    readonly entriesMissing: number;
    readonly messagesSalvaged: number;
    readonly otherRowsSalvaged: number;
  };
  readonly missing: {
    /** Numbers of inbox entries that were not found, first and last. Some may never have been given. */
    readonly ranges: readonly (readonly [number, number])[];
    /** Entries with a higher number than this may have been there; null when the end is known. */
    readonly after: number | null;
    /** When the newest record that is there arrived. */
    readonly newestAt: number | null;
  };
};

export type StorageState = 'well' | 'recovered' | 'restored' | 'trouble';

export type StorageStatus = {
  readonly state: StorageState;
  /** The state in one plain sentence. */
  readonly words: string;
  readonly databaseBytes: number;
  readonly walBytes: number;
  /** Null where the system does not tell. */
  readonly freeBytes: number | null;
  /** The last time that every page was read and found in order (done with the copy of each backup). */
  readonly checkedAt: number | null;
  readonly lastBackupAt: number | null;
  readonly lastRecovery: (RecoveryReport & { readonly seen: boolean }) | null;
};
