/** Understanding again: what a mended mapping heals, what it must not lose, and what a preview foretells. */
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { wasenderapi } from '../../src/main/adapters/provider/wasenderapi/index.ts';
import type { InboxId } from '../../src/main/core/domain/ids.ts';
import type { EntryToRead, Normalised } from '../../src/main/core/ports/provider.ts';
import { DOCUMENTED_STYLE, groupReceipt, type PayloadStyle, sent, statusUpdate } from '../../src/main/demo/payloads.ts';
import { replayHandlers } from '../../src/main/handlers/replays.ts';
import type { ReplayProgress } from '../../src/shared/contract/views.ts';
import { type Arrival, type CoreWorld, knowledge, NOON, openCoreWorld, recomputed, tallies } from '../support/coreWorld.ts';
import { tempDir } from '../support/tempDir.ts';

const KEY = 'wsk_test';
const CHAT = '15550002222@s.whatsapp.net';
const GROUP = '120363000000000001@g.us';
const PEOPLE = ['15550003331@s.whatsapp.net', '15550003332@s.whatsapp.net', '15550003333@s.whatsapp.net'] as const;
const S = DOCUMENTED_STYLE;

const update = (waId: string, status: 0 | 1 | 2 | 3 | 4 | 5, at = NOON + status * 1_000, style: PayloadStyle = S): Arrival => ({
  body: statusUpdate({ apiKey: KEY, at, waId, chat: CHAT, status, style }),
  receivedAt: at + 300,
});
const batch = (...pieces: readonly (readonly [waId: string, status: number])[]): Arrival => ({
  body: {
    event: 'messages.update',
    timestamp: NOON + 3_000,
    data: pieces.map(([id, status]) => ({ update: { status }, key: { remoteJid: CHAT, id, fromMe: true } })),
  },
  receivedAt: NOON + 3_300,
});

/** The real provider with a table of statuses that can be wrong, and be mended. */
function mendable(wrong: (read: Normalised) => Normalised) {
  const real = wasenderapi();
  const table = { wrong: true };
  const provider = { ...real, normalise: (entry: EntryToRead) => (table.wrong ? wrong(real.normalise(entry)) : real.normalise(entry)) };
  return { provider, table };
}
const DELIVERED_IS_READ = (read: Normalised): Normalised => ({
  ...read,
  facts: read.facts.map((fact) => (fact.kind === 'receipt' && fact.said === 'delivered' ? { ...fact, said: 'read' as const } : fact)),
});
const LACKS_DELIVERED = (read: Normalised): Normalised => {
  const facts = read.facts.filter((fact) => fact.kind !== 'receipt' || fact.said !== 'delivered');
  const missing = read.facts.length - facts.length;
  return missing === 0 ? read : { facts, oddities: [...read.oddities, { kind: 'broken', reason: `${missing} statuses that we do not know` }] };
};

async function worldWith(wrong: (read: Normalised) => Normalised): Promise<{ world: CoreWorld; table: { wrong: boolean } }> {
  const { provider, table } = mendable(wrong);
  const world = openCoreWorld(await tempDir(), { provider });
  onTestFinished(() => world.close());
  return { world, table };
}

it('an entry that is replayed takes along the one that was its repeat in other words: what that says is not lost with it', async () => {
  // The first is read wrongly, as if it said what the second says.
  const { world, table } = await worldWith((read) => ({
    ...read,
    facts: read.facts.map((fact) => (fact.kind === 'receipt' && fact.said === 'sent' ? { ...fact, said: 'delivered' as const } : fact)),
  }));
  const [first, second] = world.hear([update('W1', 2, NOON), update('W1', 3, NOON)]);
  expect(world.state(second as InboxId)).toMatchObject({ state: 'duplicate', duplicateOf: first });
  table.wrong = false;
  expect(world.drain.replay([first as InboxId], false)).toMatchObject({ entries: 1, applied: 1 });
  expect(world.message('W1')).toMatchObject({ status: 'delivered', steps: { sent: { at: NOON }, delivered: { at: NOON } } });
  expect(world.state(first as InboxId)).toMatchObject({ state: 'applied', repeats: 0 });
  expect(world.state(second as InboxId)).toMatchObject({ state: 'applied', duplicateOf: null });
});

