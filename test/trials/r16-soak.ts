import { readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { createSystemClock } from '../../src/main/adapters/clock/system.ts';
import { DATABASE_FILE, openStore } from '../../src/main/adapters/sqlite/store.ts';
import { createRandom, type Random } from '../../src/main/demo/random.ts';
import { type App, beginApp } from '../support/app.ts';
import { bundleApp } from '../support/bundle.ts';
import { knowledge, recomputed, tallies } from '../support/coreWorld.ts';
import { startTestShop, type TestShop } from '../support/demoShop.ts';
import { type FakeTunnelServer, startFakeTunnelServer } from '../support/fakeTunnelServer.ts';
import { until, untilAnswered } from '../support/until.ts';
import { medianOf, slopeOf } from './parts/slope.ts';
import { startPosting } from './poster.ts';
import { SECRET } from './shim/shimmedApp.ts';
import type { Figure, Scale, Trial } from './trial.ts';

/**
 * A long life in short: the demo shop as a provider, through a tunnel that dies in every way it knows, with outages,
 * tight limits and lost webhooks; beside it an account without a tunnel whose webhooks come at a steady pace, because
 * little gets through a tunnel that is dead half of the time. At full scale 20 minutes (TICKLINE_SOAK_MINUTES for another length) at up to
 * 300 events a second, so that it brings what up to two hours at 50 a second do; all slopes are per hour of that pace.
 *
 * Memory is sampled after a full collection of garbage, so that the slope tells what is held and not what was not
 * yet swept. Twenty minutes cannot prove a slope of 1 MB/h in resident memory, whose noise is larger; so each slope
 * comes with twice its standard error, and fails when it is above 1 MB/h beyond that error.
 */
const SCALES = {
  full: {
    seconds: Number(process.env.TICKLINE_SOAK_MINUTES ?? 20) * 60,
    messagesPerSecond: 40,
    steadyPerSecond: 250,
    faultEverySeconds: 30,
    sampleEverySeconds: 5,
  },
  small: { seconds: 8, messagesPerSecond: 20, steadyPerSecond: 100, faultEverySeconds: 2, sampleEverySeconds: 0.5 },
} as const;
const EVENTS_PER_HOUR = 50 * 3_600;
const MEGABYTE = 1_048_576;
const WAL_LIMIT = 64 * MEGABYTE;
/** The shop lives this much faster than the clock. */
const HASTE = 20;
const STEADY_CONNECTIONS = 8;

export const trial: Trial = {
  id: 'R16',
  title: 'a long life with dying tunnels and a failing provider leaks nothing, and ends with what its receipts say',
  async run({ scale, seed, say }) {
    const size = SCALES[scale];
    const random = createRandom(seed);
    const bundle = await bundleApp();
    const folder = await mkdtemp(join(tmpdir(), 'tickline-soak-'));
    const data = join(folder, 'data');
    const probe = join(folder, 'probe');
    const tunnels = await startFakeTunnelServer({ freeNameAfterMs: 1_000 });
    const far = await startTestShop({
      clock: createSystemClock(),
      seed,
      timeScale: 1 / HASTE,
      pace: 0,
      connected: true,
      limits: { info: 3_000, account: 3_000 },
    });
    const gcProbe = pathToFileURL(join(import.meta.dirname, 'parts/gcProbe.mjs')).href;
    const app = await beginApp({ data, entry: bundle.entry, env: { NODE_OPTIONS: `--import=${gcProbe}`, TICKLINE_PROBE_FILE: probe } }).ready;
    try {
      await connect(app, far, tunnels);
      far.shop.set({ pace: (size.messagesPerSecond * 60) / HASTE });
      const faults = startFaults(far, tunnels, random, size.faultEverySeconds * 1_000);
      const steady = await startSteady(app, size.steadyPerSecond);
      const samples = await watch(app, join(data, `${DATABASE_FILE}-wal`), probe, size, say);
      faults.stop();
      const { acknowledged } = await steady.posting.stop();
      far.shop.set({ pace: 0 });
      await untilAnswered(async () => (await app.rpc('inbox.page', { limit: 1 })).counts.kept === 0, 'an empty queue', 60_000);
      const code = await app.kill('SIGTERM');
      return {
        figures: [
          ...figuresOf(samples, scale),
          ...afterwards(data, code, steady.account, acknowledged.length),
          { name: 'faults', value: faults.count(), target: '> 0', pass: faults.count() > 0 },
        ],
      };
    } finally {
      await app.kill('SIGKILL');
      await far.shop.stop();
      await tunnels.close();
      await bundle.remove();
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    }
  },
};

async function connect(app: App, far: TestShop, tunnels: FakeTunnelServer): Promise<void> {
  const { accountId: account } = await app.rpc('accounts.create', {
    provider: 'wasenderapi',
    name: 'Sun Bakery',
    settings: { baseUrl: far.url },
    secrets: { personalAccessToken: far.personalAccessToken },
    tunnel: { kind: 'localtunnel', host: tunnels.host, name: 'sun-bakery-soak' },
  });
  const door = async () => (await app.rpc('intake.status', { account })).intakes[0];
  await untilAnswered(async () => (await door())?.state === 'live', 'an open door', 30_000);
  const { sessions } = await app.rpc('session.list', { account });
  await app.rpc('session.choose', { account, session: sessions[0]?.id ?? '' });
  await untilAnswered(async () => (await door())?.webhookRegistered, 'the address at the provider', 30_000);
}

/** Webhooks of another account at a steady pace, straight to the listener. */
async function startSteady(app: App, perSecond: number) {
  const { accountId: account, webhookPath: path } = await app.rpc('accounts.create', {
    provider: 'wasenderapi',
    name: 'The steady shop',
    secrets: { webhookSecret: SECRET },
    tunnel: { kind: 'none' },
  });
  let number = -1;
  const target = { port: Number(new URL(app.webhooks).port), path, secret: SECRET, epoch: Date.now() - 10_000_000 };
  const options = { betweenMs: (STEADY_CONNECTIONS / perSecond) * 1_000, restMs: 50, reconnect: true };
  return { account, posting: startPosting(target, STEADY_CONNECTIONS, () => ++number, options) };
}

/** Something breaks, one thing at a time, and is well again before the next. */
function startFaults(far: TestShop, tunnels: FakeTunnelServer, random: Random, everyMs: number) {
  const faults: readonly { readonly begin: () => void; readonly end: () => void }[] = [
    { begin: () => tunnels.die(), end: () => tunnels.comeBack() },
    { begin: () => tunnels.set({ answer: 'black-hole' }), end: () => tunnels.set({ answer: 'passed' }) },
    { begin: () => tunnels.set({ answer: 'interstitial' }), end: () => tunnels.set({ answer: 'passed' }) },
    { begin: () => tunnels.set({ answer: 'firewall' }), end: () => tunnels.set({ answer: 'passed' }) },
    { begin: () => tunnels.drop('sun-bakery-soak'), end: () => undefined },
    { begin: () => far.shop.set({ outage: true }), end: () => far.shop.set({ outage: false }) },
    { begin: () => far.shop.set({ limits: true }), end: () => far.shop.set({ limits: false }) },
    { begin: () => far.shop.set({ losses: true, shuffles: true }), end: () => far.shop.set({ losses: false, shuffles: false }) },
    { begin: () => far.shop.set({ repeats: true }), end: () => far.shop.set({ repeats: false }) },
  ];
  let count = 0;
  let end = () => {};
  const timer = setInterval(() => {
    const fault = random.pick(faults);
    count++;
    fault.begin();
    end = fault.end;
    setTimeout(fault.end, everyMs * 0.25);
  }, everyMs);
  return {
    count: () => count,
    stop() {
      clearInterval(timer);
      end();
    },
  };
}

type Sample = { readonly entries: number; readonly heap: number; readonly rss: number; readonly fds: number; readonly wal: number };

async function watch(app: App, log: string, probe: string, size: (typeof SCALES)[Scale], say: (words: string) => void): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  const end = performance.now() + size.seconds * 1_000;
  const lines = () => (statSync(probe, { throwIfNoEntry: false }) === undefined ? [] : readFileSync(probe, 'utf8').trimEnd().split('\n'));
  while (performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, size.sampleEverySeconds * 1_000));
    const had = lines().length;
    process.kill(app.pid, 'SIGUSR2');
    await until(() => lines().length > had, 'a sample', 30_000);
    const { rss, heapUsed, external } = JSON.parse(lines().at(-1) ?? '{}') as { rss: number; heapUsed: number; external: number };
    const { counts } = await app.rpc('inbox.page', { limit: 1 });
    const entries = Object.values(counts).reduce((sum: number, count) => sum + Number(count), 0);
    const fds = readdirSync(`/proc/${app.pid}/fd`).length;
    const wal = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
    samples.push({ entries, heap: heapUsed + external, rss, fds, wal });
    if (samples.length % 12 === 0)
      say(`${entries} entries, heap ${mb(heapUsed + external)} MB, resident ${mb(rss)} MB, ${fds} descriptors, log ${mb(wal)} MB`);
  }
  return samples;
}

