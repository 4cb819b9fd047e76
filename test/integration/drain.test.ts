/** From entries to messages, over a real SQLite file and the real provider. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { wasenderapi } from '../../src/main/adapters/provider/wasenderapi/index.ts';
import type { InboxId } from '../../src/main/core/domain/ids.ts';
import {
  appeared,
  DOCUMENTED_STYLE,
  deleted,
  groupReceipt,
  type PayloadStyle,
  sendFailed,
  sent,
  sessionStatus,
  statusUpdate,
} from '../../src/main/demo/payloads.ts';
import { type Arrival, type CoreWorld, knowledge, NOON, openCoreWorld, recomputed, tallies } from '../support/coreWorld.ts';
import { tempDir } from '../support/tempDir.ts';

const KEY = 'wsk_test';
const CHAT = '15550002222@s.whatsapp.net';
const GROUP = '120363000000000001@g.us';
const ANN = '15550003331@s.whatsapp.net';
const BEN = '15550003332@s.whatsapp.net';
const CID = '15550003333@s.whatsapp.net';
const S = DOCUMENTED_STYLE;

let world: CoreWorld;
beforeEach(async () => {
  world = openCoreWorld(await tempDir());
});
afterEach(() => world.close());

const update = (waId: string, status: 0 | 1 | 2 | 3 | 4 | 5, at = NOON + status * 1_000, style: PayloadStyle = S, chat = CHAT): Arrival => ({
  body: statusUpdate({ apiKey: KEY, at, waId, chat, status, style }),
  receivedAt: at + 300,
});
const person = (waId: string, who: string, step: 'delivered' | 'read' | 'played', at: number, style: PayloadStyle = S): Arrival => ({
  body: groupReceipt({ apiKey: KEY, at, waId, chat: GROUP, person: who, step, style }),
  receivedAt: at + 300,
});
const info = (
  msgId: number,
  waId: string | undefined,
  status: number | undefined,
  receivedAt: number,
  more: { since?: number; sentAt?: number; chat?: string } = {},
): Arrival => ({
  body: {
    success: true,
    data: {
      msgId,
      ...(waId === undefined ? {} : { key: { id: waId, fromMe: true, remoteJid: more.chat ?? CHAT } }),
      ...(status === undefined ? {} : { status }),
      ...(more.sentAt === undefined ? {} : { messageTimestamp: Math.floor(more.sentAt / 1_000) }),
    },
  },
  source: 'poll',
  shape: 'message-info',
  receivedAt,
  ...(more.since === undefined ? {} : { since: more.since }),
});
const sendAnswer = (msgId: number, receivedAt: number): Arrival => ({
  body: { success: true, data: { msgId, jid: '+15550002222', status: 'in_progress' } },
  source: 'send',
  shape: 'send-answer',
  receivedAt,
});
const stranger: PayloadStyle = { ...S, fromMe: false };

describe('entries that say the same', () => {
  it('count once: a repeat is shown as a duplicate of the first, keeps no bytes of its own and is counted there', () => {
    const [first, again, third] = world.hear([update('W1', 3), update('W1', 3), update('W1', 3)]);
    expect(world.state(first as InboxId)).toMatchObject({ state: 'applied', repeats: 2 });
    for (const id of [again, third]) {
      expect(world.state(id as InboxId)).toMatchObject({ state: 'duplicate', duplicateOf: first, reason: 'everything in it was known already' });
      expect(world.store.inbox.get(id as number)?.body).toHaveLength(0);
    }
    expect(world.store.messages.receipts(world.message('W1')?.row ?? 0)).toHaveLength(1);
    expect(world.store.inbox.counts()).toMatchObject({ applied: 1, duplicate: 2, kept: 0 });
  });

  it('are repeats in other words too, and those keep their own bytes', () => {
    const [first] = world.hear([update('W1', 3)]);
    const [again] = world.hear([update('W1', 3, undefined, { ...S, status: 'capitals', list: true })]);
    expect(world.state(again as InboxId)).toMatchObject({ state: 'duplicate', duplicateOf: first });
    expect(world.store.inbox.get(again as number)?.body.toString()).toContain('DELIVERY_ACK');
    expect(world.state(first as InboxId)).toMatchObject({ repeats: 1 });
  });

  it('are no repeats when one of them says more', () => {
    const both = {
      ...update('W1', 3),
      body: { ...statusUpdate({ apiKey: KEY, at: NOON + 3_000, waId: 'W1', chat: CHAT, status: 3 }), data: [pieceOf('W1', 3), pieceOf('W2', 3)] },
    };
    const [, second] = world.hear([update('W1', 3), both]);
    expect(world.state(second as InboxId)).toMatchObject({ state: 'applied', duplicateOf: null });
    expect(world.message('W2')?.status).toBe('delivered');
  });

  it('never make an entry the duplicate of itself, nor cost it its bytes, also when it is understood twice', () => {
    world.hear([update('A', 2)]);
    // It speaks of A, which is known, and of B, which is not and is not claimed as ours: it waits for B.
    const body = {
      ...statusUpdate({ apiKey: KEY, at: NOON + 3_000, waId: 'A', chat: CHAT, status: 3, style: stranger }),
      data: [pieceOf('A', 3, false), pieceOf('B', 3, false)],
    };
    const [waiting] = world.hear([{ body, receivedAt: NOON + 3_300 }]);
    // Then the same is said of B by an entry of its own: nothing is left for the first to add.
    world.hear([update('B', 3)]);
    expect(world.state(waiting as InboxId)).toMatchObject({ state: 'applied', duplicateOf: null });
    expect(world.store.inbox.get(waiting as number)?.body.length).toBeGreaterThan(0);
    expect(knowledge(world.store, world.account)).toMatchObject([{ status: 'delivered' }, { status: 'delivered' }]);
  });

  it('of a poll leave no trace when they are nothing new', () => {
    const [first] = world.hear([info(7, 'W1', 3, NOON + 9_000, { since: NOON, sentAt: NOON - 60_000 })]);
    const [again] = world.hear([info(7, 'W1', 3, NOON + 19_000, { since: NOON + 9_000, sentAt: NOON - 60_000 })]);
    expect(world.state(first as InboxId)?.state).toBe('applied');
    expect(world.store.inbox.get(again as number)).toBeUndefined();
    expect(world.message('W1')).toMatchObject({ status: 'delivered', steps: { delivered: { at: NOON + 9_000, how: 'between', after: NOON } } });
  });
});

function pieceOf(waId: string, status: number, fromMe = true) {
  return { update: { status }, key: { remoteJid: CHAT, id: waId, fromMe } };
}

describe('one life told in every order', () => {
  const life: readonly ((waId: string) => Arrival)[] = [
    (waId) => ({ body: sent({ apiKey: KEY, at: NOON, waId, to: '+15550002222', text: 'Hi' }), receivedAt: NOON + 300 }),
    (waId) => update(waId, 2, NOON + 1_000),
    (waId) => update(waId, 3, NOON + 2_000, { ...S, time: 's', list: true }),
    (waId) => update(waId, 4, NOON + 3_000, { ...S, time: 'none' }),
    (waId) => ({ body: deleted({ apiKey: KEY, at: NOON + 4_000, keys: [{ waId, chat: CHAT }] }), receivedAt: NOON + 4_300 }),
  ];
  const groupLife: readonly ((waId: string) => Arrival)[] = [
    (waId) => ({ body: sent({ apiKey: KEY, at: NOON, waId, to: GROUP, text: 'Hi' }), receivedAt: NOON + 300 }),
    (waId) => person(waId, ANN, 'delivered', NOON + 2_000),
    (waId) => person(waId, BEN, 'read', NOON + 2_000, { ...S, shape: 'other' }),
    (waId) => person(waId, CID, 'delivered', NOON + 3_000, { ...S, list: true }),
    (waId) => person(waId, ANN, 'read', NOON + 4_000),
  ];

  for (const [name, steps] of [
    ['one person', life],
    ['a group of three', groupLife],
  ] as const) {
    for (const batches of ['in one batch', 'one at a time'] as const) {
      it(`ends in one final state for ${name}, for all 120 orders and with every step repeated, ${batches}`, () => {
        const told: Arrival[] = permutations(steps).flatMap((order, i) => {
          const repeated = i % 3 === 0 ? order : i % 3 === 1 ? order.flatMap((each) => [each, each]) : [...order, ...order];
          return repeated.map((each) => each(`W${String(i).padStart(3, '0')}`));
        });
        if (batches === 'in one batch') world.hear(told);
        else {
          // one transaction around all of it, because 1 200 commits prove nothing more than one
          world.store.transaction(() => {
            for (const each of told) world.hear([each]);
          });
        }
        const all = knowledge(world.store, world.account).map(({ waId: _id, ...rest }) => rest);
        expect(all).toHaveLength(120);
        expect(all[0]).toMatchObject(
          name === 'one person'
            ? { status: 'read', deleted: true, firstAt: NOON }
            : { status: 'delivered', summary: { people: 3, delivered: 3, read: 2 } },
        );
        for (const each of all) expect(each).toEqual(all[0]);
        expect(recomputed(world.store, world.account)).toEqual(knowledge(world.store, world.account));
        const { kept, counted } = tallies(world.store);
        expect(kept).toEqual(counted);
      });
    }
  }
});

function permutations<T>(list: readonly T[]): T[][] {
  if (list.length <= 1) return [[...list]];
  return list.flatMap((first, i) => permutations([...list.slice(0, i), ...list.slice(i + 1)]).map((rest) => [first, ...rest]));
}

describe('histories that nobody thought of', () => {
  const LID = '987654321098765@lid';
  const style: fc.Arbitrary<PayloadStyle> = fc.record({
    list: fc.boolean(),
    status: fc.constantFrom('number', 'word', 'capitals'),
    time: fc.constantFrom('ms', 's', 'none'),
    shape: fc.constantFrom('docs', 'other'),
    fromMe: fc.boolean(),
    session: fc.boolean(),
  });
  const at = fc.integer({ min: 0, max: 40 }).map((n) => NOON + n * 450_000);
  const waId = fc.constantFrom('W1', 'W2', 'W3');
  const arrival: fc.Arbitrary<Arrival> = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.tuple(waId, fc.constantFrom(0, 1, 2, 3, 4, 5), at, style).map(([id, status, when, how]) => update(id, status as 0, when, how)),
    },
    { weight: 2, arbitrary: fc.tuple(fc.constantFrom(LID, CHAT), at, style).map(([chat, when, how]) => update('L1', 3, when, how, chat)) },
    {
      weight: 1,
      arbitrary: at.map((when) => ({
        body: appeared({ apiKey: KEY, at: when, waId: 'L1', chat: LID, fromMe: true, text: 'Hi', phone: '15550002222' }),
        receivedAt: when + 300,
      })),
    },
    {
      weight: 5,
      arbitrary: fc
        .tuple(fc.constantFrom('G1', 'G2'), fc.constantFrom(ANN, BEN, LID), fc.constantFrom('delivered', 'read', 'played'), at, style)
        .map(([id, who, step, when, how]) => person(id, who, step as 'read', when, how)),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(waId, at, style).map(([id, when, how]) => ({
        body: sent({ apiKey: KEY, at: when, waId: id, to: '+15550002222', text: 'x', style: how }),
        receivedAt: when + 300,
      })),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(waId, at)
        .map(([id, when]) => ({ body: deleted({ apiKey: KEY, at: when, keys: [{ waId: id, chat: CHAT }] }), receivedAt: when + 300 })),
    },
    {
      weight: 3,
      arbitrary: fc
        .tuple(
          fc.constantFrom<[number, string | undefined]>([1, 'W1'], [2, 'W2'], [1, undefined], [2, undefined]),
          fc.constantFrom(undefined, 1, 2, 3, 4),
          at,
          fc.boolean(),
          fc.boolean(),
        )
        .map(([[msgId, id], status, when, since, sentAt]) =>
          info(msgId, id, status, when, { ...(since ? { since: when - 100_000 } : {}), ...(sentAt ? { sentAt: when - 200_000 } : {}) }),
        ),
    },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom(1, 2), at).map(([msgId, when]) => sendAnswer(msgId, when)) },
  );
  const history = fc.array(arrival, { minLength: 1, maxLength: 25 });
  /** The same history in another order, some of it repeated, and cut into batches. */
  const twoWays = history.chain((told) =>
    fc.tuple(
      fc.constant(told),
      fc.tuple(fc.shuffledSubarray(told, { minLength: told.length }), fc.subarray(told)).map(([shuffled, repeated]) => [...shuffled, ...repeated]),
      fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 60, maxLength: 60 }),
    ),
  );

  it('end in the same state in any order, equal to what the receipts alone give, with tallies equal to a count', { timeout: 90_000 }, () => {
    let number = 0;
    fc.assert(
      fc.property(twoWays, ([told, retold, cuts]) => {
        world.store.transaction(() => {
          const one = world.addAccount(++number);
          const other = world.addAccount(++number);
          world.hear(told, one);
          let next = 0;
          for (const size of cuts) {
            if (next >= retold.length) break;
            world.hear(retold.slice(next, next + size), other);
            next += size;
          }
          expect(knowledge(world.store, other)).toEqual(knowledge(world.store, one));
          for (const account of [one, other]) expect(recomputed(world.store, account)).toEqual(knowledge(world.store, account));
          expect(world.store.inbox.pendingCount()).toBe(0);
        });
        const { kept, counted } = tallies(world.store);
        expect(kept).toEqual(counted);
      }),
      { numRuns: 150 },
    );
  });

  it('are the same after every entry is understood anew', () => {
    let number = 1_000;
    fc.assert(
      fc.property(history, (told) => {
        const account = world.addAccount(++number);
        world.store.transaction(() => world.hear(told, account));
        const before = knowledge(world.store, account);
        const receipts = world.store.db.prepare(
          'SELECT message_id, key FROM receipts r JOIN messages m ON m.id = r.message_id WHERE account_id = ? ORDER BY message_id, key',
        );
        const receiptsBefore = receipts.all(account);
        const entries = world.store.db.prepare('SELECT id, state, length(body) FROM inbox WHERE account_id = ? ORDER BY id');
        const entriesBefore = entries.all(account);
        const ids = world.store.inbox.ids({ account }, 0, 1_000);
        const dry = world.drain.replay(ids, true);
        expect(dry.messagesChanged).toBe(0);
        const count = world.drain.replay(ids, false);
        expect(count).toEqual(dry);
        expect(knowledge(world.store, account)).toEqual(before);
        expect(receipts.all(account)).toEqual(receiptsBefore);
        expect(entries.all(account)).toEqual(entriesBefore);
      }),
      { numRuns: 60 },
    );
  });
});

