/** Whose word counts, over a real SQLite file: hints, confirmations, and what cannot be true. */
import { expect, it, onTestFinished } from 'vitest';
import { wasenderapi } from '../../src/main/adapters/provider/wasenderapi/index.ts';
import type { InboxId } from '../../src/main/core/domain/ids.ts';
import { isConfirmed, mayTriggerOutside } from '../../src/main/core/domain/trust.ts';
import { wantsConfirming } from '../../src/main/core/ingest/trusting.ts';
import type { MessageRecord } from '../../src/main/core/ports/store.ts';
import { DOCUMENTED_STYLE, groupReceipt, statusUpdate } from '../../src/main/demo/payloads.ts';
import { type Arrival, knowledge, NOON, openCoreWorld, recomputed } from '../support/coreWorld.ts';
import { tempDir } from '../support/tempDir.ts';

const KEY = 'wsk_test';
const CHAT = '15550002222@s.whatsapp.net';
const update = (waId: string, status: 0 | 1 | 2 | 3 | 4 | 5, at = NOON + status * 1_000, receivedAt = at + 300): Arrival => ({
  body: statusUpdate({ apiKey: KEY, at, waId, chat: CHAT, status, style: DOCUMENTED_STYLE }),
  receivedAt,
});
const info = (msgId: number, waId: string, status: number, receivedAt: number): Arrival => ({
  body: { success: true, data: { msgId, key: { id: waId, fromMe: true, remoteJid: CHAT }, status } },
  source: 'poll',
  shape: 'message-info',
  receivedAt,
});

async function open(options: Parameters<typeof openCoreWorld>[1] = {}) {
  const world = openCoreWorld(await tempDir(), options);
  onTestFinished(() => world.close());
  const message = (waId: string) => world.message(waId) as MessageRecord;
  return { world, message };
}

it('what a webhook tells is shown and is a hint, until an answer says the same; then the answer is kept as the witness', async () => {
  const { world, message } = await open();
  world.hear([info(7, 'W1', 2, NOON), update('W1', 3)]);
  expect(message('W1')).toMatchObject({ status: 'delivered', confirmed: 'sent', confirmedBy: 'poll' });
  expect(mayTriggerOutside(message('W1'))).toBe(false);
  const [asked] = world.hear([info(7, 'W1', 3, NOON + 60_000)]);
  expect(message('W1')).toMatchObject({
    status: 'delivered',
    confirmed: 'delivered',
    confirmedBy: 'poll',
    steps: { delivered: { at: NOON + 3_000, how: 'stated' } },
  });
  expect(isConfirmed(message('W1'))).toBe(true);
  expect(world.state(asked as InboxId)).toMatchObject({ state: 'applied' });
  // asked again, it is no news
  const [again] = world.hear([info(7, 'W1', 3, NOON + 120_000)]);
  expect(world.store.inbox.get(again as number)).toBeUndefined();
  expect(recomputed(world.store, world.account)).toEqual(knowledge(world.store, world.account));
});

it('where a signature covers the bytes, a webhook confirms itself', async () => {
  const real = wasenderapi();
  const { world, message } = await open({ provider: { ...real, info: { ...real.info, proof: 'signature' } } });
  world.hear([update('W1', 4)]);
  expect(message('W1')).toMatchObject({ confirmed: 'read', confirmedBy: 'webhook' });
});

it('what cannot be true is set aside with the reason, the rest of its entry counts, and the owner can have it applied anyway', async () => {
  const { world, message } = await open({ trusting: { skewMs: () => 1_000 } });
  const ahead = NOON + 3_600_000;
  const [future] = world.hear([update('W1', 2), update('W1', 3, ahead, NOON + 4_000)].slice(1));
  expect(world.state(future as InboxId)).toMatchObject({
    state: 'quarantined',
    reason: expect.stringContaining('cannot be true: its time lies ahead'),
  });
  expect(world.message('W1')).toBeUndefined();
  world.hear([update('W1', 2)]);
  expect(world.drain.replay([future as InboxId], false)).toMatchObject({ quarantined: 1, messagesChanged: 0 });
  expect(world.drain.replay([future as InboxId], true, { anyway: true })).toMatchObject({ applied: 1, messagesChanged: 1 });
  world.drain.replay([future as InboxId], false, { anyway: true });
  expect(message('W1')).toMatchObject({ status: 'delivered', steps: { delivered: { at: ahead } } });
  // what the owner had applied is not taken back by a later replay
  world.drain.replay([future as InboxId], false);
  expect(message('W1').status).toBe('delivered');
});

it('while our own clock is not known to be right, nothing is set aside for its time', async () => {
  const { world, message } = await open();
  world.hear([update('W1', 3, NOON + 3_600_000, NOON)]);
  expect(message('W1').status).toBe('delivered');
});

it('a receipt of somebody else about a message to one person is set aside, and nobody else is harmed', async () => {
  const { world, message } = await open();
  world.hear([update('W1', 2)]);
  const [strange] = world.hear([
    {
      body: groupReceipt({
        apiKey: KEY,
        at: NOON + 9_000,
        waId: 'W1',
        chat: '120363000000000001@g.us',
        person: '447700900219@s.whatsapp.net',
        step: 'read',
      }),
      receivedAt: NOON + 9_300,
    },
  ]);
  expect(world.state(strange as InboxId)).toMatchObject({
    state: 'quarantined',
    reason: expect.stringContaining('to whom the message was not sent'),
  });
  expect(message('W1')).toMatchObject({ status: 'sent', kind: 'person' });
});

it('every failure that only a webhook told of is asked about soon, and of the other hints one in fifty', () => {
  const hint = { providerId: '7', confirmed: null } as const;
  expect(wantsConfirming({ ...hint, row: 1, status: 'failed' })).toBe(true);
  expect(wantsConfirming({ ...hint, row: 1, status: 'failed', confirmed: 'failed' })).toBe(false);
  expect(wantsConfirming({ ...hint, row: 1, status: 'failed', providerId: null })).toBe(false);
  const rows = Array.from({ length: 1_000 }, (_each, i) => i + 1);
  expect(rows.filter((row) => wantsConfirming({ ...hint, row, status: 'read' }))).toHaveLength(20);
});

it('messages met in a burst are marked so, and are shown like all others', async () => {
  const { world, message } = await open({ trusting: { met: () => true } });
  world.hear([update('W1', 3)]);
  expect(message('W1')).toMatchObject({ status: 'delivered', doubt: 'burst' });
  world.hear([info(7, 'W2', 2, NOON)]);
  expect(message('W2').doubt).toBeNull();
});