function mb(bytes: number): number {
  return Math.round((bytes / MEGABYTE) * 10) / 10;
}

function figuresOf(samples: readonly Sample[], scale: Scale): readonly Figure[] {
  // the first half is for caches to fill
  const steady = samples.slice(Math.floor(samples.length / 2));
  const events = samples.at(-1)?.entries ?? 0;
  const slope = (name: string, of: (sample: Sample) => number): Figure => {
    const { perX, error } = slopeOf(steady.map((sample) => [sample.entries / EVENTS_PER_HOUR, of(sample) / MEGABYTE]));
    const words = `${perX.toFixed(2)} ± ${(2 * error).toFixed(2)} MB/h`;
    return { name, value: words, target: scale === 'full' ? '< 1 MB/h' : 'too short to tell', pass: scale === 'small' || perX - 2 * error < 1 };
  };
  const third = Math.max(1, Math.floor(steady.length / 3));
  const fdsFirst = medianOf(steady.slice(0, third).map(({ fds }) => fds));
  const fdsLast = medianOf(steady.slice(-third).map(({ fds }) => fds));
  const wal = Math.max(...samples.map((sample) => sample.wal));
  return [
    { name: 'entries', value: events, target: '> 0', pass: events > 0 },
    slope('held after garbage collection', ({ heap }) => heap),
    slope('resident', ({ rss }) => rss),
    // a tunnel's connections come and go, and a short run sees only the first of them
    {
      name: 'descriptors, first and last third',
      value: `${fdsFirst}, ${fdsLast}`,
      target: 'flat',
      pass: fdsLast <= fdsFirst + (scale === 'full' ? 10 : 50),
    },
    { name: 'largest log, MB', value: mb(wal), target: '≤ 64', pass: wal <= WAL_LIMIT },
  ];
}

