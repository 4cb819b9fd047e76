/** What polling costs and what it brings, over an invented afternoon of a shop. */
import { describe, expect, it } from 'vitest';
import type { Millis } from '../../../../src/main/core/domain/ids.ts';
import { createRandom } from '../../../../src/main/demo/random.ts';
import { createPollingWorld, type Life, type PollingWorld } from '../../../support/pollingWorld.ts';

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const STEPS = ['delivered', 'read'] as const;

/** Most phones answer in seconds, one in seven is off for a while; three in four people read, sooner or later. */
function livesFrom(start: Millis, count: number, over: number, seed: number): ReadonlyMap<string, Required<Pick<Life, 'queued'>> & Life> {
  const random = createRandom(seed);
  const lives = new Map<string, Required<Pick<Life, 'queued'>> & Life>();
  for (let i = 0; i < count; i++) {
    const queued = Math.round(start + random.next() * over);
    const sent = queued + SECOND;
    const delivered = Math.round(sent + (random.chance(0.15) ? random.lognormal(40 * MINUTE, 1.2) : random.lognormal(3 * SECOND, 1)));
    const read = random.chance(0.75) ? Math.round(delivered + random.lognormal(15 * MINUTE, 1.7)) : undefined;
    lives.set(`${i}`, { queued, sent, delivered, ...(read === undefined ? {} : { read }) });
  }
  return lives;
}

/** Mean ms between a step since `start` and our learning of it; what was not learned counts until the end. */
function staleness(
  lives: ReadonlyMap<string, Life>,
  learnedAt: (id: string, step: 'delivered' | 'read') => Millis | undefined,
  start: Millis,
  end: Millis,
): number {
  const delays = [...lives].flatMap(([id, life]) =>
    STEPS.flatMap((step) => {
      const at = life[step];
      return at === undefined || at < start || at > end ? [] : [(learnedAt(id, step) ?? end) - at];
    }),
  );
  return delays.reduce((sum, delay) => sum + delay, 0) / delays.length;
}

/** A loop that asks every open message in turn, with so many requests spread evenly. */
function uniformLoop(lives: ReadonlyMap<string, Life>, start: Millis, end: Millis, requests: number): number {
  const learned = new Map<string, Partial<Record<string, Millis>>>();
  const queue = [...lives].sort(([, a], [, b]) => (a.queued ?? 0) - (b.queued ?? 0));
  const open: [string, Life][] = [];
  for (let i = 0; i < requests; i++) {
    const now = start + ((end - start) * (i + 1)) / requests;
    while (queue[0] && (queue[0][1].queued ?? 0) <= now) open.push(...queue.splice(0, 1));
    const next = open.shift();
    if (next === undefined) continue;
    const [id, life] = next;
    const known = learned.get(id) ?? {};
    for (const step of STEPS) if ((life[step] ?? end + 1) <= now) known[step] ??= now;
    learned.set(id, known);
    if (known.read === undefined) open.push(next);
  }
  return staleness(lives, (id, step) => learned.get(id)?.[step], start, end);
}

function sendAll(world: PollingWorld, lives: ReadonlyMap<string, Life & { queued: Millis }>): void {
  for (const [id, life] of lives) world.clock.after(life.queued - world.clock.now(), () => world.send(id, life));
}

/** How many times less stale we are than the uniform loop that spends the same number of requests. */
async function gainOver(lives: ReadonlyMap<string, Life & { queued: Millis }>, world: PollingWorld, perMinute: number, ms: number): Promise<number> {
  const start = world.clock.now();
  sendAll(world, lives);
  world.poller.learn({ at: start, perMinute });
  world.poller.start('fallback');
  await world.clock.run(ms);
  await world.poller.close();
  const end = world.clock.now();
  const moments = world.questions.map((question) => question.at);
  expect(mostInAMinute(moments)).toBeLessThanOrEqual(perMinute);
  const ours = staleness(lives, (id, step) => world.learned.get(id)?.[step], start, end);
  return uniformLoop(lives, start, end, world.questions.length) / ours;
}

function mostInAMinute(moments: readonly Millis[]): number {
  let from = 0;
  return moments.reduce((most, at, i) => {
    while ((moments[from] ?? at) <= at - MINUTE) from++;
    return Math.max(most, i - from + 1);
  }, 0);
}

describe('economy of polling', () => {
  it('without webhooks, is at least five times less stale than a uniform loop when new messages go out beside many old unread ones', async () => {
    const world = createPollingWorld();
    const start = world.clock.now();
    const random = createRandom(9);
    const wait = (meanMs: number) => Math.round(-Math.log(1 - random.next()) * meanMs);
    const lives = new Map<string, Life & { queued: Millis }>();
    for (let i = 0; i < 475; i++) {
      const queued = Math.round(start - random.next() * 48 * HOUR);
      lives.set(`old${i}`, { queued, sent: queued, delivered: queued, read: start + wait(48 * HOUR) });
    }
    for (let i = 0; i < 300; i++) {
      const queued = Math.round(start + random.next() * 2 * HOUR);
      const delivered = queued + wait(20 * SECOND);
      lives.set(`new${i}`, { queued, sent: queued, delivered, read: delivered + wait(48 * HOUR) });
    }
    expect(await gainOver(lives, world, 30, 2 * HOUR)).toBeGreaterThanOrEqual(5);
  });

  it('without webhooks, is at least twice less stale on an ordinary afternoon, where hardly anything is old', async () => {
    const world = createPollingWorld();
    expect(await gainOver(livesFrom(world.clock.now(), 500, 2 * HOUR, 5), world, 30, 3 * HOUR)).toBeGreaterThanOrEqual(2);
  });

  it('with webhooks live, asks little more than once about each message that waits unusually long, and never about others', async () => {
    const world = createPollingWorld();
    const start = world.clock.now();
    const lives = livesFrom(start, 800, 2 * HOUR, 5);
    sendAll(world, lives);
    for (const [id, life] of lives) {
      for (const at of [life.sent, life.delivered, life.read]) if (at !== undefined) world.clock.after(at - start + 200, () => world.webhook(id));
    }
    world.poller.start('net');
    await world.clock.run(15 * HOUR);
    await world.poller.close();
    // One question for each wait that outlasts 95 of 100 is the least by which a lost webhook can be told from a slow reader.
    const waits = new Set(world.questions.map(({ id, at }) => `${id} ${world.statusAt(id, at)}`));
    expect(world.questions.length).toBeLessThanOrEqual(1.3 * waits.size);
    for (const { id } of world.questions) {
      const { sent = 0, delivered = Number.POSITIVE_INFINITY, read = Number.POSITIVE_INFINITY } = lives.get(id) ?? {};
      expect(delivered - sent > 30 * SECOND || read - delivered > 20 * MINUTE).toBe(true);
    }
  });

  it('with webhooks lost, finds most of what they would have said', async () => {
    const world = createPollingWorld();
    const start = world.clock.now();
    const lives = livesFrom(start, 200, HOUR, 7);
    sendAll(world, lives);
    world.poller.start('net');
    await world.clock.run(14 * HOUR);
    await world.poller.close();
    const known = [...lives].filter(([id, life]) =>
      STEPS.every((step) => life[step] === undefined || (life[step] ?? 0) > start + 4 * HOUR || world.learned.get(id)?.[step] !== undefined),
    );
    expect(known.length / lives.size).toBeGreaterThan(0.95);
  });
});
