/**
 * `npm run compare [-- 5 500 5000] [--quick]`: webhooks alone, the tutorial's 30-second loop, and Tickline's
 * two doors, side by side. Each contestant is a process of its own and follows the same invented messages at
 * a demo provider over real HTTP, for 16 minutes of the shop's life in which the way in from the outside is
 * cut for two minutes. All processes live on a clock that runs 30 times as fast (20 times with thousands of
 * messages), so that a run takes 32 s or 48 s; what the machine itself needs looks that much longer to them. Printed as a Markdown table, and kept in
 * bench-results/compare.json.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { begin, type Contestant, environment, loop, nextMessage, type Shop, tickline, type Usage, type World, webhooksAlone } from './contestants.ts';
import type { FromProvider } from './provider.ts';
import { openRelay, type Relay } from './relay.ts';
import { type Score, score } from './score.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const MINUTE_MS = 60_000;
/** How many times as fast as the wall's the clock runs: slower where there is more to do, or the machine could not keep up. */
const scaleFor = (messages: number) => (messages > 1_000 ? 20 : 30);
/** Published for sends; none is for questions, so the same is assumed. */
const PER_MINUTE = 256;
/** The demo shop's own waits are short, so that a newcomer sees ticks climb; here a read takes some minutes, as it does. */
const WAITS_TIMES = 10;
/** The first message is sent at the same moment of the shop's life in every run: what becomes of each follows from when it was sent. */
const BEGIN = Date.UTC(2026, 2, 2, 9);
/** Time of the wall's to start and to register before that; more where the machine is busy. */
const READY_WITHIN_MS = [4_000, 10_000, 40_000];
const SEND_FOR = 10 * MINUTE_MS;
const CUT_FROM = 4 * MINUTE_MS;
const CUT_UNTIL = 6 * MINUTE_MS;
/** Later than this, in the shop's time, and the figures are the machine's rather than the contestants'. */
const LAG_AT_MOST = 2_000;
const SEED = 2026;

type Entrant = { readonly name: string; start(world: World, shop: Shop, relay: Relay): Promise<Contestant> };
export type Line = {
  readonly name: string;
  readonly asked: number;
  readonly routes: Readonly<Record<string, number>>;
  readonly refused: number;
  readonly webhooks: number;
  /** How late timers and webhooks of the provider were, 95 of 100, in the shop's time. */
  readonly lagMs: number;
} & Score &
  Usage;

const ENTRANTS: readonly Entrant[] = [
  { name: 'webhooks alone', start: webhooksAlone },
  { name: '30-second loop, as fast as it may', start: (world, shop) => loop(world, shop, true) },
  { name: '30-second loop, as written', start: (world, shop) => loop(world, shop, false) },
  { name: 'Tickline, both doors', start: tickline },
];

/** One contestant over one run. */
async function compete(entrant: Entrant, messages: number, lasts: number): Promise<Line> {
  for (const readyWithin of READY_WITHIN_MS) {
    const line = await tryOnce(entrant, messages, lasts, readyWithin);
    if (line !== undefined) return line;
  }
  throw new Error(`${entrant.name} was not ready in time`);
}

/** `undefined` when it was not ready in time. */
async function tryOnce(entrant: Entrant, messages: number, lasts: number, readyWithin: number): Promise<Line | undefined> {
  const scale = scaleFor(messages);
  const world: World = { scale, from: Date.now() + readyWithin, shows: BEGIN, perMinute: PER_MINUTE };
  const toNow = () => BEGIN + (Date.now() - world.from) * scale;
  const pause = (ms: number) => new Promise<void>((done) => void setTimeout(done, Math.max(0, ms / scale)));
  const relay = await openRelay();
  const about = { seed: SEED, timeScale: WAITS_TIMES, perMinute: PER_MINUTE };
  const { child: provider, first: shop } = await begin<Shop>('provider.ts', about, environment(world));
  try {
    const contestant = await entrant.start(world, shop, relay).catch((error: unknown) => {
      // On the fast clock the provider's answers seem slow; it is started again with more time before.
      if (toNow() > BEGIN) return undefined;
      throw error;
    });
    if (contestant === undefined) return undefined;
    provider.on('message', (message: FromProvider) => message.is === 'sent' && contestant.sent(message.msgIds));
    if (toNow() > BEGIN) {
      await contestant.finish();
      return undefined;
    }
    provider.send({ do: 'send', messages, from: BEGIN, overMs: SEND_FOR });
    await pause(BEGIN + CUT_FROM - toNow());
    relay.cut();
    await pause(BEGIN + CUT_UNTIL - toNow());
    relay.mend();
    await pause(BEGIN + lasts - toNow());
    const end = toNow();
    const answer = nextMessage<Extract<FromProvider, { is: 'truth' }>>(provider, (message) => (message as FromProvider).is === 'truth');
    provider.send({ do: 'tell' });
    const { truth, counts, lagMs } = await answer;
    const { known, usage } = await contestant.finish();
    const { refused = 0, ...routes } = counts.requests;
    const asked = Object.values(routes).reduce((sum, count) => sum + count, 0);
    return { name: entrant.name, asked, refused, routes, webhooks: counts.webhooks.posted, lagMs, ...score(truth, known, end), ...usage };
  } finally {
    provider.removeAllListeners('message');
    provider.kill();
    await relay.close();
  }
}

