/** How fresh each door is: the roll-up against the receipts themselves, over a real SQLite file. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migration } from '../../src/main/adapters/sqlite/migrations/0005-freshness.ts';
import { createMeter } from '../../src/main/core/read/meter.ts';
import { groupReceipt, statusUpdate } from '../../src/main/demo/payloads.ts';
import { createRandom } from '../../src/main/demo/random.ts';
import { freshnessHandlers } from '../../src/main/handlers/freshness.ts';
import type { DurationFigures, FreshnessView } from '../../src/shared/contract/freshness.ts';
import { type Arrival, type CoreWorld, NOON, openCoreWorld } from '../support/coreWorld.ts';
import { countedTellings, keptTellings, rawTellings } from '../support/tellings.ts';
import { tempDir } from '../support/tempDir.ts';

let world: CoreWorld;
beforeEach(async () => {
  world = openCoreWorld(await tempDir());
});
afterEach(() => world.close());

const idle = { minutes: 0, cpu: null, rssBytes: 0, peakRssBytes: 0 };

function ask(days?: number): FreshnessView {
  const registry = { some: () => [{ id: world.account }] } as unknown as Parameters<typeof freshnessHandlers>[0]['registry'];
  const handlers = freshnessHandlers({ store: world.store, clock: world.clock, registry }, { view: () => idle });
  return handlers['freshness.get'](days === undefined ? undefined : { days }) as FreshnessView;
}

/** Webhooks that come milliseconds to hours late, polled answers with and without a question before, repeats, group receipts. */
function someHistory(seed: number, count: number): Arrival[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, (): Arrival => {
    const id = random.int(1, 12);
    const at = NOON - random.int(0, 5 * 86_400_000);
    const receivedAt = Math.round(at + random.lognormal(800, 2.5));
    const status = random.pick([2, 3, 4] as const);
    if (random.chance(0.5))
      return { body: statusUpdate({ apiKey: 'k', at, waId: `W${id}`, chat: '15550002222@s.whatsapp.net', status }), receivedAt };
    if (random.chance(0.3)) {
      const who = random.pick(['15550003331@s.whatsapp.net', '15550003332@s.whatsapp.net', '999@lid']);
      const about = { apiKey: 'k', at, waId: `G${id}`, chat: '120363000000000001@g.us', person: who };
      return { body: groupReceipt({ ...about, step: random.pick(['delivered', 'read'] as const) }), receivedAt };
    }
    const key = { id: `W${id}`, fromMe: true, remoteJid: '15550002222@s.whatsapp.net' };
    return {
      body: { success: true, data: { msgId: id, key, status } },
      source: 'poll',
      shape: 'message-info',
      receivedAt,
      ...(random.chance(0.8) ? { since: receivedAt - random.int(1_000, 3_600_000) } : {}),
    };
  });
}

function expectAround(figures: DurationFigures | null, values: readonly number[]): void {
  if (values.length === 0) return expect(figures).toBeNull();
  const sorted = values.toSorted((a, b) => a - b);
  expect(figures?.count).toBe(sorted.length);
  for (const [range, share] of [
    [figures?.median, 0.5],
    [figures?.p95, 0.95],
  ] as const) {
    const exact = Math.max(0, sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN);
    expect(range?.fromMs).toBeLessThanOrEqual(exact);
    expect(range?.toMs).toBeGreaterThan(exact);
    // No wider than promised: 19 % of its lower end, or one millisecond.
    expect((range?.toMs ?? 0) - (range?.fromMs ?? 0)).toBeLessThanOrEqual(Math.max(1, 0.19 * (range?.fromMs ?? 0)));
  }
}

describe('a message to a large group', () => {
  it('whose every receipt is told again is compared once a transaction, and counts as the receipts themselves do', async () => {
    let looks = 0;
    world.close();
    world = openCoreWorld(await tempDir(), {
      around: (store) => ({
        ...store,
        messages: {
          ...store.messages,
          toldReceipts(row) {
            looks += 1;
            return store.messages.toldReceipts(row);
          },
        },
      }),
    });
    const receipts = (later: number) =>
      Array.from({ length: 60 }, (_each, i): Arrival => {
        const about = { apiKey: 'k', waId: 'GROUP', chat: '120363000000000001@g.us', person: `1555000${1_000 + i}@s.whatsapp.net` };
        return { body: groupReceipt({ ...about, at: NOON + later + i, step: 'delivered' }), receivedAt: NOON + later + 500 };
      });
    world.hear(receipts(0));
    expect(looks).toBe(0);
    world.hear(receipts(60_000));
    const batches = Math.ceil(looks / 2);
    expect(looks).toBeGreaterThan(0);
    expect(batches).toBeLessThanOrEqual(5);
    expect(keptTellings(world.store)).toEqual(countedTellings(world.store));
  });
});

