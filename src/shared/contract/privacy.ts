/** Periods, erasures and what the window shows of them. */
import type { EraseCounts, RetentionKind } from '../../main/core/ports/privacy.ts';

export type { RetentionKind };

/** Days that each kind is kept; null until the owner removes it. */
export type RetentionDays = Readonly<Record<RetentionKind, number | null>>;

/** What periods would remove now. */
export type RetentionPreview = Readonly<Record<RetentionKind, { readonly rows: number; readonly bytes: number }>>;

export type PrivacyView = {
  /** Numbers and names are shortened in everything the window is shown. */
  readonly sharedScreen: boolean;
  readonly retention: RetentionDays;
  readonly defaults: RetentionDays;
  readonly lastSweep: { readonly at: number; readonly removed: Readonly<Partial<Record<RetentionKind, number>>> } | null;
  /** Newest first. */
  readonly erasures: readonly ErasureView[];
};

/** The receipt of one erasure. It holds no number: a keyed hash that only this database can compare, and two digits. */
export type ErasureView = {
  readonly id: number;
  readonly state: 'running' | 'done';
  readonly hash: string;
  readonly tail: string;
  readonly reason: string | null;
  readonly askedAt: number;
  readonly finishedAt: number | null;
  readonly liftedAt: number | null;
  /** How many rows, entries and files went or were rewritten; `left` is how many files still hold the number. */
  readonly counts: EraseCounts;
};

/** What an erasure would remove, counted without changing anything. */
export type ErasePreviewView = {
  /** Masked: the number, and the hidden addresses that are the same person. */
  readonly addresses: readonly string[];
  readonly messages: number;
  /** Group messages that stay, without this person. */
  readonly groupMessages: number;
  readonly entries: number;
  readonly names: number;
  readonly files: { readonly copies: number; readonly exports: number; readonly others: number };
};
