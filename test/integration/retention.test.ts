import { expect, it, onTestFinished } from 'vitest';
import type { InboxId } from '../../src/main/core/domain/ids.ts';
import { createRetention, DEFAULT_DAYS } from '../../src/main/core/privacy/retention.ts';
import { sent, statusUpdate } from '../../src/main/demo/payloads.ts';
import { type CoreWorld, NOON, openCoreWorld } from '../support/coreWorld.ts';
import { tempDir } from '../support/tempDir.ts';

const DAY = 24 * 3_600_000;
const CHAT = '15550002222@s.whatsapp.net';

async function aWorld() {
  const world = openCoreWorld(await tempDir());
  onTestFinished(() => world.close());
  const retention = createRetention({
    store: world.store,
    clock: world.clock,
    log: world.log,
    breathe: () => Promise.resolve(),
    countExports: async () => ({ rows: 0, bytes: 0 }),
    removeExports: async () => 0,
    onRemoved: () => undefined,
  });
  return { ...world, retention };
}

/** A message of its own life, heard `days` ago. */
function aMessage(world: CoreWorld, waId: string, days: number): readonly InboxId[] {
  const at = NOON - days * DAY;
  return world.hear([
    { body: sent({ apiKey: 'x', at, waId, to: CHAT, text: 'Hello' }), receivedAt: at },
    { body: statusUpdate({ apiKey: 'x', at: at + 1000, waId, chat: CHAT, status: 3 }), receivedAt: at + 1000 },
  ]);
}

const tallies = ({ store }: CoreWorld) => store.db.prepare(`SELECT status, sum(count) AS n FROM tallies GROUP BY 1 HAVING n <> 0 ORDER BY 1`).all();
const counted = ({ store }: CoreWorld) =>
  store.db.prepare(`SELECT coalesce(status, '') AS status, count(*) AS n FROM messages GROUP BY 1 ORDER BY 1`).all();

it('the bytes behind a tick go after their period, and the tick still tells what it came with', async () => {
  const world = await aWorld();
  const [, delivered] = aMessage(world, 'OLD', 31);
  const [, young] = aMessage(world, 'YOUNG', 29);
  await world.retention.sweep();
  const entry = world.store.inbox.get(delivered ?? 0);
  expect(entry).toMatchObject({ state: 'applied', removedAt: NOON, removedBy: 'retention' });
  expect(entry?.body.length).toBe(0);
  expect(world.store.inbox.get(young ?? 0)?.body.length).toBeGreaterThan(0);
  const row = world.message('OLD')?.row ?? 0;
  expect(world.store.messages.receipts(row).map((receipt) => receipt.inboxId)).toContain(delivered);
});

it('replaying what has no bytes any more takes nothing back', async () => {
  const world = await aWorld();
  const ids = aMessage(world, 'OLD', 31);
  const before = world.message('OLD');
  await world.retention.sweep();
  expect(world.drain.replay(ids, false).messagesChanged).toBe(0);
  expect(world.message('OLD')).toEqual(before);
});

it('a message goes with its receipts and with the entries that only it referred to, and the figures stay a recount', async () => {
  const world = await aWorld();
  aMessage(world, 'ANCIENT', 400);
  aMessage(world, 'OLD', 300);
  // news a year and more after it was sent keep it
  aMessage(world, 'SLOW', 500);
  world.hear([{ body: statusUpdate({ apiKey: 'x', at: NOON - DAY, waId: 'SLOW', chat: CHAT, status: 4 }), receivedAt: NOON - DAY }]);
  await world.retention.sweep();
  await world.retention.sweep();
  expect(world.message('ANCIENT')).toBeUndefined();
  expect([world.message('OLD')?.status, world.message('SLOW')?.status]).toEqual(['delivered', 'read']);
  expect(tallies(world)).toEqual(counted(world));
  expect(
    world.store.db
      .prepare('SELECT count(*) FROM inbox WHERE received_at < ?')
      .pluck()
      .get(NOON - 390 * DAY),
  ).toBe(2);
});

it('dead letters have a period of their own', async () => {
  const world = await aWorld();
  const [old, young] = world.hear([
    { body: 'not JSON', receivedAt: NOON - 91 * DAY },
    { body: 'not JSON either', receivedAt: NOON - 60 * DAY },
  ]);
  await world.retention.sweep();
  expect(world.state(old as InboxId)).toBeUndefined();
  expect(world.state(young as InboxId)).toMatchObject({ state: 'quarantined' });
});

