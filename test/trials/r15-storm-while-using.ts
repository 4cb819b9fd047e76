import { createRandom, type Random } from '../../src/main/demo/random.ts';
import type { App } from '../support/app.ts';
import { bundleApp } from '../support/bundle.ts';
import { until, untilAnswered } from '../support/until.ts';
import { type ShimmedApp, startShimmed } from './shim/shimmedApp.ts';
import type { Trial } from './trial.ts';

/**
 * About a minute at full scale. Events come as fast as they are taken while a page opens and closes, searches, turns
 * pages and exports. In the middle the whole process is stopped and let go on (SIGSTOP, SIGCONT), which is how a
 * sleep looks from inside: no code runs, and the wall clock has jumped when it does again.
 *
 * There is no Electron here. A window that closes is, for the engine, the page's connection that ends: we time the
 * goodbye from the page's side, under the storm, and the clean end of the process after SIGTERM, also under it. The
 * bound after a wake-up is the time that what a sleep held up takes when awake: as long as the sleep itself, in a
 * storm without pause; so what is twice that is allowed.
 */
const FULL = { events: 50_000, sleepMs: 5_000, slackMs: 0 };
/** The slack is for machines that are busy with other tests. */
const SMALL = { events: 3_000, sleepMs: 700, slackMs: 3_000 };
const CONNECTIONS = 32;
const CLOSES_WITHIN_MS = 1_000;
/** The time that a clean stop has by promise. */
const ENDS_WITHIN_MS = 5_000;

export const trial: Trial = {
  id: 'R15',
  title: 'a storm while somebody searches, exports and closes the window, with a sleep in the middle, loses nothing and blocks nobody',
  async run({ scale, seed, say }) {
    const size = scale === 'full' ? FULL : SMALL;
    const random = createRandom(seed);
    const bundle = await bundleApp();
    const world = await startShimmed({ entry: bundle.entry });
    try {
      const storm = await rage(world, size, random, say);
      await world.restart();
      const rest = world.post(CONNECTIONS);
      await new Promise((resolve) => setTimeout(resolve, 50));
      await rest.stop();
      await untilAnswered(async () => (await keptOf(world.app())) === 0, 'an empty queue', 60_000);
      const code = await world.app().kill('SIGTERM');
      const { lost, double, wrong } = world.ledger.checkAtEnd();
      const allWrong = [...storm.wrong, ...wrong, ...(code === 0 ? [] : [`the last stop ended with ${code}`])];
      const bound = size.sleepMs * 2 + size.slackMs;
      return {
        figures: [
          { name: 'acknowledged', value: world.acknowledged.size, target: `≥ ${size.events}`, pass: world.acknowledged.size >= size.events },
          { name: 'lost', value: lost, target: '0', pass: lost === 0 },
          { name: 'double', value: double, target: '0', pass: double === 0 },
          { name: 'exports finished', value: storm.exports, target: '> 0', pass: storm.exports > 0 },
          { name: 'pages and searches answered', value: storm.pages, target: '> 0', pass: storm.pages > 0 },
          { name: 'windows closed', value: storm.windows, target: '> 0', pass: storm.windows > 0 },
          {
            name: 'slowest window to close, ms',
            value: Math.round(storm.slowestClose),
            target: `≤ ${CLOSES_WITHIN_MS}`,
            pass: storm.slowestClose <= CLOSES_WITHIN_MS,
          },
          { name: 'caught up after the sleep, ms', value: Math.round(storm.caughtUpMs), target: `≤ ${bound}`, pass: storm.caughtUpMs <= bound },
          { name: 'clean end in the storm, ms', value: Math.round(storm.endMs), target: `≤ ${ENDS_WITHIN_MS}`, pass: storm.endMs <= ENDS_WITHIN_MS },
          { name: 'wrong', value: allWrong.slice(0, 5).join('; ') || 0, target: '0', pass: allWrong.length === 0 },
        ],
      };
    } finally {
      await world.remove();
      await bundle.remove();
    }
  },
};

