/** What polling costs and what it brings, over an invented afternoon of a shop. */
import { describe, expect, it } from 'vitest';
import {
  aDay,
  bestGain,
  HOUR,
  inTurn,
  type Lives,
  type Load,
  MINUTE,
  mostInAMinute,
  SECOND,
  staleness,
  uniformLoop,
  youngBesideOld,
} from '../../../bench/parts/economy.ts';
import { createPollingWorld, type PollingWorld } from '../../../support/pollingWorld.ts';

const STEPS = ['delivered', 'read'] as const;

function sendAll(world: PollingWorld, lives: Lives): void {
  inTurn(
    world.clock,
    [...lives].map(([id, life]) => ({ at: life.queued, run: () => world.send(id, life) })),
  );
}

/** How many times less stale we are than the uniform loop that spends the same number of requests. */
async function gainOver({ lives }: Load, world: PollingWorld, perMinute: number, ms: number): Promise<number> {
  const start = world.clock.now();
  sendAll(world, lives);
  world.poller.learn({ at: start, perMinute });
  world.poller.start('fallback');
  await world.clock.run(ms);
  await world.poller.close();
  const end = world.clock.now();
  expect(mostInAMinute(world.questions.map((question) => question.at))).toBeLessThanOrEqual(perMinute);
  const ours = staleness(lives, (id, step) => world.learned.get(id)?.[step], start, end);
  return uniformLoop(lives, start, end, world.questions.length).mean / ours.mean;
}

describe('economy of polling', () => {
  it('without webhooks, is at least five times less stale than a uniform loop when new messages go out beside many old unread ones', async () => {
    const world = createPollingWorld();
    const start = world.clock.now();
    const load = youngBesideOld(start, 475, 300, 2 * HOUR, 9);
    const gain = await gainOver(load, world, 30, 2 * HOUR);
    expect(gain).toBeGreaterThanOrEqual(5);
    // The best spacing is that of one who knows the true rates; we have to learn them.
    expect(gain).toBeGreaterThanOrEqual(0.6 * bestGain(load, start, start + 2 * HOUR));
  });

  it('without webhooks, is at least twice less stale on an ordinary afternoon, where hardly anything is old', async () => {
    const world = createPollingWorld();
    expect(await gainOver(aDay(world.clock.now(), 500, 2 * HOUR, 5), world, 30, 3 * HOUR)).toBeGreaterThanOrEqual(2);
  });

  it('with webhooks live, asks little more than once about each message that waits unusually long, and never about others', async () => {
    const world = createPollingWorld();
    const start = world.clock.now();
    const { lives } = aDay(start, 800, 2 * HOUR, 5);
    sendAll(world, lives);
    inTurn(
      world.clock,
      [...lives].flatMap(([id, life]) =>
        [life.sent, life.delivered, life.read].flatMap((at) => (at === undefined ? [] : [{ at: at + 200, run: () => world.webhook(id) }])),
      ),
    );
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
    const { lives } = aDay(start, 200, HOUR, 7);
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
