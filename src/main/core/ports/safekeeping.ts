/** Copies of the database, and going back to one. Nothing here touches the database that is in use. */
import type { BackupFacts, BackupView, RecoveryReport } from '../../../shared/contract/storage.ts';
import type { Millis } from '../domain/ids.ts';

/** Why the whole engine is stopped and started again. */
export type RestartReason = 'restore' | 'damaged';

export type CopyResult =
  | { readonly made: BackupView }
  /** A page of the copy is not in order; since the copy is page for page the original, neither is a page of that. */
  | { readonly damaged: string }
  | { readonly failed: string };

export interface Safekeeping {
  /** Newest first. */
  list(): readonly BackupView[];
  find(id: string): BackupView | undefined;
  /** Copies the database while it is in use and proves the copy. `onProgress` hears from 0 to 1. Never rejects. */
  copy(kind: 'daily' | 'asked', at: Millis, onProgress: (done: number) => void): Promise<CopyResult>;
  /** Reads every page of a backup. Never rejects. */
  look(id: string): Promise<{ readonly facts: BackupFacts } | { readonly failed: string }>;
  /** Decides, durably, that this backup is put back at the next opening. */
  decideRestore(id: string, at: Millis): void;
  /** Decides, durably, that the database is recovered at the next opening; `found` is what SQLite said, or plain words. */
  decideRecovery(found: unknown, at: Millis): void;
  /** Whether something was decided that the next opening carries out. */
  decided(): boolean;
  /** Sizes in bytes; `free` is null where the system does not tell. */
  sizes(): { readonly database: number; readonly log: number; readonly free: number | null };
  /** The newest report of a recovery or a restore whose files are still set aside. */
  lastReport(): RecoveryReport | undefined;
  /** Removes backups that the rotation does not keep, and what was set aside long enough ago. */
  tidy(now: Millis): void;
}
