/** The computer's own clock. */
import type { Clock } from '../../core/ports/clock.ts';

/** Node runs a longer wait at once; waits beyond it are made of several. */
const LONGEST_TIMER_MS = 2_147_483_647;

/** Its timers never keep the process alive. */
export function createSystemClock(): Clock {
  return { now: () => Date.now(), monotonic: () => performance.now(), after };
}

function after(ms: number, task: () => void): () => void {
  const end = performance.now() + Math.max(0, ms);
  let timer: NodeJS.Timeout;
  const wait = () => {
    const left = Math.max(0, end - performance.now());
    timer = setTimeout(left > LONGEST_TIMER_MS ? wait : task, Math.min(left, LONGEST_TIMER_MS));
    timer.unref();
  };
  wait();
  return () => clearTimeout(timer);
}
