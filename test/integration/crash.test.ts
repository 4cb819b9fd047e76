import { expect, it } from 'vitest';
import { runCrashTrial } from '../trials/crash.ts';

const KILLS = Number(process.env.TICKLINE_KILLS ?? 100);
/** Another one every day, and the same one again when a day's trial has failed. */
const SEED = Number(process.env.TICKLINE_SEED ?? Math.floor(Date.now() / 86_400_000));

it(`keeps every event that it answered with 200, once, through ${KILLS} kills at random moments`, { timeout: KILLS * 4_000 + 60_000 }, async () => {
  const report = await runCrashTrial({ kills: KILLS, seed: SEED, longestLife: 200 });
  process.stdout.write(`crash trial: ${JSON.stringify(report)}\n`);
  expect(report).toMatchObject({ kills: KILLS, lost: 0, double: 0, wrong: [] });
  // a trial in which nothing was promised would show nothing
  expect(report.acknowledged).toBeGreaterThan(KILLS * 20);
});