it('and the one that had said the same among other things', async () => {
  const { world, table } = await worldWith((read) => ({
    ...read,
    facts: read.facts.map((fact) => (fact.kind === 'receipt' && fact.ref.waId === 'W9' ? { ...fact, ref: { waId: 'W1' } } : fact)),
  }));
  // The first speaks of W9 and is taken to speak of W1; the second speaks of W1 and W2.
  const [first, second] = world.hear([batch(['W9', 3]), batch(['W1', 3], ['W2', 3])]);
  expect(world.state(second as InboxId)).toMatchObject({ state: 'applied' });
  table.wrong = false;
  world.drain.replay([first as InboxId], false);
  expect(['W1', 'W2', 'W9'].map((waId) => world.message(waId)?.status)).toEqual(['delivered', 'delivered', 'delivered']);
  // and when it is wrong again, and mended again
  table.wrong = true;
  world.drain.replay([first as InboxId, second as InboxId], false);
  table.wrong = false;
  world.drain.replay([first as InboxId], false);
  expect(['W1', 'W2', 'W9'].map((waId) => world.message(waId)?.status)).toEqual(['delivered', 'delivered', 'delivered']);
  expect(recomputed(world.store, world.account)).toEqual(knowledge(world.store, world.account));
});

it('a repeat to the letter that is replayed says what its first says, and has its bytes again when it no longer is one', async () => {
  const { world, table } = await worldWith(DELIVERED_IS_READ);
  const [first, letter, words] = world.hear([update('W1', 3), update('W1', 3), update('W1', 3, undefined, { ...S, list: true })]);
  table.wrong = false;
  expect(world.drain.replay([letter as InboxId], false)).toMatchObject({ entries: 1, unchanged: 1, messagesChanged: 1 });
  expect(world.message('W1')?.status).toBe('delivered');
  for (const id of [letter, words]) expect(world.state(id as InboxId)).toMatchObject({ state: 'duplicate', duplicateOf: first });
  expect(world.state(first as InboxId)).toMatchObject({ state: 'applied', repeats: 2 });
});

const style: fc.Arbitrary<PayloadStyle> = fc.record({
  list: fc.boolean(),
  status: fc.constantFrom('number', 'word', 'capitals'),
  time: fc.constantFrom('ms', 's', 'none'),
  shape: fc.constantFrom('docs', 'other'),
  fromMe: fc.constantFrom(true, true, true, false),
  session: fc.boolean(),
});
const at = fc.integer({ min: 0, max: 30 }).map((n) => NOON + n * 61_000);
const history: fc.Arbitrary<Arrival[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .tuple(fc.constantFrom('W1', 'W2', 'W3'), fc.constantFrom(1, 2, 3, 3, 4, 5), at, style)
        .map(([id, status, when, how]) => update(id, status as 1, when, how)),
    },
    {
      weight: 4,
      arbitrary: fc
        .tuple(fc.constantFrom('G1', 'G2'), fc.constantFrom(...PEOPLE), fc.constantFrom('delivered', 'delivered', 'read'), at, style)
        .map(([waId, person, step, when, how]) => ({
          body: groupReceipt({ apiKey: KEY, at: when, waId, chat: GROUP, person, step: step as 'read', style: how }),
          receivedAt: when + 300,
        })),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom('W1', 'W2'), at)
        .map(([waId, when]) => ({ body: sent({ apiKey: KEY, at: when, waId, to: '+15550002222', text: 'x' }), receivedAt: when + 300 })),
    },
    {
      weight: 3,
      arbitrary: fc
        .tuple(fc.constantFrom([1, 'W1'], [2, 'W2']), fc.constantFrom(2, 3, 4), at, fc.boolean())
        .map(([[msgId, id], status, when, since]) => ({
          body: { success: true, data: { msgId, key: { id, fromMe: true, remoteJid: CHAT }, status } },
          source: 'poll' as const,
          shape: 'message-info' as const,
          receivedAt: when,
          ...(since ? { since: when - 50_000 } : {}),
        })),
    },
  ),
  { minLength: 1, maxLength: 20 },
);

for (const [name, wrong] of [
  ['lacked a status', LACKS_DELIVERED],
  ['took one status for another', DELIVERED_IS_READ],
] as const) {
  it(`a history that was heard while the table ${name} is, once it is mended and everything replayed, the same to the last bit as if it had been right`, {
    timeout: 120_000,
  }, async () => {
    const { world, table } = await worldWith(wrong);
    let number = 0;
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 40 }), (told, cut, portion) => {
        const broken = world.addAccount(++number);
        const right = world.addAccount(++number);
        world.store.transaction(() => {
          for (let i = 0; i < told.length; i += cut) {
            table.wrong = true;
            world.hear(told.slice(i, i + cut), broken);
            table.wrong = false;
            world.hear(told.slice(i, i + cut), right);
          }
          const ids = world.store.inbox.ids({ account: broken }, 0, 1_000);
          const dry = ids.length <= portion ? world.drain.replay(ids, true) : undefined;
          let count = 0;
          for (let i = 0; i < ids.length; i += portion) count += world.drain.replay(ids.slice(i, i + portion), false).messagesChanged;
          if (dry !== undefined) expect(dry.messagesChanged).toBe(count);
        });
        expect(knowledge(world.store, broken)).toEqual(knowledge(world.store, right));
        expect(recomputed(world.store, broken)).toEqual(knowledge(world.store, broken));
        const { kept, counted } = tallies(world.store);
        expect(kept).toEqual(counted);
      }),
      { numRuns: Number(process.env.TICKLINE_RUNS ?? 40) },
    );
  });
}