describe('the two ids of a message', () => {
  const stories: readonly Arrival[] = [
    sendAnswer(7, NOON),
    update('W1', 3, NOON + 3_000),
    info(7, 'W1', 2, NOON + 2_000, { since: NOON, sentAt: NOON + 1_000 }),
    update('W1', 4, NOON + 4_000),
  ];

  it('are joined into one message in whatever order they and its receipts are heard', () => {
    const all = permutations(stories);
    all.forEach((order, i) => {
      const account = world.addAccount(100 + i);
      world.store.transaction(() => {
        for (const each of order) world.hear([each], account);
      });
      const known = knowledge(world.store, account);
      expect(known).toHaveLength(1);
      expect(known[0]).toMatchObject({ waId: 'W1', providerId: '7', status: 'read', chat: '+15550002222', firstAt: NOON });
      expect(known).toEqual(knowledge(world.store, world.addAccount(100)));
      expect(recomputed(world.store, account)).toEqual(known);
    });
    const { kept, counted } = tallies(world.store);
    expect(kept).toEqual(counted);
  });

  it('that were two messages on the screen become one, and the window is told which one is gone', () => {
    world.hear([sendAnswer(7, NOON)]);
    world.hear([update('W1', 3)]);
    expect(knowledge(world.store, world.account)).toHaveLength(2);
    const gone = world.message('W1')?.row;
    world.told.length = 0;
    world.hear([info(7, 'W1', 3, NOON + 9_000)]);
    expect(knowledge(world.store, world.account)).toHaveLength(1);
    expect(world.told.flatMap((each) => each.gone)).toEqual([gone]);
  });

  it('counts for another account when its new message gets the number of one that was joined away', () => {
    const other = world.addAccount(2);
    world.hear([update('W1', 2)]);
    world.hear([info(7, undefined, 2, NOON + 3_000, { since: NOON })]);
    world.store.transaction(() => {
      world.keep(info(7, 'W1', 3, NOON + 9_000, { since: NOON + 3_000 }));
      world.keep(update('X1', 2), other);
      world.keep(update('X1', 3), other);
    });
    world.drain.drainAll();
    expect(world.store.db.prepare('SELECT id FROM messages ORDER BY id').pluck().all()).toEqual([1, 2]);
    expect(world.message('X1', other)?.row).toBe(2);
    const { kept, counted } = tallies(world.store);
    expect(kept).toEqual(counted);
  });

  it('never join two messages that are known to be different ones', () => {
    world.hear([info(1, 'W1', 2, NOON), info(2, 'W2', 4, NOON)]);
    world.hear([info(1, 'W2', 3, NOON + 1_000)]);
    expect(knowledge(world.store, world.account)).toMatchObject([
      { waId: 'W1', providerId: '1', status: 'sent' },
      { waId: 'W2', providerId: '2', status: 'read' },
    ]);
  });
});

