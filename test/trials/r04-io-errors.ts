import { statSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom, type Random } from '../../src/main/demo/random.ts';
import { bundleApp } from '../support/bundle.ts';
import { until, untilAnswered } from '../support/until.ts';
import { checkImages, type Thanks } from './shim/images.ts';
import { buildShim, CALL, FILE, type Shim } from './shim/shim.ts';
import { type ShimmedApp, startShimmed } from './shim/shimmedApp.ts';
import { notRun, type Trial } from './trial.ts';

/**
 * About 8 minutes at full scale. The k-th read, write or sync of the database or its log fails with EIO, once or
 * several times in a row, while events are posted; for reads the app starts anew each time, because a warm one
 * reads nearly nothing. The disk is also taken at its word: what a failed sync did not write is forgotten by the
 * system, and power cuts afterwards (see R2) must still find everything that was acknowledged.
 */
const FULL = { reads: 60, writes: 120, syncs: 80, perWorld: 20, images: 400 };
const SMALL = { reads: 2, writes: 3, syncs: 3, perWorld: 12, images: 10 };
const CONNECTIONS = 12;
const RESUMES_WITHIN_MS = 8_000;
/** A fault that no call met by then is taken back. */
const LONGEST_WAIT_MS = 2_000;

type Found = {
  read: number;
  write: number;
  sync: number;
  missed: number;
  acknowledged: number;
  refused: number;
  other: Set<number>;
  notReopened: number;
  reopened: number;
  slowestMs: number;
  lost: number;
  images: number;
  wrong: string[];
};
type Kind = 'read' | 'write' | 'sync';

export const trial: Trial = {
  id: 'R4',
  title: 'after an I/O error nothing of its batch is acknowledged, the database is opened anew, and it goes on by itself',
  async run({ scale, seed, say }) {
    const size = scale === 'full' ? FULL : SMALL;
    const shim = await buildShim(say);
    if (shim === undefined) return notRun(scale);
    const random = createRandom(seed);
    const bundle = await bundleApp();
    const found: Found = {
      ...{ read: 0, write: 0, sync: 0, missed: 0, acknowledged: 0, refused: 0, notReopened: 0, reopened: 0, slowestMs: 0, lost: 0, images: 0 },
      other: new Set(),
      wrong: [],
    };
    const plan: readonly (readonly [Kind, number])[] = shuffled(
      [...steps('read', size.reads), ...steps('write', size.writes), ...steps('sync', size.syncs)],
      random,
    );
    try {
      for (let i = 0; i < plan.length; i += size.perWorld) {
        const part = plan.slice(i, i + size.perWorld);
        await inWorld(shim, bundle.entry, part, Math.ceil((size.images * part.length) / plan.length), random, found);
        say(
          `${found.read} reads, ${found.write} writes, ${found.sync} syncs failed; ${found.refused} refused, ${found.lost} lost, ${found.wrong.length} wrong`,
        );
      }
    } finally {
      await bundle.remove();
      await shim.remove();
    }
    const few = (kind: Kind, planned: number) => ({
      name: `failed ${kind}s`,
      value: found[kind],
      target: `≥ ${Math.floor(planned / 2)}`,
      pass: found[kind] >= Math.floor(planned / 2),
    });
    return {
      figures: [
        few('read', size.reads),
        few('write', size.writes),
        few('sync', size.syncs),
        { name: 'acknowledged', value: found.acknowledged, target: '> 0', pass: found.acknowledged > 0 },
        { name: 'answered anything but 200 and 503', value: [...found.other].join(' ') || 0, target: '0', pass: found.other.size === 0 },
        { name: 'acknowledged and lost', value: found.lost, target: '0', pass: found.lost === 0 },
        { name: 'refused batches after which it was opened anew', value: found.reopened, target: '> 0', pass: found.reopened > 0 },
        { name: 'and was not', value: found.notReopened, target: '0', pass: found.notReopened === 0 },
        { name: 'power cuts after failed syncs', value: found.images, target: `≥ ${size.images}`, pass: found.images >= size.images },
        {
          name: 'slowest to resume, ms',
          value: Math.round(found.slowestMs),
          target: `≤ ${RESUMES_WITHIN_MS}`,
          pass: found.slowestMs <= RESUMES_WITHIN_MS,
        },
        { name: 'wrong', value: found.wrong.slice(0, 5).join('; ') || 0, target: '0', pass: found.wrong.length === 0 },
      ],
    };
  },
};

function steps(kind: Kind, count: number): readonly (readonly [Kind, number])[] {
  return Array.from({ length: count }, (_, i) => [kind, i + 1] as const);
}

function shuffled<T>(list: readonly T[], random: Random): readonly T[] {
  return list
    .map((item) => [random.next(), item] as const)
    .toSorted((a, b) => a[0] - b[0])
    .map(([, item]) => item);
}