type Storm = { exports: number; pages: number; windows: number; slowestClose: number; caughtUpMs: number; endMs: number; wrong: string[] };

async function rage(world: ShimmedApp, size: typeof FULL, random: Random, say: (words: string) => void): Promise<Storm> {
  const app = world.app();
  const storm: Storm = { exports: 0, pages: 0, windows: 0, slowestClose: 0, caughtUpMs: 0, endMs: 0, wrong: [] };
  const state = { using: true, asleep: false };
  const began = performance.now();
  const posting = world.post(CONNECTIONS);
  const count = () => world.acknowledged.size;
  const uses = [useWindow, search, exportAll].map((use) =>
    use(app, storm, state, random).catch((error: unknown) => void storm.wrong.push(String(error))),
  );

  await until(() => count() >= size.events * 0.4, 'the first part of the storm', 300_000);
  const perMs = count() / (performance.now() - began);
  say(`${Math.round(perMs * 1_000)} a second awake`);
  state.asleep = true;
  process.kill(app.pid, 'SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, size.sleepMs));
  process.kill(app.pid, 'SIGCONT');
  const woke = performance.now();
  state.asleep = false;
  const heldUp = count() + perMs * size.sleepMs;
  await until(() => count() >= heldUp, 'what the sleep held up', 300_000);
  storm.caughtUpMs = performance.now() - woke;
  await until(() => count() >= size.events, 'the end of the storm', 300_000);
  await until(() => storm.exports > 0 && storm.windows > 0, 'an export and a window', 120_000);
  state.using = false;
  await Promise.all(uses);

  const ending = performance.now();
  const code = await app.kill('SIGTERM');
  storm.endMs = performance.now() - ending;
  if (code !== 0) storm.wrong.push(`the stop in the storm ended with ${code}`);
  await posting.done;
  return storm;
}

type Using = { readonly using: boolean; readonly asleep: boolean };

/** A page that opens, listens for a moment, and is closed. */
async function useWindow(app: App, storm: Storm, state: Using, random: Random): Promise<void> {
  while (state.using) {
    const feed = await app.changes();
    await app.rpc('app.status');
    await new Promise((resolve) => setTimeout(resolve, random.int(50, 400)));
    const asleep = state.asleep;
    const began = performance.now();
    await feed.leave();
    // while the computer sleeps nobody closes a window
    if (!asleep && !state.asleep) storm.slowestClose = Math.max(storm.slowestClose, performance.now() - began);
    storm.windows++;
  }
}

async function search(app: App, storm: Storm, state: Using, random: Random): Promise<void> {
  const filters = [{}, { status: 'open' as const }, { text: '1555' }, { text: '00' }, { status: 'read' as const }];
  while (state.using) {
    const filter = random.pick(filters);
    const page = await app.rpc('messages.page', { ...filter, limit: 50 });
    if (page.nextCursor !== null) await app.rpc('messages.page', { ...filter, limit: 50, cursor: page.nextCursor });
    await app.rpc('inbox.page', { limit: 50 });
    const row = page.rows.at(0);
    if (row !== undefined && row.messageId !== null) await app.rpc('messages.get', { account: row.account, messageId: row.messageId });
    storm.pages += 2;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function exportAll(app: App, storm: Storm, state: Using): Promise<void> {
  while (state.using) {
    const { id } = await app.rpc('exports.start', { format: storm.exports % 2 === 0 ? 'csv' : 'ndjson', filter: {} });
    const done = await untilAnswered(
      async () => (await app.rpc('exports.status', { id })).exports.find((view) => view.id === id && view.state !== 'running'),
      'an export',
      120_000,
    );
    if (done.state === 'done') storm.exports++;
    else storm.wrong.push(`an export ${done.state}: ${done.error}`);
  }
}

async function keptOf(app: App): Promise<number> {
  return (await app.rpc('inbox.page', { limit: 1 })).counts.kept;
}
