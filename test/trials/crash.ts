/**
 * Killed with -9 at random moments while many connections post, started again on the same folder, over and
 * over. Whatever was answered with 200 must be there, once; what was never answered is posted again after
 * the restart, as a provider would, and must be counted once too.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom, type Random } from '../../src/main/demo/random.ts';
import { type App, beginApp } from '../support/app.ts';
import { bundleApp } from '../support/bundle.ts';
import { untilAnswered } from '../support/until.ts';
import { type Killer, startKiller } from './killer.ts';
import { createLedger, type Findings } from './ledger.ts';
import { startPosting } from './poster.ts';

export type CrashTrial = {
  readonly kills: number;
  readonly seed: number;
  /** Goes on, to at most twice as many kills, until so many were acknowledged. */
  readonly acknowledged?: number;
  readonly connections?: number;
  /** A new data folder after this many kills, so that a long trial does not grow one file without end. */
  readonly killsPerFolder?: number;
  /** The longest that the app lives after its first connection, in ms. */
  readonly longestLife?: number;
  readonly say?: (words: string) => void;
};

export type CrashReport = {
  readonly seed: number;
  readonly kills: number;
  /** Kills on top of those, before the app was ready. */
  readonly killsAtStart: number;
  readonly acknowledged: number;
  /** Never answered, and posted again. */
  readonly unanswered: number;
  readonly lost: number;
  readonly double: number;
  readonly wrong: readonly string[];
  /** From start to ready, in ms. */
  readonly startMedian: number;
  readonly startLongest: number;
  readonly seconds: number;
};

const SECRET = 'a-secret-of-the-webhook-0123456789';
const CHANCE_OF_KILL_AT_START = 0.08;

/** Runs the whole trial. Rejects when the app does not come up again. */
export async function runCrashTrial(trial: CrashTrial): Promise<CrashReport> {
  const started = performance.now();
  const random = createRandom(trial.seed);
  const sum = { kills: 0, killsAtStart: 0, acknowledged: 0, unanswered: 0, lost: 0, double: 0 };
  const wrong: string[] = [];
  const starts: number[] = [];
  const bundle = await bundleApp();
  const killer = startKiller();
  try {
    const tooFew = () => sum.acknowledged < (trial.acknowledged ?? 0) && sum.kills < 2 * trial.kills;
    while (sum.kills < trial.kills || tooFew()) {
      const perFolder = trial.killsPerFolder ?? 100;
      const kills = sum.kills < trial.kills ? Math.min(perFolder, trial.kills - sum.kills) : perFolder;
      const folder = await runOneFolder({ ...trial, entry: bundle.entry, random, killer, starts }, kills);
      sum.kills += kills;
      for (const name of ['killsAtStart', 'acknowledged', 'unanswered', 'lost', 'double'] as const) sum[name] += folder[name];
      wrong.push(...folder.wrong);
      trial.say?.(`${sum.kills} kills, ${sum.acknowledged} acknowledged, ${sum.lost} lost, ${sum.double} double, ${wrong.length} wrong`);
    }
  } finally {
    await killer.close();
    await bundle.remove();
  }
  starts.sort((a, b) => a - b);
  return {
    seed: trial.seed,
    ...sum,
    wrong: wrong.slice(0, 20),
    startMedian: Math.round(starts[Math.floor(starts.length / 2)] ?? 0),
    startLongest: Math.round(starts.at(-1) ?? 0),
    seconds: Math.round((performance.now() - started) / 100) / 10,
  };
}

type Running = CrashTrial & { readonly entry: string; readonly random: Random; readonly killer: Killer; readonly starts: number[] };

async function runOneFolder(trial: Running, kills: number) {
  const { random, killer } = trial;
  const data = await mkdtemp(join(tmpdir(), 'tickline-crash-'));
  const epoch = Date.now() - 10_000_000;
  const acknowledged = new Set<number>();
  const again: number[] = [];
  let highest = -1;
  const next = () => again.shift() ?? ++highest;
  const ledger = createLedger(data, acknowledged, (number) => number <= highest);
  const sum = { killsAtStart: 0, unanswered: 0, lost: 0, double: 0 };
  const wrong: string[] = [];
  let path = '';
  const note = (when: string, findings: Findings) => {
    sum.lost = Math.max(sum.lost, findings.lost);
    sum.double = Math.max(sum.double, findings.double);
    wrong.push(...findings.wrong.map((words) => `${when}: ${words}`));
  };
  try {
    for (let kill = 1; kill <= kills; kill++) {
      if (path !== '' && random.chance(CHANCE_OF_KILL_AT_START)) {
        await killAtStart(trial, data);
        sum.killsAtStart++;
      }
      const app = await startTimed(trial, data);
      if (path === '') path = await addAccount(app);
      const target = { port: Number(new URL(app.webhooks).port), path, secret: SECRET, epoch };
      const posting = startPosting(target, trial.connections ?? 64, next);
      killer.kill(app.pid, 5 + random.next() * (trial.longestLife ?? 300));
      await app.ended;
      const posted = await posting.done;
      for (const number of posted.acknowledged) acknowledged.add(number);
      again.push(...posted.unanswered);
      sum.unanswered += posted.unanswered.length;
      if (posted.refused > 0) wrong.push(`kill ${kill}: ${posted.refused} answers other than 200`);
      note(`kill ${kill}`, ledger.checkAfterKill());
    }
    const app = await startTimed(trial, data);
    await untilAnswered(async () => (await app.rpc('inbox.page', { limit: 1 })).counts.kept === 0, 'an empty queue', 60_000);
    const code = await app.kill('SIGTERM');
    if (code !== 0) wrong.push(`the last stop ended with ${code}`);
    note('at the end', ledger.checkAtEnd());
    return { ...sum, acknowledged: acknowledged.size, wrong };
  } finally {
    await rm(data, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function startTimed({ entry, starts }: Running, data: string): Promise<App> {
  const began = performance.now();
  const app = await beginApp({ data, entry }).ready;
  starts.push(performance.now() - began);
  return app;
}

async function killAtStart({ entry, random }: Running, data: string): Promise<void> {
  const { child, ready } = beginApp({ data, entry });
  const ended = new Promise((resolve) => child.once('close', resolve));
  await Promise.race([ready, new Promise((resolve) => setTimeout(resolve, random.int(60, 350)))]).catch(() => undefined);
  child.kill('SIGKILL');
  await ended;
}

async function addAccount(app: App): Promise<string> {
  const { webhookPath } = await app.rpc('accounts.create', {
    provider: 'wasenderapi',
    name: 'The shop',
    secrets: { webhookSecret: SECRET },
    tunnel: { kind: 'none' },
  });
  return webhookPath;
}
