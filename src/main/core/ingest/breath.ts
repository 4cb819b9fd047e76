/**
 * The pauses of long work that nobody's webhook should wait for: exports, replays, erasures, retention. In a quiet
 * time they only let the event loop turn. While webhooks come in, they leave most of the thread to them.
 */
import type { Clock } from '../ports/clock.ts';

export type Breath = {
  /** To be awaited between two pieces of work, of some tens of milliseconds at most. */
  breathe(): Promise<void>;
  /** Something was kept just now. */
  kept(): void;
};

/** Webhooks are coming in when one was kept so recently. */
const BUSY_FOR_MS = 100;
/** For each millisecond of such work, so many for the webhooks. */
const SHARE = 4;
/** Long work is not starved, however long one of its pieces took. */
const LONGEST_PAUSE_MS = 200;

/** `schedule` runs a task at the end of the current turn of the event loop. */
export function createBreath({ clock, schedule }: { clock: Clock; schedule: (task: () => void) => void }): Breath {
  let lastKept = Number.NEGATIVE_INFINITY;
  /** When the last pause ended: the piece of work since then is what the next one makes up for. */
  let resumed = Number.NEGATIVE_INFINITY;

  return {
    breathe: () =>
      new Promise((resolve) => {
        const now = clock.monotonic();
        const goOn = () => {
          resumed = clock.monotonic();
          resolve();
        };
        const piece = Math.min(now - resumed, LONGEST_PAUSE_MS / SHARE);
        if (now - lastKept < BUSY_FOR_MS && piece > 0) clock.after(SHARE * piece, goOn);
        else schedule(goOn);
      }),
    kept() {
      lastKept = clock.monotonic();
    },
  };
}