describe('a hidden address', () => {
  const LID = '987654321098765@lid';
  const reveals: Arrival = {
    body: appeared({ apiKey: KEY, at: NOON, waId: 'W9', chat: LID, fromMe: true, text: 'Hi', phone: '15550003331' }),
    receivedAt: NOON,
  };
  const inChat = update('W1', 3, undefined, S, LID);
  const inGroup = person('G1', LID, 'delivered', NOON + 1_000);
  const byPhone = person('G1', ANN, 'read', NOON + 2_000);

  for (const [when, order] of [
    ['before', [reveals, inChat, inGroup, byPhone]],
    ['after', [inChat, inGroup, byPhone, reveals]],
    ['between', [inGroup, reveals, byPhone, inChat]],
  ] as const) {
    it(`is the person it belongs to, also when that is learned ${when} the receipts`, () => {
      for (const each of order) world.hear([each]);
      expect(world.message('W1')).toMatchObject({ chat: '+15550003331', status: 'delivered' });
      expect(world.message('G1')?.summary).toMatchObject({ people: 1, delivered: 1, read: 1 });
      expect([...world.store.messages.lanes(world.message('G1')?.row ?? 0).keys()].filter((who) => who !== '')).toEqual(['+15550003331']);
      expect(recomputed(world.store, world.account)).toEqual(knowledge(world.store, world.account));
    });
  }
});

