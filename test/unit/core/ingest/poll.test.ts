import { describe, expect, it } from 'vitest';
import { type FailureCode, fail } from '../../../../src/main/core/domain/failure.ts';
import { createFakeClock } from '../../../support/fakeClock.ts';
import { createPollingStore } from '../../../support/pollingStore.ts';
import { createPollingWorld } from '../../../support/pollingWorld.ts';

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const trouble = (code: FailureCode, more: { retry?: boolean; afterMs?: number } = {}) =>
  Promise.resolve(fail(code, `WASenderApi says ${code}.`, more));

describe('poller', () => {
  it('without webhooks, learns every step of a message by asking, and stops when it was read', async () => {
    const world = createPollingWorld();
    const now = world.clock.now();
    world.send('1', { queued: now, sent: now + 4 * SECOND, delivered: now + 20 * SECOND, read: now + 5 * MINUTE });
    world.poller.start('fallback');
    await world.clock.run(15 * MINUTE);
    const learned = world.learned.get('1') ?? {};
    expect((learned.delivered ?? 0) - now - 20 * SECOND).toBeLessThan(10 * SECOND);
    expect((learned.read ?? 0) - now - 5 * MINUTE).toBeLessThan(2 * MINUTE);
    const asked = world.questions.length;
    await world.clock.run(3 * HOUR);
    expect(world.questions).toHaveLength(asked);
    expect(world.poller.view()).toMatchObject({ tracked: 0, due: 0, secondsToGo: null, words: 'Polling ready' });
    await world.poller.close();
  });

  it('says since when an answer can be news: since the last answered question left', async () => {
    const world = createPollingWorld();
    world.send('1', { queued: world.clock.now() });
    world.poller.start('fallback');
    await world.clock.run(MINUTE);
    expect(world.kept[0]).toMatchObject({ source: 'poll', shape: 'message-info' });
    expect(world.kept[0]?.since).toBeUndefined();
    expect(world.kept[1]?.since).toBe(world.questions[0]?.at);
    await world.poller.close();
  });

  it('with webhooks live, asks only to join the two ids of a message and then leaves it alone', async () => {
    const world = createPollingWorld();
    const now = world.clock.now();
    world.send('1', { queued: now, sent: now, delivered: now + MINUTE }, false);
    world.poller.start('net');
    await world.clock.run(MINUTE);
    world.webhook('1');
    await world.clock.run(HOUR);
    expect(world.questions).toHaveLength(1);
    await world.poller.close();
  });

  it('waits exactly as long as a 429 told it to, says so, and loses nothing', async () => {
    const world = createPollingWorld();
    for (let i = 0; i < 10; i++) world.send(`${i}`, { queued: world.clock.now() });
    world.answer = () => trouble('rate_limited', { retry: true, afterMs: 5 * MINUTE });
    world.poller.start('fallback');
    world.poller.pollNow();
    await world.clock.run(2 * SECOND);
    const [first] = world.questions;
    expect(world.questions).toHaveLength(1);
    expect(world.poller.view().words).toMatch(/^Waiting until \d\d:\d\d because WASenderApi said so$/);
    world.answer = undefined;
    world.poller.wake();
    await world.clock.run(6 * MINUTE);
    expect((world.questions[1]?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(5 * MINUTE);
    expect(new Set(world.kept.map((answer) => Buffer.from(answer.body).toString())).size).toBe(10);
    await world.poller.close();
  });

  it('backs off during an outage of an hour and is back at full pace within about a minute and a half', async () => {
    const world = createPollingWorld();
    for (let i = 0; i < 200; i++) world.send(`${i}`, { queued: world.clock.now() });
    world.poller.start('fallback');
    world.poller.pollNow();
    world.answer = () => trouble('provider_unreachable', { retry: true });
    await world.clock.run(HOUR);
    expect(world.questions.length).toBeLessThan(150);
    expect(world.poller.view().words).toMatch(/^WASenderApi says provider_unreachable; next try at/);
    world.answer = undefined;
    await world.clock.run(200 * SECOND * 1.06 + 95 * SECOND);
    expect(new Set(world.kept.map((answer) => Buffer.from(answer.body).toString())).size).toBe(200);
    await world.poller.close();
  });

  it('gives up on an id that the provider does not know, after a few tries, and on nothing else', async () => {
    const world = createPollingWorld();
    const row = world.send('1', { queued: world.clock.now() });
    world.send('2', { queued: world.clock.now() });
    world.answer = (id) => (id === '1' ? trouble('not_found') : undefined);
    world.poller.start('fallback');
    await world.clock.run(6 * HOUR);
    expect(world.questions.filter((question) => question.id === '1')).toHaveLength(4);
    expect(world.store.raw(row)).toMatchObject({ plan: 'stopped', stop: 'not-found' });
    expect(world.poller.view().tracked).toBe(1);
    await world.poller.close();
  });

  it('asks rarely while its key is refused, and at once when the key was put right', async () => {
    const world = createPollingWorld();
    world.send('1', { queued: world.clock.now() });
    world.answer = () => trouble('unauthorized');
    world.poller.start('fallback');
    await world.clock.run(3 * HOUR);
    expect(world.questions.length).toBeLessThan(12);
    world.answer = undefined;
    const before = world.kept.length;
    world.poller.wake();
    await world.clock.run(2 * SECOND);
    expect(world.kept.length).toBeGreaterThan(before);
    await world.poller.close();
  });

  it('asks again about an answer that could not be stored', async () => {
    let full = true;
    const world = createPollingWorld({ keep: () => (full ? Promise.reject(new Error('disk full')) : Promise.resolve()) });
    world.send('1', { queued: world.clock.now() });
    world.poller.start('fallback');
    await world.clock.run(MINUTE);
    expect(world.kept).toHaveLength(0);
    full = false;
    await world.clock.run(5 * MINUTE);
    expect(world.kept.length).toBeGreaterThan(0);
    await world.poller.close();
  });

  it('when some message failed without a name, asks about all that are queued and no others', async () => {
    const world = createPollingWorld();
    const now = world.clock.now();
    world.send('q1', { queued: now });
    world.send('q2', { queued: now });
    world.send('d', { queued: now, sent: now, delivered: now });
    world.poller.start('net');
    await world.clock.run(SECOND);
    world.poller.checkQueued();
    await world.clock.run(3 * SECOND);
    expect(world.questions.map((question) => question.id).sort()).toEqual(['q1', 'q2']);
    await world.poller.close();
  });

  it('has at most four questions under way, and none is started after it was closed', async () => {
    const world = createPollingWorld();
    for (let i = 0; i < 20; i++) world.send(`${i}`, { queued: world.clock.now() });
    let underWay = 0;
    let most = 0;
    const answers: (() => void)[] = [];
    world.limits = undefined;
    world.poller.learn({ at: world.clock.now(), perMinute: 6_000 });
    world.answer = () => {
      most = Math.max(most, ++underWay);
      return new Promise((resolve) => answers.push(() => resolve(fail('busy', 'Busy.', { retry: true }))));
    };
    world.poller.start('fallback');
    world.poller.pollNow();
    await world.clock.run(10 * SECOND);
    expect(most).toBe(4);
    const closing = world.poller.close();
    for (const answer of answers) answer();
    await closing;
    await world.poller.close();
    await world.clock.run(MINUTE);
    expect(world.questions).toHaveLength(4);
  });

  it('asks at the next start, not two minutes later, what was on its way when the process was killed', async () => {
    const world = createPollingWorld();
    world.poller.learn({ at: world.clock.now(), perMinute: 600 });
    for (const id of ['1', '2', '3']) world.send(id, { queued: world.clock.now() });
    world.answer = () => new Promise(() => undefined);
    world.poller.start('fallback');
    world.poller.pollNow();
    await world.clock.run(10 * SECOND);
    const lost = world.questions.map((question) => question.id).sort();
    expect(lost).toEqual(['1', '2', '3']);
    world.answer = undefined;
    world.limits = undefined;
    const after = world.restart();
    after.start('fallback');
    await world.clock.run(5 * SECOND);
    expect(world.kept).toHaveLength(3);
    await after.close();
  });

  it('keeps to the learned limit across a restart in the middle of a minute', async () => {
    const world = createPollingWorld();
    for (let i = 0; i < 100; i++) world.send(`${i}`, { queued: world.clock.now() });
    world.poller.learn({ at: world.clock.now(), perMinute: 30 });
    world.poller.start('fallback');
    world.poller.pollNow();
    await world.clock.run(40 * SECOND);
    await world.poller.close();
    const after = world.restart();
    after.start('fallback');
    after.pollNow();
    await world.clock.run(80 * SECOND);
    const moments = world.questions.map((question) => question.at);
    expect(Math.max(...moments.map((end) => moments.filter((at) => at > end - MINUTE && at <= end).length))).toBeLessThanOrEqual(30);
    expect(after.view()).toMatchObject({ perMinute: 30 });
    await after.close();
  });

  it('shares the time fairly between five accounts, one of which has far more to ask', async () => {
    const db = createPollingStore().db;
    const clock = createFakeClock();
    const worlds = [1, 2, 3, 4, 5].map((n) => createPollingWorld({ seed: n, clock, store: createPollingStore(db, `${n}`.repeat(16)) }));
    for (const [n, world] of worlds.entries()) {
      for (let i = 0; i < (n === 0 ? 2_000 : 200); i++) world.send(`${i}`, { queued: clock.now() });
      world.poller.start('fallback');
      world.poller.pollNow();
    }
    await clock.run(3 * MINUTE);
    const counts = worlds.map((world) => world.questions.length);
    const sum = counts.reduce((a, b) => a + b, 0);
    expect(sum ** 2 / (counts.length * counts.reduce((a, b) => a + b * b, 0))).toBeGreaterThanOrEqual(0.95);
    expect(Math.min(...counts)).toBeGreaterThan(150);
    await Promise.all(worlds.map((world) => world.poller.close()));
  });

  it('plans every open message afresh when webhooks go and come', async () => {
    const world = createPollingWorld();
    const now = world.clock.now();
    world.send('1', { queued: now, sent: now, delivered: now, read: now + 10 * MINUTE });
    world.poller.start('net');
    await world.clock.run(MINUTE);
    world.poller.setMode('fallback');
    await world.clock.run(20 * MINUTE);
    expect(world.learned.get('1')?.read).toBeDefined();
    await world.poller.close();
  });

  it('goes on when the clock is set back an hour', async () => {
    const world = createPollingWorld();
    world.send('1', { queued: world.clock.now() });
    world.poller.start('fallback');
    await world.clock.run(2 * MINUTE);
    const before = world.questions.length;
    world.clock.jump(-HOUR);
    await world.clock.run(10 * MINUTE);
    expect(world.questions.length).toBeGreaterThan(before);
    await world.poller.close();
  });
});
