/** What the window is shown of stretches without an open door, and of going back over them. Every time is integer milliseconds UTC. */
import type { DoorCause } from '../../main/core/domain/doorCause.ts';
import type { ReconcileWhy } from '../../main/core/ports/reconciles.ts';

export type { DoorCause, ReconcileWhy };

export type GapView = {
  readonly id: number;
  readonly account: string;
  readonly from: number;
  readonly to: number | null;
  readonly why: string;
  readonly recovered: number;
  readonly reconciledAt: number | null;
};

/** Newest first. */
export type GapsPage = { readonly rows: readonly GapView[]; readonly nextCursor: string | null };

/** One going-over of what may have been missed, finished or not. */
export type ReconcileRunView = {
  readonly id: number;
  readonly account: string;
  readonly why: ReconcileWhy;
  /** The earliest moment of what may have been missed. */
  readonly since: number;
  readonly startedAt: number;
  readonly finishedAt: number | null;
  /** How many messages were asked about, how many of those were answered, how many turned out to have changed. */
  readonly toAsk: number;
  readonly asked: number;
  readonly recovered: number;
  /** The gaps it goes over. */
  readonly gaps: readonly number[];
  readonly words: string;
};

/** Newest first. */
export type ReconcilePage = { readonly rows: readonly ReconcileRunView[]; readonly nextCursor: string | null };
