import { describe, expect, it } from 'vitest';
import { fail, type Result } from '../../../../src/main/core/domain/failure.ts';
import { createReconcile, type GapToClose, type ReconcileDeps } from '../../../../src/main/core/ingest/reconcile.ts';
import type { LogPage } from '../../../../src/main/core/ports/provider.ts';
import { createPollingWorld, type PollingWorld } from '../../../support/pollingWorld.ts';

const SECOND = 1_000;
const MINUTE = 60_000;
const DAY = 86_400_000;

function bench(world: PollingWorld, change: Partial<ReconcileDeps> = {}) {
  const gaps: { id: number; from: number; to: number | undefined; recovered?: number }[] = [];
  const pages: (readonly string[])[] = [];
  const pagesRead: number[] = [];
  const open = () =>
    createReconcile({
      account: world.store.account,
      polls: world.store.polls,
      runs: world.store.runs,
      poller: world.poller,
      client: () => ({ messageLog: (_session, page) => Promise.resolve(readPage(page)) }),
      session: () => (pages.length > 0 ? '41' : undefined),
      gaps: (): readonly GapToClose[] => gaps.filter((gap) => gap.recovered === undefined),
      gapRecovered: (id, recovered) => {
        const gap = gaps.find((each) => each.id === id);
        if (gap) gap.recovered = recovered;
      },
      keep: (answer) => {
        world.kept.push(answer);
        return Promise.resolve();
      },
      understood: () => Promise.resolve(),
      clock: world.clock,
      log: { info() {}, warn() {}, error() {} },
      random: () => 0.5,
      ...change,
    });
  function readPage(page: number): Result<LogPage> {
    pagesRead.push(page);
    const ids = pages[page - 1] ?? [];
    return {
      ok: true,
      value: { status: 200, shape: 'message-log', body: Buffer.from(`page ${page}`), at: world.clock.now(), page, more: page < pages.length, ids },
    };
  }
  return { gaps, pages, pagesRead, open };
}

/** Messages of which every second one was delivered while nobody listened. */
function sendMany(world: PollingWorld, count: number): void {
  const now = world.clock.now();
  for (let i = 0; i < count; i++) world.send(`${i}`, { queued: now, sent: now, ...(i % 2 === 0 ? { delivered: now + MINUTE } : {}) });
}