describe('a receipt that is not marked as ours', () => {
  it('is kept without a message, and applied as soon as the message turns up', () => {
    const [early] = world.hear([update('W1', 4, NOON + 4_000, stranger)]);
    expect(world.message('W1')).toBeUndefined();
    expect(world.state(early as InboxId)).toMatchObject({ state: 'ignored', reason: expect.stringContaining('a message we have not met') });
    world.told.length = 0;
    world.hear([update('W1', 2, NOON + 2_000)]);
    expect(world.message('W1')).toMatchObject({ status: 'read' });
    expect(world.state(early as InboxId)).toMatchObject({ state: 'applied', reason: null });
    expect(world.told.flatMap((each) => each.settled.map((entry) => entry.id))).toContain(early);
    expect(world.store.db.prepare('SELECT count(*) FROM waiting').pluck().get()).toBe(0);
  });

  it('is applied at once when the message is known', () => {
    world.hear([update('W1', 2), update('W1', 3, undefined, stranger)]);
    expect(world.message('W1')?.status).toBe('delivered');
  });

  it('turns up within the same batch, in either order', () => {
    world.hear([update('W1', 3, undefined, stranger), update('W1', 2), update('W2', 2), update('W2', 3, undefined, stranger)]);
    expect(knowledge(world.store, world.account)).toMatchObject([{ status: 'delivered' }, { status: 'delivered' }]);
  });

  it('finds a message that got its id only by a poll', () => {
    world.hear([sendAnswer(7, NOON)]);
    world.hear([update('W1', 3, undefined, stranger)]);
    world.hear([info(7, 'W1', 2, NOON + 2_000)]);
    expect(knowledge(world.store, world.account)).toMatchObject([{ waId: 'W1', providerId: '7', status: 'delivered' }]);
  });
});