const DEFAULTS = { theme: 'system', storeText: false, density: 'comfortable', sharedScreen: false } as const;

function replays(world: CoreWorld, told: ReplayProgress[] = []) {
  return replayHandlers({
    store: world.store,
    clock: { ...world.clock, monotonic: () => told.length + performance.now() * 1_000 },
    drain: world.drain,
    settings: { get: () => DEFAULTS, put: () => DEFAULTS },
    breathe: () => new Promise((resolve) => setImmediate(resolve)),
    publisher: { replay: (progress) => told.push(progress) },
  });
}
const all = { filter: {}, dryRun: true, anyway: false } as const;

it('a preview tells each message that would change, before and after, and exactly that is what then happens', async () => {
  const { world, table } = await worldWith(LACKS_DELIVERED);
  world.hear([...Array.from({ length: 120 }, (_each, i) => [update(`W${i}`, 2), update(`W${i}`, 3)]).flat(), update('W0', 4)]);
  table.wrong = false;
  const handlers = replays(world);
  const before = knowledge(world.store, world.account);
  const preview = await handlers['inbox.replay'](all);
  expect(knowledge(world.store, world.account)).toEqual(before);
  expect(preview).toMatchObject({
    entries: 241,
    applied: 241,
    messagesChanged: 120,
    portions: 1,
    moves: [
      { from: 'sent', to: 'delivered', count: 119 },
      { from: 'read', to: 'read', count: 1 },
    ],
  });
  expect(preview.changes).toHaveLength(50);
  expect(preview.changes.find((change) => change.messageId === 'W1')).toMatchObject({
    recipient: '+15550002222',
    before: { status: 'sent', steps: { sent: { at: NOON + 2_000 } } },
    after: { status: 'delivered', steps: { delivered: { at: NOON + 3_000 } } },
  });
  const done = await handlers['inbox.replay']({ ...all, dryRun: false });
  expect(done).toEqual({ ...preview, dryRun: false });
  expect(await handlers['inbox.replay'](all)).toMatchObject({ messagesChanged: 0, changes: [], moves: [] });
});

it('a selection is everything that the filter matched then, without those taken out of it', async () => {
  const { world, table } = await worldWith(LACKS_DELIVERED);
  const ids = world.hear([update('W1', 3), update('W2', 3), update('W3', 3)]);
  const handlers = replays(world);
  const { count, upTo } = await handlers['inbox.count']({ state: 'quarantined' });
  expect(count).toBe(3);
  world.hear([update('W4', 3)]);
  table.wrong = false;
  const done = await handlers['inbox.replay']({ filter: { state: 'quarantined', upTo }, except: [ids[1] as number], dryRun: false, anyway: false });
  expect(done).toMatchObject({ entries: 2, applied: 2, messagesChanged: 2, moves: [{ from: 'new', to: 'delivered', count: 2 }] });
  expect(['W1', 'W2', 'W3', 'W4'].map((waId) => world.message(waId)?.status)).toEqual(['delivered', undefined, 'delivered', undefined]);
});

it('a long replay tells how far it is, can be stopped, and says what was done by then; another must wait meanwhile', async () => {
  const { world, table } = await worldWith(LACKS_DELIVERED);
  world.hear(Array.from({ length: 2_000 }, (_each, i) => update(`W${i}`, 3)));
  table.wrong = false;
  const told: ReplayProgress[] = [];
  const handlers = replays(world, told);
  const running = Promise.resolve(handlers['inbox.replay']({ ...all, dryRun: false, job: 'mine' }));
  await expect(Promise.resolve().then(() => handlers['inbox.replay']({ ...all, dryRun: false }))).rejects.toThrow(/Another replay/);
  while (told.length < 2) await new Promise((resolve) => setImmediate(resolve));
  expect(await handlers['inbox.cancelReplay']({ job: 'mine' })).toEqual({ found: true });
  const done = await running;
  expect(done).toMatchObject({ cancelled: true, quarantined: 0 });
  expect(done.applied).toBe(done.entries);
  expect(done.entries).toBeGreaterThanOrEqual(400);
  expect(done.entries).toBeLessThan(2_000);
  expect(told[1]).toEqual({ job: 'mine', done: 400, total: 2_000, dryRun: false });
  expect(world.store.inbox.counts()).toMatchObject({ quarantined: 2_000 - done.entries });
  // the rest goes on where it stopped
  expect(await handlers['inbox.replay']({ ...all, filter: { state: 'quarantined' }, dryRun: false })).toMatchObject({
    entries: 2_000 - done.entries,
    cancelled: false,
  });
  expect(await handlers['inbox.cancelReplay']({ job: 'mine' })).toEqual({ found: false });
});