/** With the app gone: is what it shows what its receipts say? */
function afterwards(data: string, code: number | null, steady: string, acknowledged: number): readonly Figure[] {
  const store = openStore(data);
  try {
    let messages = 0;
    let different = 0;
    for (const { id } of store.accounts.list()) {
      const shown = knowledge(store, id);
      const told = recomputed(store, id);
      messages += shown.length;
      different += shown.filter((message, i) => !isDeepStrictEqual(message, told[i])).length;
    }
    const { kept, counted } = tallies(store);
    const only = (these: readonly unknown[], others: readonly unknown[]) => {
      const known = new Set(others.map((other) => JSON.stringify(other)));
      return these.map((one) => JSON.stringify(one)).filter((one) => !known.has(one));
    };
    const figures = [...only(kept, counted).map((row) => `kept ${row}`), ...only(counted, kept).map((row) => `counted ${row}`)];
    const integrity = String(store.db.pragma('integrity_check', { simple: true }));
    const there = Number(store.db.prepare('SELECT count(*) FROM inbox WHERE account_id = ?').pluck().get(steady));
    return [
      { name: 'acknowledged at the steady pace', value: acknowledged, target: '> 0', pass: acknowledged > 0 },
      { name: 'of these lost', value: Math.max(0, acknowledged - there), target: '0', pass: there >= acknowledged },
      { name: 'messages', value: messages, target: '> 0', pass: messages > 0 },
      { name: 'that differ from their receipts', value: different, target: '0', pass: different === 0 },
      { name: 'figures that differ from a count', value: figures.slice(0, 6).join('; ') || 0, target: '0', pass: figures.length === 0 },
      { name: 'integrity', value: integrity.slice(0, 100), target: 'ok', pass: integrity === 'ok' },
      { name: 'exit code', value: String(code), target: '0', pass: code === 0 },
    ];
  } finally {
    store.close();
  }
}