describe('other news', () => {
  it('a deletion is a mark beside the status', () => {
    world.hear([update('W1', 3), { body: deleted({ apiKey: KEY, at: NOON + 9_000, keys: [{ waId: 'W1', chat: CHAT }] }) }]);
    expect(world.message('W1')).toMatchObject({ status: 'delivered', deleted: true });
  });

  it('a failure that names no message asks for all that is still queued, once, and not again when it is replayed', () => {
    const [id] = world.hear([{ body: sendFailed({ apiKey: KEY, at: NOON, error: 'JID does not exist: +1 555 000 2222' }) }]);
    const news = () => world.told.flatMap((each) => each.news);
    expect(news()).toEqual([
      { account: world.account, receivedAt: NOON, fact: { kind: 'check-queued', reason: expect.not.stringContaining('555') } },
    ]);
    expect(world.state(id as InboxId)?.state).toBe('applied');
    world.drain.replay([id as InboxId], false);
    expect(news()).toHaveLength(1);
  });

  it('the state of the session is passed on with the time of its arrival', () => {
    world.hear([{ body: sessionStatus({ apiKey: KEY, at: NOON, state: 'need_scan' }), receivedAt: NOON + 5 }]);
    expect(world.told.flatMap((each) => each.news)).toEqual([
      { account: world.account, receivedAt: NOON + 5, fact: { kind: 'session', state: 'need_scan' } },
    ]);
  });

  it('what cannot be understood is quarantined, what is of no concern is ignored, each with a reason', () => {
    const [junk, empty, other, half] = world.hear([
      { body: 'junk' },
      { body: Buffer.alloc(0) },
      { body: { event: 'chats.update', data: {} } },
      { body: { event: 'messages.update', data: [pieceOf('W1', 3), 'junk'] } },
    ]);
    expect(world.state(junk as InboxId)).toMatchObject({ state: 'quarantined', reason: expect.stringContaining('not JSON') });
    expect(world.state(empty as InboxId)).toMatchObject({ state: 'quarantined', reason: expect.stringContaining('empty') });
    expect(world.state(other as InboxId)).toMatchObject({ state: 'ignored', reason: expect.stringContaining('of no concern') });
    // the good half of it counts, the rest is seen
    expect(world.state(half as InboxId)).toMatchObject({ state: 'quarantined' });
    expect(world.message('W1')?.status).toBe('delivered');
  });

  it('a list of broadcasts is many people, none of whom speaks for the others', () => {
    const key = { remoteJid: '15550002222-160@broadcast', id: 'B1', fromMe: true };
    const receipt = (who: string) => ({
      body: {
        event: 'message-receipt.update',
        timestamp: NOON,
        data: { message: { key: { ...key, participant: who }, receipt: { userJid: who, readTimestamp: NOON / 1_000 } } },
      },
    });
    world.hear([
      receipt(ANN),
      { body: { ...statusUpdate({ apiKey: KEY, at: NOON, waId: 'B1', chat: key.remoteJid, status: 2 }) } },
      person('B1', BEN, 'delivered', NOON),
    ]);
    expect(world.message('B1')).toMatchObject({ kind: 'group', status: 'delivered', summary: { people: 2, read: 1 } });
  });
});

