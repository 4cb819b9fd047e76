/** That a message which was delivered and not reported as read is not shown as unread where reading cannot be seen. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createReadings } from '../../src/main/core/read/reading.ts';
import { type CoreWorld, NOON, openCoreWorld } from '../support/coreWorld.ts';

const DAY = 86_400_000;
let folder: string;
let world: CoreWorld;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tickline-reading-'));
  world = openCoreWorld(folder);
});
afterEach(() => {
  world.close();
  rmSync(folder, { recursive: true, force: true });
});

let told = 0;
function say(phone: string, status: 3 | 4, at: number, id = `3EB0${String(++told).padStart(12, '0')}`): string {
  const key = { id, fromMe: true, remoteJid: `${phone}@s.whatsapp.net` };
  world.hear([
    { body: { event: 'messages.update', timestamp: at, data: { key, update: { status: 2 } } }, receivedAt: at },
    { body: { event: 'messages.update', timestamp: at, data: { key, update: { status } } }, receivedAt: at },
  ]);
  return id;
}

it('tells apart who reads in silence, who reads, and whom there is too little to say of', () => {
  const at = (days: number) => NOON + days * DAY;
  for (let i = 0; i < 7; i++) say('15550000001', 3, at(i));
  for (let i = 0; i < 7; i++) say('15550000002', i === 3 ? 4 : 3, at(i));
  for (let i = 0; i < 3; i++) say('15550000003', 3, at(i));
  const ask = createReadings(
    world.store.reading,
    () => at(10),
    () => 0,
  );
  const of = (phone: string, status: 'delivered' | 'read' = 'delivered') =>
    ask().of({ account: world.account, chat: `+${phone}`, kind: 'person', status });
  expect(world.store.reading.ofContact(world.account, '+15550000001')).toMatchObject({ unread: 7, everRead: false });
  expect(of('15550000001')).toMatchObject({ unseen: 'contact', words: expect.stringContaining('None of the 7 messages') });
  expect(of('15550000001', 'read')).toBeUndefined();
  expect(of('15550000002')).toBeUndefined();
  expect(of('15550000003')).toBeUndefined();
  // one receipt for reading, and they have them on
  say('15550000001', 4, at(9));
  expect(of('15550000001')).toBeUndefined();
});

it('answers from its indexes, however long the history', () => {
  const plans = [
    `SELECT 1 FROM messages WHERE account_id = ? AND chat = ? AND kind = 'person' AND status IN ('read', 'played') LIMIT 1`,
    `SELECT count(*) AS unread, min(first_at) AS oldestAt, max(first_at) AS newestAt FROM messages WHERE account_id = ? AND chat = ? AND kind = 'person' AND status = 'delivered'`,
  ].map((sql) => (world.store.db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all('a', 'b') as { detail: string }[]).map((row) => row.detail).join(' '));
  expect(plans[0]).toMatch(/USING (?:COVERING )?INDEX messages_read/);
  expect(plans[1]).toMatch(/COVERING INDEX messages_unread/);
});