it('an entry that waits for a message which does not turn up is set aside with the reason, and goes with the ignored', async () => {
  const world = await aWorld();
  const stranger = (days: number) => ({
    body: {
      event: 'messages.update',
      timestamp: NOON - days * DAY,
      data: { update: { status: 3 }, key: { id: `S${days}`, remoteJid: CHAT, fromMe: false } },
    },
    receivedAt: NOON - days * DAY,
  });
  const [old, waiting] = world.hear([stranger(15), stranger(5)]);
  await world.retention.sweep();
  expect(world.state(old as InboxId)).toMatchObject({ state: 'ignored', reason: 'the message it speaks of did not turn up within 14 days' });
  expect(world.state(waiting as InboxId)?.reason).toContain('as soon as the message turns up');
  // the one still waiting is applied when its message comes
  world.hear([
    { body: sent({ apiKey: 'x', at: NOON, waId: 'S5', to: CHAT, text: 'Hello' }) },
    { body: sent({ apiKey: 'x', at: NOON, waId: 'S15', to: CHAT, text: 'Hello' }) },
  ]);
  expect([world.message('S5')?.status, world.message('S15')?.status]).toEqual(['delivered', 'sent']);
});

it('what is not understood yet is never removed, whatever its age', async () => {
  const world = await aWorld();
  const id = world.keep({ body: sent({ apiKey: 'x', at: NOON - 900 * DAY, waId: 'LATE', to: CHAT, text: 'Hello' }), receivedAt: NOON - 900 * DAY });
  await world.retention.sweep();
  expect(world.store.inbox.get(id)?.body.length).toBeGreaterThan(0);
});

it('a gap stays as long as a message that was on its way then', async () => {
  const world = await aWorld();
  const close = (from: number, to: number) =>
    world.store.gaps.close(world.store.gaps.open(world.account, NOON - from * DAY, 'asleep'), NOON - to * DAY);
  close(500, 499);
  close(450, 400);
  aMessage(world, 'SLOW', 420);
  world.hear([{ body: statusUpdate({ apiKey: 'x', at: NOON - DAY, waId: 'SLOW', chat: CHAT, status: 4 }), receivedAt: NOON - DAY }]);
  await world.retention.sweep();
  expect(world.store.gaps.list().map((gap) => gap.to)).toEqual([NOON - 400 * DAY]);
});

it('the preview of a shorter period counts what the sweep then removes, and changes nothing', async () => {
  const world = await aWorld();
  for (let n = 0; n < 30; n++) aMessage(world, `M${n}`, n + 1);
  const shorter = { ...DEFAULT_DAYS, messages: 20, bodies: 10 };
  const before = world.store.db.prepare('SELECT count(*), sum(length(body)) FROM inbox').raw().get();
  const preview = await world.retention.preview(shorter);
  expect(world.store.db.prepare('SELECT count(*), sum(length(body)) FROM inbox').raw().get()).toEqual(before);
  expect([preview.messages.rows, preview.bodies.rows]).toEqual([10, 40]);
  expect(preview.bodies.bytes).toBeGreaterThan(1000);
  world.retention.put(shorter);
  expect((await world.retention.sweep()).removed).toEqual({ messages: 10, bodies: 40 });
});

it('what is kept until the owner removes it stays', async () => {
  const world = await aWorld();
  world.retention.put({ messages: null, bodies: null });
  const [first] = aMessage(world, 'OLD', 5000);
  await world.retention.sweep();
  expect(world.message('OLD')?.status).toBe('delivered');
  expect(world.store.inbox.get(first ?? 0)?.body.length).toBeGreaterThan(0);
});

it('the sweeper comes a minute after the start and then daily', async () => {
  const world = await aWorld();
  world.retention.start();
  aMessage(world, 'OLD', 31);
  await world.clock.advance(60_000);
  await new Promise((resolve) => setImmediate(resolve));
  expect(world.retention.last()?.removed).toEqual({ bodies: 2 });
  aMessage(world, 'OLDER', 32);
  await world.clock.advance(DAY);
  await new Promise((resolve) => setImmediate(resolve));
  expect(world.retention.last()).toEqual({ at: NOON + 60_000 + DAY, removed: { bodies: 2 } });
  await world.retention.stop();
});
