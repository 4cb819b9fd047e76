/** What a replay of entries did, or would do. */
import type { GroupSummary, Lane, Status } from '../../main/core/domain/status.ts';

/** A message as it stood before or after. */
export type ReplayState = {
  readonly status: Status | null;
  readonly steps: Lane;
  readonly group: GroupSummary | null;
  readonly failure: string | null;
};

export type ReplayChange = {
  readonly id: string;
  readonly account: string;
  readonly messageId: string | null;
  readonly recipient: string | null;
  readonly name: string | null;
  /** Null for a message that is met only now. */
  readonly before: ReplayState | null;
  /** Null for a message that turns out to be another one, and is joined with it. */
  readonly after: ReplayState | null;
};

/** How many messages go from one status to another; null is "nothing said yet". A message whose times alone change stands under `same`. */
export type ReplayMove = { readonly from: Status | 'new' | null; readonly to: Status | 'joined' | null; readonly count: number };

export type ReplayResult = {
  readonly entries: number;
  readonly applied: number;
  readonly ignored: number;
  readonly quarantined: number;
  readonly unchanged: number;
  /** Each message once, however many entries speak of it. */
  readonly messagesChanged: number;
  readonly dryRun: boolean;
  /** It was stopped before all entries were read; what is counted here is done. */
  readonly cancelled: boolean;
  /** The first messages that change, in full. */
  readonly changes: readonly ReplayChange[];
  readonly moves: readonly ReplayMove[];
  /**
   * Into how many portions a preview was cut, each tried on its own: with more than one, a message of which
   * several speak is shown as the last of them would leave it. Always 1 for what was really done.
   */
  readonly portions: number;
};

/** How far a long replay is. */
export type ReplayProgress = { readonly job: string; readonly done: number; readonly total: number; readonly dryRun: boolean };
