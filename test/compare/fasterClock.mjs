/**
 * Loaded before everything else (`--import`): this process, with its threads, lives on a clock that shows
 * CLOCK_SHOWS when the wall's shows CLOCK_FROM, and runs CLOCK_TIMES times as fast from then on; until then,
 * while everything starts, it runs as the wall's does. So the programs under test are the very ones that
 * ship, and an hour of their life passes in a minute. What the machine itself needs (a commit, a request over
 * loopback) looks that much longer to them.
 *
 * At its end the process writes what it took of the computer to USAGE_FILE.
 */
import { appendFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const times = Number(process.env.CLOCK_TIMES ?? 1);
const from = Number(process.env.CLOCK_FROM ?? Date.now());
const shows = Number(process.env.CLOCK_SHOWS ?? from);
const realNow = Date.now.bind(Date);
const realPerformance = performance.now.bind(performance);
const { setTimeout: realTimeout, clearTimeout: realClear } = globalThis;

/** Shown by the fast clock after so many real ms since CLOCK_FROM, which may be negative. */
const passed = (ms) => (ms < 0 ? ms : ms * times);
const origin = realNow() - realPerformance() - from;
const now = () => Math.round(shows + passed(realNow() - from));
/** How long in real ms until the fast clock has moved on by `ms`. */
const wait = (ms) => {
  const slow = Math.max(0, Math.min(ms, from - realNow()));
  return slow + (ms - slow) / times;
};
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...given) {
    super(...(given.length === 0 ? [now()] : given));
  }
  static now() {
    return now();
  }
};
performance.now = () => passed(origin + realPerformance()) - passed(origin);
globalThis.setTimeout = (task, ms = 0, ...rest) => realTimeout(task, wait(ms), ...rest);
/** Armed anew each time: one that began on the slow clock must not keep its slow pace. */
globalThis.setInterval = (task, ms = 0, ...rest) => {
  let timer;
  let keepsAlive = true;
  const arm = () => {
    timer = realTimeout(() => {
      arm();
      task(...rest);
    }, wait(ms));
    if (!keepsAlive) timer.unref();
  };
  arm();
  const keep = (alive) => {
    keepsAlive = alive;
    if (alive) timer.ref();
    else timer.unref();
    return handle;
  };
  const handle = { ref: () => keep(true), unref: () => keep(false), close: () => realClear(timer), isInterval: true };
  return handle;
};
globalThis.clearInterval = (handle) => (handle?.isInterval ? handle.close() : realClear(handle));
globalThis.clearTimeout = globalThis.clearInterval;

if (isMainThread && process.env.USAGE_FILE !== undefined) {
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    appendFileSync(process.env.USAGE_FILE, `${JSON.stringify({ cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakRssBytes: maxRSS * 1024 })}\n`);
  });
}
