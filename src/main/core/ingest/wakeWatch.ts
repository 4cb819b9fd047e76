/**
 * Finds out that the computer slept, or that its clock was set, by looking at three clocks on a short timer.
 *
 * - The timer came far too late by the rising clock: nothing of ours ran meanwhile. Asleep (macOS, Windows), or
 *   stopped, which is the same to whoever was not listening.
 * - The rising clock is fine, and the system's own uptime ran ahead of it: asleep (Linux, whose rising clock
 *   stands still meanwhile).
 * - Neither, and the wall clock has jumped: it was set, ahead or back. Nobody slept.
 */
import type { Millis } from '../domain/ids.ts';
import type { Clock } from '../ports/clock.ts';

export type WakeWatchDeps = {
  readonly clock: Clock;
  /** A clock that also counts while the computer sleeps, in ms, good to a second or two; without one, sleep is known by the late timer alone. */
  readonly uptime?: () => number;
  /** It slept from `from` to now, both by the wall clock as it is now. */
  readonly onSlept: (from: Millis, to: Millis) => void;
  /** The wall clock was set by `byMs`. */
  readonly onClockSet: (byMs: number) => void;
};

export interface WakeWatch {
  start(): void;
  /** Looks at once instead of at the next tick; whether a sleep was found. */
  look(): boolean;
  stop(): void;
}

/** Whatever is asked or heard between the waking and the noticing is not counted as recovered. */
const LOOK_EVERY_MS = 1_000;
/** A busy computer is late by less; and in less, no door that was open has failed us. */
const SLEEP_FROM_MS = 20_000;
/** Smaller steps are the clock being kept right. */
const SET_FROM_MS = 30_000;

export function createWakeWatch(deps: WakeWatchDeps): WakeWatch {
  const { clock } = deps;
  const uptime = deps.uptime ?? clock.monotonic;
  let seen = read();
  let cancel = () => {};
  let stopped = false;

  function read() {
    return { wall: clock.now(), rising: clock.monotonic(), up: uptime() };
  }

  function look(): boolean {
    const now = read();
    const passed = now.rising - seen.rising;
    // the uptime counts whole seconds, and must never make less of what surely passed
    const really = Math.max(passed, now.up - seen.up);
    const wall = now.wall - seen.wall;
    seen = now;
    const late = passed - LOOK_EVERY_MS;
    const hidden = really - passed;
    const slept = late > SLEEP_FROM_MS || hidden > SLEEP_FROM_MS;
    const setBy = Math.round(wall - really);
    if (Math.abs(setBy) > SET_FROM_MS) deps.onClockSet(setBy);
    if (slept) deps.onSlept(Math.round(now.wall - really), now.wall);
    return slept;
  }

  function tick(): void {
    cancel = clock.after(LOOK_EVERY_MS, tick);
    look();
  }

  return {
    start() {
      if (stopped) return;
      cancel();
      seen = read();
      cancel = clock.after(LOOK_EVERY_MS, tick);
    },
    look,
    stop() {
      stopped = true;
      cancel();
    },
  };
}
