/**
 * P6, the economy of polling: the real poller over a real SQLite database on a clock of our own, so that a
 * day passes in a minute. What each question brings is beside what a 30-second loop within the limit, a
 * uniform loop with as many questions, and the best spacing by the formula would bring.
 */
import { createPollingWorld, type PollingWorld } from '../support/pollingWorld.ts';
import {
  aDay,
  bestGain,
  HOUR,
  inTurn,
  type Load,
  MINUTE,
  mostInAMinute,
  type Sent,
  staleness,
  thirtySecondLoop,
  uniformLoop,
  youngBesideOld,
} from './parts/economy.ts';
import { print, type Row } from './parts/report.ts';

export type EconomySize = {
  readonly messages: number;
  readonly overMs: number;
  /** Requests a minute. */
  readonly perMinute: number;
  readonly old: number;
  readonly young: number;
  readonly mixedOverMs: number;
  readonly mixedPerMinute: number;
};

const FULL: EconomySize = {
  messages: 5_000,
  overMs: 24 * HOUR,
  perMinute: 256,
  old: 4_750,
  young: 3_000,
  mixedOverMs: 2 * HOUR,
  mixedPerMinute: 256,
};

export async function p6(): Promise<readonly Row[]> {
  const rows = await economy(FULL);
  print(`P6  economy of polling: ${FULL.messages} messages over ${FULL.overMs / HOUR} h at ${FULL.perMinute} requests a minute`, rows);
  return rows;
}

export async function economy(size: EconomySize): Promise<readonly Row[]> {
  const up = await withWebhooks(size);
  const day = await withoutWebhooks((start) => aDay(start, size.messages, size.overMs, 5), size.overMs, size.perMinute);
  const mixed = await withoutWebhooks(
    (start) => youngBesideOld(start, size.old, size.young, size.mixedOverMs, 9),
    size.mixedOverMs,
    size.mixedPerMinute,
  );
  return [
    {
      what: 'webhooks live: questions for all messages',
      figure: `${up.questions} (${(up.questions / up.messages).toFixed(2)} a message)`,
      against: `${(up.questions / up.bound).toFixed(2)} × the least by which a lost webhook can be told, ${up.bound}; the 30-second loop ${up.loop}`,
      target: '≤ 1.3 ×',
      met: up.questions <= 1.3 * up.bound,
    },
    ...rowsOf('new ones beside many old unread', mixed, { of: 5, what: '≥ 5 × fresher than uniform' }),
    // Where hardly anything is old, there is less to gain: what can be asked is to come near the best.
    ...rowsOf('an ordinary day', day, { of: Math.min(5, day.best * 0.7), what: '≥ 5 ×, or 70 % of the formula where that is less' }),
    {
      what: 'more than the limit in any minute',
      figure: `${day.breaches + mixed.breaches + up.breaches} times`,
      target: '0',
      met: day.breaches + mixed.breaches + up.breaches === 0,
    },
  ];
}

type Economy = Awaited<ReturnType<typeof withoutWebhooks>>;

function rowsOf(name: string, economy: Economy, target: { readonly of: number; readonly what: string }): Row[] {
  const { ours, naive, uniform, best, questions } = economy;
  const gain = uniform.mean / ours.mean;
  const each = (requests: number, learned: number) => `${(requests / Math.max(1, learned)).toFixed(1)} requests each`;
  return [
    {
      what: `no webhooks, ${name}: how late`,
      figure: `mean ${inWords(ours.mean)} p95 ${inWords(ours.p95)}, ${each(questions, ours.learned)}`,
      against: `30-second loop in the limit: mean ${inWords(naive.mean)} p95 ${inWords(naive.p95)}, ${each(naive.requests, naive.learned)}`,
    },
    {
      what: `no webhooks, ${name}: beside a uniform loop`,
      figure: `${gain.toFixed(1)} × fresher for as many requests`,
      against: `uniform mean ${inWords(uniform.mean)}; the best spacing by the formula ${best.toFixed(1)} ×`,
      target: target.what,
      met: gain >= target.of,
    },
  ];
}

function inWords(ms: number): string {
  return ms < 2 * MINUTE ? `${(ms / 1000).toFixed(0)} s` : `${(ms / MINUTE).toFixed(1)} min`;
}

function sendAll(world: PollingWorld, lives: ReadonlyMap<string, Sent>): void {
  inTurn(
    world.clock,
    [...lives].map(([id, life]) => ({ at: life.queued, run: () => world.send(id, life) })),
  );
}

async function withoutWebhooks(make: (start: number) => Load, ms: number, perMinute: number) {
  const world = createPollingWorld();
  const start = world.clock.now();
  const load = make(start);
  sendAll(world, load.lives);
  world.poller.learn({ at: start, perMinute });
  world.poller.start('fallback');
  await world.clock.run(ms);
  await world.poller.close();
  const end = world.clock.now();
  const questions = world.questions.length;
  return {
    questions,
    breaches: mostInAMinute(world.questions.map((question) => question.at)) > perMinute ? 1 : 0,
    ours: staleness(load.lives, (id, step) => world.learned.get(id)?.[step], start, end),
    uniform: uniformLoop(load.lives, start, end, questions),
    naive: thirtySecondLoop(load.lives, start, end, perMinute),
    best: bestGain(load, start, end),
  };
}

/** All webhooks arrive, 200 ms after the step they tell of. */
async function withWebhooks(size: EconomySize) {
  const world = createPollingWorld();
  const start = world.clock.now();
  const { lives } = aDay(start, size.messages, size.overMs, 5);
  sendAll(world, lives);
  const end = start + size.overMs * 1.5;
  inTurn(
    world.clock,
    [...lives].flatMap(([id, life]) =>
      [life.sent, life.delivered, life.read].flatMap((at) => (at === undefined || at > end ? [] : [{ at: at + 200, run: () => world.webhook(id) }])),
    ),
  );
  world.poller.learn({ at: start, perMinute: size.perMinute });
  world.poller.start('net');
  await world.clock.run(end - start);
  await world.poller.close();
  return {
    messages: lives.size,
    questions: world.questions.length,
    breaches: mostInAMinute(world.questions.map((question) => question.at)) > size.perMinute ? 1 : 0,
    bound: longWaits(lives, end),
    loop: thirtySecondLoop(lives, start, end, Number.POSITIVE_INFINITY).requests,
  };
}

/** Waits that outlast 95 of 100 of those that ended, by `end`: each of them looks like a lost webhook until it is asked about. */
function longWaits(lives: ReadonlyMap<string, Sent>, end: number): number {
  let count = 0;
  for (const [from, to] of [
    ['sent', 'delivered'],
    ['delivered', 'read'],
  ] as const) {
    const waits = [...lives.values()].map((life) => (life[to] ?? Number.POSITIVE_INFINITY) - (life[from] ?? Number.NaN));
    const ended = waits.filter(Number.isFinite).sort((a, b) => a - b);
    const long = ended[Math.floor(ended.length * 0.95)] ?? 0;
    count += [...lives.values()].filter((life, i) => (waits[i] ?? 0) > long && (life[from] ?? end) + long <= end).length;
  }
  return count;
}
