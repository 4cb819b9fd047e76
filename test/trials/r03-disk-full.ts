import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createRandom, type Random } from '../../src/main/demo/random.ts';
import type { App } from '../support/app.ts';
import { bundleApp } from '../support/bundle.ts';
import { until, untilAnswered } from '../support/until.ts';
import { buildShim, type Shim } from './shim/shim.ts';
import { type ShimmedApp, startShimmed } from './shim/shimmedApp.ts';
import { notRun, type Trial } from './trial.ts';

/**
 * About 8 minutes at full scale. The disk is full at 200 places of the database and its log: half of them count
 * only what makes a file longer, on a fresh folder, half of them every byte that is written, wherever it goes, as
 * on disks that never write in place. On top come a few real file systems in memory, filled to the last byte; where
 * they cannot be mounted that is said. Space returns after a while, and now and then the app is killed meanwhile.
 */
const FULL = { growth: 100, bytes: 100, real: 6, growthUpTo: 9_500_000, bytesUpTo: 400_000 };
const SMALL = { growth: 3, bytes: 5, real: 1, growthUpTo: 1_500_000, bytesUpTo: 100_000 };
const CONNECTIONS = 12;
/** After space has returned; a sender that is refused comes again within it. */
const RESUMES_WITHIN_MS = 3_000;
const REAL_SIZE_MB = 12;

type Found = {
  offsets: number;
  real: number;
  acknowledged: number;
  refused: number;
  other: Set<number>;
  slowestMs: number;
  lost: number;
  wrong: string[];
};

export const trial: Trial = {
  id: 'R3',
  title: 'a full disk is answered with 503, told once, and over by itself when there is space again',
  async run({ scale, seed, say }) {
    const size = scale === 'full' ? FULL : SMALL;
    const shim = await buildShim(say);
    if (shim === undefined) return notRun(scale);
    const random = createRandom(seed);
    const bundle = await bundleApp();
    const found: Found = { offsets: 0, real: 0, acknowledged: 0, refused: 0, other: new Set(), slowestMs: 0, lost: 0, wrong: [] };
    const tell = () =>
      say(`${found.offsets} offsets, ${found.acknowledged} acknowledged, ${found.refused} refused, ${found.lost} lost, ${found.wrong.length} wrong`);
    try {
      for (let i = 0; i < size.growth; i++) {
        const offset = Math.floor(((i + random.next()) * size.growthUpTo) / size.growth);
        await inWorld({ shim, entry: bundle.entry }, found, (world) =>
          fillByShim(world, offset, 'growth', found, { killed: false, toTheEnd: i % 10 === 0 }),
        );
        if (i % 10 === 9) tell();
      }
      const perFolder = Math.min(20, size.bytes);
      for (let i = 0; i < size.bytes; i += perFolder) {
        await inWorld({ shim, entry: bundle.entry }, found, async (world) => {
          for (let k = i; k < Math.min(size.bytes, i + perFolder); k++) {
            const offset = Math.floor(((k + random.next()) * size.bytesUpTo) / size.bytes);
            await fillByShim(world, offset, 'bytes', found, { killed: random.chance(0.15), toTheEnd: k % 5 === 4 });
          }
        });
        tell();
      }
      for (let i = 0; i < size.real; i++) await fillForReal({ shim, entry: bundle.entry }, found, random, say);
    } finally {
      await bundle.remove();
      await shim.remove();
    }
    const offsets = size.growth + size.bytes;
    return {
      figures: [
        { name: 'offsets', value: found.offsets, target: `≥ ${offsets}`, pass: found.offsets >= offsets },
        { name: 'real file systems filled', value: found.real, target: `${size.real} where they can be mounted`, pass: true },
        { name: 'acknowledged', value: found.acknowledged, target: '> 0', pass: found.acknowledged > 0 },
        { name: 'answered 503', value: found.refused, target: '> 0', pass: found.refused > 0 },
        { name: 'answered anything else', value: [...found.other].join(' ') || 0, target: '0', pass: found.other.size === 0 },
        { name: 'acknowledged and lost', value: found.lost, target: '0', pass: found.lost === 0 },
        { name: 'wrong', value: found.wrong.slice(0, 5).join('; ') || 0, target: '0', pass: found.wrong.length === 0 },
        {
          name: 'slowest to resume, ms',
          value: Math.round(found.slowestMs),
          target: `≤ ${RESUMES_WITHIN_MS}`,
          pass: found.slowestMs <= RESUMES_WITHIN_MS,
        },
      ],
    };
  },
};

type Means = { readonly shim: Shim; readonly entry: string; readonly below?: string };

async function inWorld(means: Means, found: Found, work: (world: ShimmedApp) => Promise<void>): Promise<void> {
  const world = await startShimmed(means);
  try {
    await work(world);
    world.steering.heal();
    await settle(world, found);
  } finally {
    await world.remove();
  }
}