const seconds = (ms: number) => {
  if (Number.isNaN(ms)) return '–';
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  return ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${(ms / MINUTE_MS).toFixed(1)} min`;
};
const number = (value: number) => Math.round(value).toLocaleString('en').replaceAll(',', ' ');

function table(messages: number, lines: readonly Line[]): string {
  const rows = lines.map((line) => [
    line.name,
    `${seconds(line.latency.median)} · ${seconds(line.latency.p95)} · ${seconds(line.latency.max)}`,
    seconds(line.staleness),
    `${number(line.missed)} of ${number(line.statuses)}`,
    `${number(line.asked)}${line.refused > 0 ? ` (${number(line.refused)} refused)` : ''}`,
    `${line.cpuSeconds.toFixed(1)} s`,
    `${number(line.peakRssBytes / 1024 / 1024)} MB`,
  ]);
  const head = [
    `${number(messages)} messages`,
    'latency: median · p95 · max',
    'out of date, per message',
    'never learned',
    'requests',
    'CPU',
    'memory',
  ];
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

const given = process.argv.slice(2);
const sizes = given.filter((word) => /^\d+$/.test(word)).map(Number);
const lasts = (given.includes('--quick') ? 11 : 16) * MINUTE_MS;
execFileSync(process.execPath, [join(ROOT, 'node_modules/electron-vite/bin/electron-vite.js'), 'build'], {
  cwd: ROOT,
  stdio: ['ignore', 'ignore', 'inherit'],
});
const results: Record<string, readonly Line[]> = {};
for (const messages of sizes.length > 0 ? sizes : [5, 500, 5_000]) {
  // So few that they do not disturb each other run at the same time.
  const lines: Line[] = messages <= 50 ? await Promise.all(ENTRANTS.map((entrant) => compete(entrant, messages, lasts))) : [];
  if (lines.length === 0) for (const entrant of ENTRANTS) lines.push(await compete(entrant, messages, lasts));
  results[messages] = lines;
  process.stdout.write(`\n${table(messages, lines)}\n`);
  const busy = lines.filter((line) => line.lagMs > LAG_AT_MOST);
  if (busy.length > 0)
    process.stdout.write(
      `The machine was too busy for this clock (${busy.map((line) => `${line.name}: the provider up to ${seconds(line.lagMs)} late`).join('; ')}). Run it again when it is quiet.\n`,
    );
}
const loopNeeds = (messages: number) => `${number(messages * 2)} a minute for ${number(messages)} open messages`;
process.stdout.write(
  `\nThe provider allows ${PER_MINUTE} questions a minute; the loop as written needs ${[5, 500, 5_000].map(loopNeeds).join(', ')}.\n` +
    `One run of ${lasts / MINUTE_MS} minutes, of which ${(CUT_UNTIL - CUT_FROM) / MINUTE_MS} without a way in, on a clock 30 times as fast (20 times with thousands of messages); times are the shop's. Node ${process.version}.\n`,
);
mkdirSync(join(ROOT, 'bench-results'), { recursive: true });
writeFileSync(
  join(ROOT, 'bench-results/compare.json'),
  `${JSON.stringify({ node: process.version, perMinute: PER_MINUTE, lastsMs: lasts, results }, null, 2)}\n`,
);