describe('what freshness.get answers', () => {
  it('is what the receipts themselves give, for random histories told in pieces, with everything understood anew at the end', () => {
    for (let seed = 1; seed <= 8; seed++) {
      const told = someHistory(seed, 80);
      const ids = [...world.hear(told.slice(0, 50)), ...world.hear(told.slice(50)), ...world.hear(told.slice(0, 20))];
      const before = ask(30);
      world.drain.replay(ids, true);
      expect(ask(30)).toEqual(before);
      world.drain.replay(ids, false);
      const [account] = ask(30).accounts;
      const raw = rawTellings(world.store);
      for (const door of ['webhook', 'poll'] as const) {
        const ours = account?.doors.find((one) => one.door === door);
        const theirs = raw.filter((one) => one.door === door);
        expect(ours?.told ?? 0).toBe(theirs.length);
        expectAround(
          ours?.stated ?? null,
          theirs.flatMap((one) => (one.kind === 'stated' ? [one.late] : [])),
        );
        expectAround(
          ours?.atMost ?? null,
          theirs.flatMap((one) => (one.kind === 'bound' ? [one.late] : [])),
        );
      }
      expect(account?.heard).toBe(raw.filter((one) => one.door !== 'send').length);
      expect(account?.onlyAsked).toBe(raw.filter((one) => one.door !== 'send' && one.door !== 'webhook' && !one.byWebhook).length);
    }
  });

  it('covers the days asked for and no others', () => {
    const old = NOON - 3 * 86_400_000;
    for (const at of [old, NOON])
      world.hear([{ body: statusUpdate({ apiKey: 'k', at, waId: `W${at}`, chat: '15550002222@s.whatsapp.net', status: 3 }), receivedAt: at }]);
    expect(ask(1).accounts[0]?.heard).toBe(1);
    expect(ask(7).accounts[0]?.heard).toBe(2);
  });

  it('goes with its account', () => {
    world.hear(someHistory(3, 30));
    world.store.transaction(() => world.store.freshness.spend(world.account, 'question', NOON, 5));
    world.store.accounts.remove(world.account);
    expect(world.store.db.prepare('SELECT (SELECT count(*) FROM freshness) + (SELECT count(*) FROM requests_spent)').pluck().get()).toBe(0);
  });
});

describe('a database from before the roll-up', () => {
  it('is given the same one that would have been kept', () => {
    world.hear(someHistory(11, 200));
    const kept = keptTellings(world.store);
    world.store.db.exec('DROP TABLE freshness; DROP TABLE requests_spent');
    migration.up(world.store.db);
    expect(keptTellings(world.store)).toEqual(kept);
    expect(kept).toEqual(countedTellings(world.store));
    expect(kept.some((line) => line.confirmed > 0)).toBe(true);
  });
});

describe('requests', () => {
  it('that were made stay counted when the transaction that would have written them is taken back', () => {
    world.store.freshness.spend(world.account, 'question', NOON, 3);
    expect(() =>
      world.store.transaction(() => {
        throw new Error('no');
      }),
    ).toThrow('no');
    world.store.rehearse(() => undefined);
    world.store.freshness.spend(world.account, 'question', NOON, 2);
    expect(ask().accounts[0]?.requests.questions).toBe(5);
    world.store.transaction(() => world.store.transaction(() => undefined));
    expect(ask().accounts[0]?.requests.questions).toBe(5);
  });

  it('of a loop that asks every 30 s are two a minute for each message that is followed, and what we did not ask of them is spared', () => {
    let open = 10;
    const meter = createMeter({
      clock: world.clock,
      load: { sample: () => ({ cpuMs: world.clock.monotonic() / 50, rssBytes: 100_000_000 }) },
      freshness: world.store.freshness,
      open: () => [{ account: world.account, messages: open }],
    });
    meter.start();
    world.clock.advance(5 * 60_000);
    open = 0;
    world.clock.advance(60 * 60_000);
    world.store.freshness.spend(world.account, 'question', NOON, 7);
    world.store.freshness.spend(world.account, 'log', NOON, 3);
    expect(ask().accounts[0]?.requests).toMatchObject({ loop: 100, questions: 7, logPages: 3, spared: 90 });
    expect(meter.view()).toEqual({ minutes: 60, cpu: expect.closeTo(0.02, 5), rssBytes: 100_000_000, peakRssBytes: 100_000_000 });
  });
});
