/** The gaps of one account in the store: at most one is open, and each that ends is gone over. */
import type { AccountId, Millis } from '../domain/ids.ts';
import type { GapLog } from '../ingest/intake.ts';
import type { GapStore } from '../ports/store.ts';

export interface Absence extends GapLog {
  /** Tickline was not there from `from` on; lasts until `end`. */
  begin(from: Millis, why: string): void;
  /** Some door is open again. Harmless when nothing was begun. */
  end(): void;
}

export function createAbsence(deps: {
  readonly account: AccountId;
  readonly gaps: GapStore;
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

  function open(from: Millis, why: string): number {
    return gaps.list(account).find((gap) => gap.to === null)?.id ?? gaps.open(account, Math.max(from, deps.since), why);
  }

  function close(gap: number, to: Millis): void {
    gaps.close(gap, to);
    deps.onEnd();
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