describe('an entry that was not understood', () => {
  /** A provider that has not learned to read yet. */
  function learner() {
    const real = wasenderapi();
    const learned = { yet: false };
    const provider = {
      ...real,
      normalise: (entry: Parameters<typeof real.normalise>[0]) =>
        learned.yet ? real.normalise(entry) : { facts: [], oddities: [{ kind: 'broken' as const, reason: 'not yet' }] },
    };
    return { provider, learned };
  }

  it('heals when it is replayed after an update, and a dry run foretells it without changing anything', async () => {
    const { provider, learned } = learner();
    world.close();
    world = openCoreWorld(await tempDir(), { provider });
    const ids = world.hear([update('W1', 2), update('W1', 3), update('W2', 4)]);
    expect(world.store.inbox.counts()).toMatchObject({ quarantined: 3, applied: 0 });
    learned.yet = true;
    const before = world.store.db.serialize();
    const tellings = world.told.length;
    const foretold = world.drain.replay(ids, true);
    expect(foretold).toEqual({ entries: 3, applied: 3, ignored: 0, quarantined: 0, unchanged: 0, messagesChanged: 2 });
    expect(world.store.db.serialize().equals(before)).toBe(true);
    expect(world.told).toHaveLength(tellings);
    expect(world.drain.replay(ids, false)).toEqual(foretold);
    expect(world.store.inbox.counts()).toMatchObject({ quarantined: 0, applied: 3 });
    expect(knowledge(world.store, world.account)).toMatchObject([{ status: 'delivered' }, { status: 'read' }]);
    const { kept, counted } = tallies(world.store);
    expect(kept).toEqual(counted);
  });

  it('takes back what it wrongly said, when it is understood better', async () => {
    const real = wasenderapi();
    const wrong = { now: true };
    const provider = {
      ...real,
      normalise(entry: Parameters<typeof real.normalise>[0]) {
        const read = real.normalise(entry);
        return wrong.now
          ? {
              ...read,
              facts: read.facts.map((fact) => (fact.kind === 'receipt' && fact.said === 'delivered' ? { ...fact, said: 'read' as const } : fact)),
            }
          : read;
      },
    };
    world.close();
    world = openCoreWorld(await tempDir(), { provider });
    const ids = world.hear([update('W1', 2), update('W1', 3)]);
    expect(world.message('W1')?.status).toBe('read');
    wrong.now = false;
    expect(world.drain.replay(ids, false)).toMatchObject({ messagesChanged: 1 });
    expect(world.message('W1')).toMatchObject({ status: 'delivered', steps: { delivered: { at: NOON + 3_000 } } });
    expect(world.message('W1')?.steps.read).toBeUndefined();
  });

  it('is not replayed before it was understood the first time', () => {
    const id = world.keep(update('W1', 3));
    expect(world.drain.replay([id], false)).toMatchObject({ entries: 0 });
    world.drain.drainAll();
    expect(world.message('W1')?.status).toBe('delivered');
  });
});

