/** The shop's waits: all on one clock, all scaled alike, all gone at once when the shop closes. */
import type { Clock } from '../core/ports/clock.ts';

export interface Waits {
  /** Runs `task` after `ms` of the shop's own time; the returned function cancels it. */
  after(ms: number, task: () => void): () => void;
  /** Resolves after `ms` of the shop's own time, or at once when the shop closes. */
  pause(ms: number): Promise<void>;
  /** One ms of the shop's own time in ms of its clock. */
  readonly scale: number;
  /** How many waits are under way. */
  size(): number;
  close(): void;
}

/** `scale` 0.1 makes everything ten times as fast. */
export function createWaits(clock: Clock, scale: number): Waits {
  const cancels = new Set<() => void>();
  let closed = false;

  function start(ms: number, task: () => void, onClose: () => void): () => void {
    if (closed) {
      onClose();
      return () => {};
    }
    const stop = clock.after(ms * scale, () => {
      cancels.delete(cancel);
      task();
    });
    const cancel = () => {
      stop();
      onClose();
    };
    cancels.add(cancel);
    return () => {
      stop();
      cancels.delete(cancel);
    };
  }

  return {
    after: (ms, task) => start(ms, task, () => {}),
    pause: (ms) => new Promise((resolve) => start(ms, resolve, resolve)),
    scale,
    size: () => cancels.size,
    close() {
      closed = true;
      for (const cancel of cancels) cancel();
      cancels.clear();
    },
  };
}
