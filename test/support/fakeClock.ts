/** A clock that moves only when a test says so. */
import type { Millis } from '../../src/main/core/domain/ids.ts';
import type { Clock } from '../../src/main/core/ports/clock.ts';

export interface FakeClock extends Clock {
  /** Moves on by `ms` and runs every task that falls due on the way, earliest first (same moment: first asked, first run). */
  advance(ms: number): void;
  /** Like `advance`, but lets promises settle before the first and after every task, so that chains of awaits move on too. */
  run(ms: number): Promise<void>;
  /** The wall clock jumps by `ms` (may be negative) while no time passes: no task runs. */
  jump(ms: number): void;
  /** How many tasks wait. */
  waiting(): number;
  /** How many ms until the next task; undefined when none waits. */
  nextIn(): number | undefined;
}

type Task = { readonly due: number; readonly order: number; readonly run: () => void };

/** Stands at `start` (integer ms UTC); the rising clock starts at 0. */
export function createFakeClock(start: Millis = 1_770_000_000_000): FakeClock {
  let passed = 0;
  let wall = start;
  let asked = 0;
  const tasks = new Set<Task>();

  function earliest(): Task | undefined {
    let first: Task | undefined;
    for (const task of tasks) {
      if (first === undefined || task.due < first.due || (task.due === first.due && task.order < first.order)) first = task;
    }
    return first;
  }

  function moveTo(moment: number): void {
    if (moment <= passed) return;
    wall += moment - passed;
    passed = moment;
  }

  /** Runs one task due by `end`; false when there is none. */
  function step(end: number): boolean {
    const task = earliest();
    if (task === undefined || task.due > end) return false;
    tasks.delete(task);
    moveTo(task.due);
    task.run();
    return true;
  }

  return {
    now: () => Math.round(wall),
    monotonic: () => passed,
    after(ms, run) {
      const task: Task = { due: passed + Math.max(0, ms), order: asked++, run };
      tasks.add(task);
      return () => {
        tasks.delete(task);
      };
    },
    advance(ms) {
      const end = passed + ms;
      while (step(end));
      moveTo(end);
    },
    async run(ms) {
      const end = passed + ms;
      await settle();
      while (step(end)) await settle();
      moveTo(end);
      await settle();
    },
    jump(ms) {
      wall += ms;
    },
    waiting: () => tasks.size,
    nextIn() {
      const task = earliest();
      return task === undefined ? undefined : Math.max(0, task.due - passed);
    },
  };
}

/** Everything that was already resolved has run when this resolves; nothing is waited for that needs the network. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