describe('an entry that is more than we can take', () => {
  /** Throws, against its contract, whenever `when` says so. */
  function poisoned(when: (body: string) => boolean) {
    const real = wasenderapi();
    return {
      ...real,
      normalise(entry: Parameters<typeof real.normalise>[0]) {
        if (when(Buffer.from(entry.body).toString())) throw new Error('poisoned');
        return real.normalise(entry);
      },
    };
  }

  it('harms only itself: it is quarantined as our fault and all others are applied', async () => {
    world.close();
    world = openCoreWorld(await tempDir(), { provider: poisoned((body) => body.includes('P1')) });
    const ids = world.hear([update('W1', 3), update('P1', 3), update('W2', 4), update('P1', 4), update('W3', 2)]);
    expect(knowledge(world.store, world.account)).toMatchObject([{ status: 'delivered' }, { status: 'read' }, { status: 'sent' }]);
    for (const id of [ids[1], ids[3]])
      expect(world.state(id as InboxId)).toMatchObject({ state: 'quarantined', reason: expect.stringContaining('our fault') });
    expect(world.store.inbox.pendingCount()).toBe(0);
    const { kept, counted } = tallies(world.store);
    expect(kept).toEqual(counted);
    // and what comes later is not held up by it
    world.hear([update('W4', 3)]);
    expect(world.message('W4')?.status).toBe('delivered');
  });

  it('harms no other in a replay either', async () => {
    const strange = { now: false };
    world.close();
    world = openCoreWorld(await tempDir(), { provider: poisoned((body) => strange.now && body.includes('P1')) });
    const ids = world.hear([update('W1', 3), update('P1', 3), update('W2', 4)]);
    const before = knowledge(world.store, world.account);
    strange.now = true;
    expect(world.drain.replay(ids, false)).toMatchObject({ entries: 3, applied: 2, quarantined: 1 });
    expect(knowledge(world.store, world.account)).toEqual(before);
  });

  it('harms no other when it had been waiting for the message that the other brings', async () => {
    const strange = { now: false };
    world.close();
    world = openCoreWorld(await tempDir(), { provider: poisoned((body) => strange.now && body.includes('"fromMe":false')) });
    const [waiting] = world.hear([update('W1', 4, undefined, stranger)]);
    strange.now = true;
    const [other] = world.hear([update('W1', 2)]);
    expect(world.state(other as InboxId)?.state).toBe('applied');
    expect(world.message('W1')?.status).toBe('sent');
    expect(world.state(waiting as InboxId)).toMatchObject({ state: 'quarantined', reason: expect.stringContaining('our fault') });
    strange.now = false;
    world.drain.replay([waiting as InboxId], false);
    expect(world.message('W1')?.status).toBe('read');
  });

  it('is not what a listener makes of it: an error of theirs changes nothing in the store', async () => {
    const ids = [world.keep(update('W1', 3)), world.keep(update('W2', 3))];
    const push = world.told.push.bind(world.told);
    world.told.push = () => {
      throw new Error('a window broke');
    };
    world.drain.drainAll();
    world.told.push = push;
    for (const id of ids) {
      expect(world.state(id)).toMatchObject({ state: 'applied', duplicateOf: null });
      expect(world.store.inbox.get(id)?.body.length).toBeGreaterThan(0);
    }
    expect(world.log.lines.some((line) => line.level === 'error')).toBe(true);
  });
});