async function inWorld(
  shim: Shim,
  entry: string,
  plan: readonly (readonly [Kind, number])[],
  images: number,
  random: Random,
  found: Found,
): Promise<void> {
  const world = await startShimmed({ shim, entry, journal: true });
  const thanks: Thanks[] = [];
  try {
    for (const [kind, k] of plan) {
      const times = random.chance(0.7) ? 1 : random.int(2, 12);
      // the database itself is written and synced only now and then
      const file = random.chance(0.15) ? FILE.database : random.pick([FILE.both, FILE.log]);
      const injected = world.steering.counts().injected;
      if (kind === 'read') await failReads(world, k, times, found, thanks);
      else await failUnderLoad(world, { kind, k, times, file }, found, thanks);
      if (world.steering.counts().injected > injected) found[kind]++;
      else found.missed++;
      note(world.ledger.checkAfterKill(), found);
    }
    await settle(world, found);
    const report = checkImages({ journal: world.journal, thanks, images, random, folder: join(world.data, '../image') });
    found.images += report.images;
    found.lost += report.lost;
    found.wrong.push(...report.broken);
    found.acknowledged += world.acknowledged.size;
  } finally {
    await world.remove();
  }
}

type Answers = { good: number; refused: number };

function post(world: ShimmedApp, found: Found, thanks: Thanks[], answers: Answers) {
  return world.post(CONNECTIONS, {
    restMs: 5,
    reconnect: true,
    onOutcome(number, status) {
      if (status === 200) {
        answers.good++;
        thanks.push({ number, position: statSync(world.journal).size });
      } else if (status === 503) {
        answers.refused++;
        found.refused++;
      } else if (status !== undefined) found.other.add(status);
    },
  });
}

type Fault = { readonly kind: Kind; readonly k: number; readonly times: number; readonly file: number };

async function failUnderLoad(world: ShimmedApp, { kind, k, times, file }: Fault, found: Found, thanks: Thanks[]): Promise<void> {
  const { steering } = world;
  const answers = { good: 0, refused: 0 };
  const before = steering.counts();
  const gone = watchForDeath(world);
  steering.failing(CALL[kind], k, times, file);
  const posting = post(world, found, thanks, answers);
  await untilOrLater(() => steering.counts().injected >= before.injected + times);
  steering.heal();
  await resumes(answers, found, gone);
  await posting.stop();
  if (answers.refused === 0) return;
  // a 200 that was on its way may come before the connection is given up
  await untilOrLater(() => steering.counts().opens > before.opens, RESUMES_WITHIN_MS);
  if (steering.counts().opens > before.opens) found.reopened++;
  else found.notReopened++;
}

/** Starts the app on a disk whose k-th read fails: it says why and ends, or it comes up and works. */
async function failReads(world: ShimmedApp, k: number, times: number, found: Found, thanks: Thanks[]): Promise<void> {
  const { steering } = world;
  await world.app().kill('SIGKILL');
  steering.failing(CALL.read, k, times);
  try {
    await world.restart();
  } catch (error) {
    if (!/The disk reports errors, so Tickline cannot open its data/.test(String(error)))
      found.wrong.push(`the start ended without its reason: ${String(error).slice(0, 300)}`);
    steering.heal();
    await world.restart();
  }
  const answers = { good: 0, refused: 0 };
  const gone = watchForDeath(world);
  const posting = post(world, found, thanks, answers);
  for (const name of ['messages.page', 'inbox.page', 'app.status'])
    await world
      .app()
      .ask(name)
      .then((answer) => {
        if (!answer.ok && answer.error.code !== 'storage_unavailable') found.wrong.push(`${name}: ${answer.error.code}`);
      });
  steering.heal();
  await resumes(answers, found, gone);
  await posting.stop();
}

async function resumes(answers: Answers, found: Found, gone: () => string | undefined): Promise<void> {
  const goodBefore = answers.good;
  const began = performance.now();
  await until(() => answers.good > goodBefore || gone() !== undefined, '200 after the fault', 30_000);
  found.slowestMs = Math.max(found.slowestMs, performance.now() - began);
  const words = gone();
  if (words !== undefined) throw new Error(`The app ended: ${words}`);
}

function watchForDeath(world: ShimmedApp): () => string | undefined {
  const app = world.app();
  let words: string | undefined;
  void app.ended.then((code) => {
    words = `code ${code}: ${app.stderr().slice(-1_500)}`;
  });
  return () => words;
}

async function untilOrLater(met: () => boolean, limitMs = LONGEST_WAIT_MS): Promise<void> {
  await until(met, 'it', limitMs).catch(() => undefined);
}

function note(findings: ReturnType<ShimmedApp['ledger']['checkAfterKill']>, found: Found): void {
  found.lost += findings.lost;
  if (findings.double > 0) found.wrong.push(`${findings.double} double`);
  found.wrong.push(...findings.wrong);
}

async function settle(world: ShimmedApp, found: Found): Promise<void> {
  await untilAnswered(async () => (await world.app().rpc('inbox.page', { limit: 1 })).counts.kept === 0, 'an empty queue', 60_000);
  const code = await world.app().kill('SIGTERM');
  if (code !== 0) found.wrong.push(`the stop ended with ${code}`);
  note(world.ledger.checkAtEnd(), found);
}