/** One episode: room for `offset` bytes, then none, then room again. */
async function fillByShim(world: ShimmedApp, offset: number, what: 'growth' | 'bytes', found: Found, how: How): Promise<void> {
  await episode(world, found, how, {
    fill: () => world.steering.fullAfter(offset, what),
    free: () => world.steering.heal(),
  });
  found.offsets++;
}

type Filling = { readonly fill: () => void; readonly free: () => void };

/** `toTheEnd`: waits until the app says that it is over, which takes it a few quiet seconds; else the next may join this one. */
type How = { readonly killed: boolean; readonly toTheEnd: boolean };

async function episode(world: ShimmedApp, found: Found, { killed, toTheEnd }: How, filling: Filling): Promise<void> {
  const answers = { refused: 0, good: 0, lastGood: 0 };
  episodes.set(world.app(), (episodes.get(world.app()) ?? 0) + 1);
  filling.fill();
  const posting = world.post(CONNECTIONS, {
    restMs: 5,
    reconnect: !killed,
    onOutcome(_number, status) {
      if (status === 503) answers.refused++;
      else if (status === 200) answers.good++;
      else if (status !== undefined) found.other.add(status);
    },
  });
  await until(() => answers.refused >= 3 * CONNECTIONS, '503 on a full disk', 60_000);
  if (killed) {
    await world.app().kill('SIGKILL');
    await posting.done;
    filling.free();
    await world.restart();
  } else {
    const status = await world.app().ask('app.status');
    if (!status.ok && status.error.code !== 'storage_unavailable') found.wrong.push(`app.status while full: ${status.error.code}`);
    const goodBefore = answers.good;
    filling.free();
    const began = performance.now();
    await until(() => answers.good > goodBefore, '200 after space has returned', 30_000);
    found.slowestMs = Math.max(found.slowestMs, performance.now() - began);
    await posting.stop();
    if (toTheEnd) await checkMessages(world.app(), found);
  }
  found.refused += answers.refused;
  note(world.ledger.checkAfterKill(), found);
}

/** How often the disk was full in this life of the app. */
const episodes = new WeakMap<App, number>();

/** One line for each time that says what is wrong, and one that says it is over; several that follow at once may be one. */
async function checkMessages(app: App, found: Found): Promise<void> {
  const count = (event: string) => app.stderr().split(`"event":"${event}"`).length - 1;
  await until(() => count('storage.recovered') === count('storage.trouble'), 'the end of the episode', 15_000);
  const most = episodes.get(app) ?? 0;
  if (count('storage.trouble') < 1 || count('storage.trouble') > most) found.wrong.push(`${count('storage.trouble')} messages in ${most} episodes`);
}

function note(findings: ReturnType<ShimmedApp['ledger']['checkAfterKill']>, found: Found): void {
  found.lost += findings.lost;
  if (findings.double > 0) found.wrong.push(`${findings.double} double`);
  found.wrong.push(...findings.wrong);
}

/** What was refused comes again and is understood; then a clean stop and the last look. */
async function settle(world: ShimmedApp, found: Found): Promise<void> {
  const posting = world.post(CONNECTIONS, { restMs: 5 });
  await new Promise((resolve) => setTimeout(resolve, 100));
  await posting.stop();
  await untilAnswered(async () => (await world.app().rpc('inbox.page', { limit: 1 })).counts.kept === 0, 'an empty queue', 60_000);
  const code = await world.app().kill('SIGTERM');
  if (code !== 0) found.wrong.push(`the stop ended with ${code}`);
  note(world.ledger.checkAtEnd(), found);
  found.acknowledged += world.acknowledged.size;
}

/** A small file system of its own, filled by another program's file to the last byte. */
async function fillForReal(means: Means, found: Found, random: Random, say: (words: string) => void): Promise<void> {
  const below = await mkdtemp(join(tmpdir(), 'tickline-small-disk-'));
  const run = promisify(execFile);
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${REAL_SIZE_MB}m`, 'tickline-trial', below]);
  } catch {
    say('A small file system cannot be mounted here (that takes root), so only the modelled ones were filled.');
    await rm(below, { recursive: true, force: true });
    return;
  }
  const ballast = join(below, 'ballast');
  try {
    await inWorld({ ...means, below }, found, async (world) => {
      const filling = {
        fill: () => fillUp(ballast, random.int(0, 200_000)),
        free: () => rmSync(ballast),
      };
      for (let i = 0; i < 2; i++) await episode(world, found, { killed: false, toTheEnd: i === 1 }, filling);
    });
    found.real++;
  } finally {
    await run('umount', [below]);
    await rm(below, { recursive: true, force: true });
  }
}

/** Takes all there is but `left` bytes. */
function fillUp(path: string, left: number): void {
  const block = Buffer.alloc(64 * 1024, 1);
  writeFileSync(path, '');
  let size = 0;
  try {
    for (;;) {
      writeFileSync(path, block, { flag: 'a' });
      size += block.length;
    }
  } catch {
    writeFileSync(path, Buffer.alloc(Math.max(0, size - left), 1));
  }
}