describe('a crash', () => {
  it('before the commit means: again, with the same result', async () => {
    const told = [
      update('W1', 2),
      update('W1', 3),
      person('G1', ANN, 'read', NOON),
      info(7, 'W1', 3, NOON + 9_000),
      update('W2', 4, undefined, stranger),
      update('W2', 1),
    ];
    const folder = await tempDir();
    const gone = { after: 0 };
    // Takes the whole transaction back at the nth write, as a killed process would.
    world.close();
    world = openCoreWorld(folder, {
      around: (store) => {
        let writes = 0;
        const killed =
          <A extends unknown[], R>(work: (...args: A) => R) =>
          (...args: A): R => {
            if (++writes === gone.after) throw Object.assign(new Error('killed'), { code: 'SQLITE_IOERR' });
            return work(...args);
          };
        return {
          ...store,
          messages: {
            ...store.messages,
            save: killed(store.messages.save),
            insert: killed(store.messages.insert),
            addReceipt: killed(store.messages.addReceipt),
            saveLane: killed(store.messages.saveLane),
          },
          inbox: { ...store.inbox, drainedTo: killed(store.inbox.drainedTo) },
          transaction: <T>(work: () => T) => {
            writes = 0;
            return store.transaction(work);
          },
        };
      },
    });
    world.store.transaction(() => told.map((each) => world.keep(each)));
    let crashes = 0;
    for (gone.after = 1; ; gone.after++) {
      try {
        world.drain.drainAll();
        break;
      } catch {
        crashes++;
        expect(world.store.inbox.pendingCount()).toBe(told.length);
        expect(knowledge(world.store, world.account)).toEqual([]);
        expect(tallies(world.store)).toEqual({ kept: [], counted: [] });
      }
    }
    expect(crashes).toBeGreaterThan(10);
    const other = world.addAccount(1);
    world.hear(told, other);
    expect(knowledge(world.store, world.account)).toEqual(knowledge(world.store, other));
    const { kept, counted } = tallies(world.store);
    expect(kept).toEqual(counted);
    expect(world.store.inbox.pendingCount()).toBe(0);
  });

  it('between keeping and understanding loses nothing: the next start takes it up', async () => {
    const folder = await tempDir();
    world.close();
    world = openCoreWorld(folder);
    world.hear([update('W1', 2)]);
    const id = world.keep(update('W1', 3));
    world.close();
    world = openCoreWorld(folder);
    expect(world.store.inbox.pendingCount()).toBe(1);
    world.drain.drainAll();
    expect(world.message('W1')?.status).toBe('delivered');
    expect(world.keep(update('W1', 4))).toBeGreaterThan(id);
  });

  it('of the disk is waited out: nothing is marked, and it is tried again', async () => {
    const broken = { now: true };
    world.close();
    world = openCoreWorld(await tempDir(), {
      around: (store) => ({
        ...store,
        transaction: (work) => {
          if (broken.now) throw Object.assign(new Error('disk full'), { code: 'SQLITE_FULL' });
          return store.transaction(work);
        },
      }),
    });
    const id = world.keep(update('W1', 3));
    world.drain.nudge();
    world.clock.advance(100);
    expect(world.state(id)?.state).toBe('kept');
    broken.now = false;
    world.clock.advance(2_000);
    expect(world.message('W1')?.status).toBe('delivered');
  });
});
