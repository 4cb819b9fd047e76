/** The gaps of one account in the store: at most one is open, and each that ends is gone over. A disk that is full only delays the writing. */
import type { AccountId, Millis } from '../domain/ids.ts';
import type { GapLog } from '../ingest/intake.ts';
import type { GapStore } from '../ports/store.ts';
import type { OwedWrites } from './owedWrites.ts';

export interface Absence extends GapLog {
  /** Tickline was not there from `from` on; lasts until `end`. */
  begin(from: Millis, why: string): void;
  /** Some door is open again. Harmless when nothing was begun. */
  end(): void;
}

export function createAbsence(deps: {
  readonly account: AccountId;
  readonly gaps: GapStore;
  readonly writes: Pick<OwedWrites, 'owe'>;
  readonly now: () => Millis;
  /** Nothing is missed before an account is there, nor before a session is chosen. */
  readonly since: Millis;
  readonly canMiss: () => boolean;
  /** Nothing is heard however open the door, so what was begun goes on. */
  readonly isBlind: () => boolean;
  /** A gap has ended: what fell into it is to be asked for. */
  readonly onEnd: () => void;
}): Absence {
  const { account, gaps } = deps;
  let begun: number | undefined;
  /** The open gap, by a number of ours: the store's is known only once it is written. */
  let current: number | undefined;
  let gapsSoFar = 0;
  const written = new Map<number, number>();

  function open(from: Millis, why: string): number {
    if (current !== undefined) return current;
    const gap = ++gapsSoFar;
    current = gap;
    // an earlier run may have left one open, which then goes on
    deps.writes.owe(() =>
      written.set(gap, gaps.list(account).find((one) => one.to === null)?.id ?? gaps.open(account, Math.max(from, deps.since), why)),
    );
    return gap;
  }

  function close(gap: number, to: Millis): void {
    if (gap === current) current = undefined;
    deps.writes.owe(() => {
      const id = written.get(gap);
      if (id !== undefined) gaps.close(id, to);
      written.delete(gap);
    });
    deps.writes.owe(deps.onEnd);
  }

  return {
    open: (from, why) => (deps.canMiss() ? open(from, why) : undefined),
    close(gap, to) {
      if (!(gap === begun && deps.isBlind())) close(gap, to);
    },
    begin(from, why) {
      begun ??= open(from, why);
    },
    end() {
      if (begun === undefined || deps.isBlind()) return;
      const gap = begun;
      begun = undefined;
      close(gap, deps.now());
    },
  };
}
