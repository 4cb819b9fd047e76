/**
 * Loaded before everything else (`--import`): this process, with its threads, lives on a clock that runs
 * CLOCK_TIMES times as fast as the wall's and showed CLOCK_SHOWED when that showed CLOCK_EPOCH. So the programs under test are the very ones
 * that ship, and an hour of their life passes in a minute. What the machine itself needs (a commit, a
 * request over loopback) looks that much longer to them.
 *
 * At its end the process writes what it took of the computer to USAGE_FILE.
 */
import { appendFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const times = Number(process.env.CLOCK_TIMES ?? 1);
const epoch = Number(process.env.CLOCK_EPOCH ?? Date.now());
const showed = Number(process.env.CLOCK_SHOWED ?? epoch);
const realNow = Date.now.bind(Date);
const realPerformance = performance.now.bind(performance);
const { setTimeout: realTimeout, setInterval: realInterval } = globalThis;

const now = () => Math.round(showed + (realNow() - epoch) * times);
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...given) {
    super(...(given.length === 0 ? [now()] : given));
  }
  static now() {
    return now();
  }
};
performance.now = () => realPerformance() * times;
globalThis.setTimeout = (task, ms = 0, ...rest) => realTimeout(task, ms / times, ...rest);
globalThis.setInterval = (task, ms = 0, ...rest) => realInterval(task, ms / times, ...rest);

if (isMainThread && process.env.USAGE_FILE !== undefined) {
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    appendFileSync(process.env.USAGE_FILE, `${JSON.stringify({ cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakRssBytes: maxRSS * 1024 })}\n`);
  });
}