describe('reconcile', () => {
  it('after a gap asks about everything still open within 1.15 times the least possible, and closes the gap with what came back', async () => {
    const world = createPollingWorld();
    const { gaps, open } = bench(world);
    world.poller.learn({ at: world.clock.now(), perMinute: 120 });
    world.poller.start('net');
    const reconcile = open();
    reconcile.start();
    await world.clock.run(5 * SECOND);
    sendMany(world, 600);
    const from = world.clock.now();
    await world.clock.run(2 * MINUTE);
    gaps.push({ id: 7, from, to: world.clock.now() });
    reconcile.run('gap');
    await world.clock.run(2 * SECOND);
    expect(reconcile.view()).toMatchObject({ state: 'running', toAsk: 600 });
    expect(reconcile.view().words).toMatch(/^5\d\d messages to ask about, about 5 min at 120 requests a minute$/);
    const began = world.clock.now();
    while (reconcile.view().state === 'running' && world.clock.now() - began < 20 * MINUTE) await world.clock.run(SECOND);
    expect(world.clock.now() - began).toBeLessThanOrEqual((1.15 * 600 * MINUTE) / 120);
    expect(gaps[0]?.recovered).toBe(300);
    expect(reconcile.view()).toMatchObject({ state: 'done', asked: 600, recovered: 300, words: 'Asked about 600 messages: 300 had changed' });
    await reconcile.close();
    await world.poller.close();
  });

  it('goes on where it was after the process was killed, and asks nobody twice', async () => {
    const world = createPollingWorld();
    let alive = true;
    const dying = { ...world.clock, after: (ms: number, task: () => void) => world.clock.after(ms, () => alive && task()) };
    const { gaps, open } = bench(world, { clock: dying });
    world.poller.learn({ at: world.clock.now(), perMinute: 120 });
    sendMany(world, 100);
    gaps.push({ id: 1, from: world.clock.now() - 1, to: world.clock.now() + MINUTE });
    await world.clock.run(2 * MINUTE);
    world.poller.start('net');
    open().start();
    await world.clock.run(20 * SECOND);
    const halfway = world.questions.length;
    expect(halfway).toBeGreaterThan(10);
    expect(halfway).toBeLessThan(90);
    // Killed: the reconciliation is never closed, its timers just never run again. Another process opens the same store.
    alive = false;
    await world.poller.close();
    const poller = world.restart();
    poller.start('net');
    const again = bench(world, { poller });
    again.gaps.push(...gaps);
    const reconcile = again.open();
    reconcile.start();
    await world.clock.run(3 * MINUTE);
    expect(reconcile.view()).toMatchObject({ state: 'done', toAsk: 100, asked: 100, recovered: 50 });
    expect(again.gaps[0]?.recovered).toBe(50);
    expect(world.questions).toHaveLength(100);
    await reconcile.close();
    await poller.close();
  });

  it('does not ask about what ended, nor again about what was answered since the gap ended', async () => {
    const world = createPollingWorld();
    const { gaps, open } = bench(world);
    const now = world.clock.now();
    world.send('read', { queued: now, sent: now, delivered: now, read: now });
    world.send('open', { queued: now, sent: now });
    world.poller.start('net');
    await world.clock.run(SECOND);
    world.webhook('read');
    gaps.push({ id: 1, from: now, to: world.clock.now() });
    const reconcile = open();
    reconcile.run('gap');
    await world.clock.run(10 * SECOND);
    expect(world.questions.map((question) => question.id)).toEqual(['open']);
    gaps.push({ id: 2, from: now, to: now + SECOND });
    reconcile.run('gap');
    await world.clock.run(10 * SECOND);
    expect(world.questions).toHaveLength(1);
    expect(gaps.map((gap) => gap.recovered)).toEqual([0, 0]);
    await reconcile.close();
    await world.poller.close();
  });

  it('reads the message log until a page brings nothing new, keeps each page, and then asks', async () => {
    const world = createPollingWorld();
    const { pages, pagesRead, open } = bench(world);
    const now = world.clock.now();
    for (const id of ['1', '2', '3']) world.send(id, { queued: now, sent: now });
    pages.push(['9', '8', '3'], ['3', '2', '1'], ['0'], ['-1']);
    world.poller.start('net');
    const reconcile = open();
    reconcile.start();
    await world.clock.run(MINUTE);
    expect(pagesRead).toEqual([1, 2]);
    expect(world.kept.slice(0, 2).map((answer) => [answer.source, answer.shape])).toEqual([
      ['import', 'message-log'],
      ['import', 'message-log'],
    ]);
    expect(world.questions).toHaveLength(3);
    await reconcile.close();
    await world.poller.close();
  });

  it('takes only a taste of a log that reaches back before us', async () => {
    const world = createPollingWorld();
    const { pages, pagesRead, open } = bench(world);
    for (let i = 0; i < 40; i++) pages.push([`${i}`]);
    world.poller.start('net');
    const reconcile = open();
    reconcile.start();
    await world.clock.run(2 * MINUTE);
    expect(pagesRead).toHaveLength(10);
    expect(reconcile.view()).toMatchObject({ state: 'done', words: 'Nothing was open, so nothing had to be asked' });
    await reconcile.close();
    await world.poller.close();
  });

  it('asks all the same when the log cannot be read', async () => {
    const world = createPollingWorld();
    const { pages, open } = bench(world, {
      client: () => ({ messageLog: () => Promise.resolve(fail('provider_unreachable', 'No answer.', { retry: true })) }),
    });
    pages.push(['1']);
    const now = world.clock.now();
    world.send('1', { queued: now, sent: now });
    world.poller.start('net');
    const reconcile = open();
    reconcile.start();
    await world.clock.run(5 * MINUTE);
    expect(reconcile.view()).toMatchObject({ state: 'done', asked: 1 });
    await reconcile.close();
    await world.poller.close();
  });

  it('gives a gap that ended during a run a run of its own', async () => {
    const world = createPollingWorld();
    const { gaps, open } = bench(world);
    sendMany(world, 20);
    world.poller.start('net');
    const reconcile = open();
    reconcile.start();
    await world.clock.run(5 * SECOND);
    gaps.push({ id: 3, from: world.clock.now() - SECOND, to: world.clock.now() });
    expect(reconcile.run('gap').state).toBe('running');
    await world.clock.run(2 * MINUTE);
    expect(gaps[0]?.recovered).toBeDefined();
    expect(world.store.runs.last(world.store.account)?.gaps).toEqual([3]);
    await reconcile.close();
    await world.poller.close();
  });

  it('goes over a gap whose end lies in the future, because the clock was set back, once', async () => {
    const world = createPollingWorld();
    const { gaps, open } = bench(world);
    const now = world.clock.now();
    world.send('open', { queued: now, sent: now, delivered: now + MINUTE });
    world.poller.start('net');
    gaps.push({ id: 1, from: now + DAY, to: now + DAY });
    const reconcile = open();
    reconcile.run('gap');
    await world.clock.run(2 * MINUTE);
    expect(reconcile.view().state).toBe('done');
    expect(gaps[0]?.recovered).toBeDefined();
    expect(world.store.runs.page(undefined, undefined, 10)).toHaveLength(1);
    await reconcile.close();
    await world.poller.close();
  });

  it('runs once more when the door came back during a run, however the clock is set meanwhile', async () => {
    for (const jumps of [
      [-DAY, 0],
      [0, -DAY],
    ] as const) {
      const world = createPollingWorld();
      const { open } = bench(world);
      sendMany(world, 5);
      world.poller.start('net');
      const reconcile = open();
      reconcile.start();
      await world.clock.run(2 * SECOND);
      world.clock.jump(jumps[0]);
      reconcile.doorIsBack();
      world.clock.jump(jumps[1]);
      await world.clock.run(5 * MINUTE);
      expect(reconcile.view().state).toBe('done');
      expect(world.store.runs.page(undefined, undefined, 10).map((run) => run.why)).toEqual(['gap', 'start']);
      await reconcile.close();
      await world.poller.close();
    }
  });

  it('lets a second pass before it begins again, whatever calls for it', async () => {
    const world = createPollingWorld();
    let ended = 0;
    const { open } = bench(world, { gaps: () => (ended < 1_000 ? [{ id: ended++, from: world.clock.now(), to: world.clock.now() }] : []) });
    const reconcile = open();
    reconcile.run('gap');
    await world.clock.run(10 * SECOND);
    expect(world.store.runs.page(undefined, undefined, 100).length).toBeLessThanOrEqual(12);
    await reconcile.close();
  });

  it('runs once a day, also when the clock jumps', async () => {
    const world = createPollingWorld();
    const { open } = bench(world);
    world.poller.start('net');
    const reconcile = open();
    reconcile.start();
    await world.clock.run(MINUTE);
    const first = world.store.runs.last(world.store.account)?.id ?? 0;
    world.clock.jump(DAY + MINUTE);
    await world.clock.run(60 * MINUTE);
    expect(world.store.runs.last(world.store.account)).toMatchObject({ id: first + 1, why: 'daily' });
    await reconcile.close();
    await reconcile.close();
    await world.poller.close();
  });

  it('says how it will go on while there is no key', async () => {
    const world = createPollingWorld();
    const { open } = bench(world);
    sendMany(world, 3);
    const reconcile = open();
    reconcile.start();
    await world.clock.run(5 * SECOND);
    expect(reconcile.view().words).toBe('3 messages to ask about, as soon as polling is possible');
    await reconcile.close();
    await world.poller.close();
  });
});
