import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { carryOver } from '../../src/main/adapters/sqlite/copies.ts';
import { type Db, openDatabase } from '../../src/main/adapters/sqlite/open.ts';
import { graft } from '../../src/main/adapters/sqlite/safekeeping/graft.ts';
import { DATABASE_FILE } from '../../src/main/adapters/sqlite/store.ts';
import { drainAtStart } from '../../src/main/core/ingest/startCarefully.ts';
import { CARRIED_KEY } from '../../src/main/core/ports/privacy.ts';
import { groupReceipt, sent, statusUpdate } from '../../src/main/demo/payloads.ts';
import { type CoreWorld, NOON, openCoreWorld } from '../support/coreWorld.ts';
import { tempDir } from '../support/tempDir.ts';

const GROUP = '120363000000000001@g.us';
const jid = (digits: string) => `${digits}@s.whatsapp.net`;
const about = (waId: string, at = NOON) => ({ apiKey: 'x', at, waId });
const greeting = (waId: string, to = jid('15550002222')) => ({ body: sent({ ...about(waId), to, text: 'Hello' }) });
const news = (waId: string, status: 3 | 4) => ({
  body: statusUpdate({ ...about(waId, NOON + status), chat: jid('15550002222'), status }),
});

/** Records as they were when a backup was made, and as they are after `since`. */
async function told(before: (world: CoreWorld) => unknown, since: (world: CoreWorld) => unknown) {
  const [backup, now] = [await tempDir(), await tempDir()];
  const world = openCoreWorld(now);
  await before(world);
  world.store.db.prepare('VACUUM INTO ?').run(join(backup, DATABASE_FILE));
  await since(world);
  const { account } = world;
  world.close();
  return { backup, account, now: join(now, DATABASE_FILE) };
}

/** What a recovery makes of both, with the app over it. */
function recovered({ backup, now }: { backup: string; now: string }, harm: (damaged: Db, base: Db) => void) {
  const base = openDatabase(join(backup, DATABASE_FILE));
  const damaged = openDatabase(now);
  harm(damaged, base);
  const result = graft(base, damaged, true);
  const broken = base.pragma('foreign_key_check');
  damaged.close();
  base.close();
  rmSync(`${now}`, { force: true });
  const open = (world: CoreWorld) => {
    onTestFinished(() => world.close());
    drainAtStart({ store: world.store, drain: world.drain, log: world.log });
    return world;
  };
  return { result, broken, start: () => open(openCoreWorld(backup)) };
}

it('what belonged to an account that was removed since goes with it, down to the lanes of its groups', async () => {
  const files = await told(
    (world) => {
      const other = world.addAccount(1);
      world.hear(
        [
          { source: 'track', shape: 'track', body: { waId: 'G', chat: GROUP, groupSize: 2 } },
          greeting('G', GROUP),
          { body: groupReceipt({ ...about('G', NOON + 1000), chat: GROUP, person: jid('15550002222'), step: 'read' }) },
        ],
        other,
      );
    },
    (world) => world.store.db.prepare(`DELETE FROM accounts WHERE id <> ?`).run(world.account),
  );
  const { broken, start } = recovered(files, () => undefined);
  expect(broken).toEqual([]);
  const { db } = start().store;
  for (const table of ['messages', 'receipts', 'lanes', 'inbox', 'echoes']) expect(db.prepare(`SELECT count(*) FROM ${table}`).pluck().get()).toBe(0);
});

it('a receipt whose entry is gone still counts for a message that the backup has, whatever its number there', async () => {
  const files = await told(
    (world) => void world.hear([greeting('A'), greeting('B')]),
    (world) => void world.hear([news('A', 3), news('B', 4), greeting('C'), news('C', 3)]),
  );
  const { result, broken, start } = recovered(files, (damaged, base) => {
    damaged.exec('DELETE FROM inbox WHERE id > 2');
    // In the backup A has another number than in the damaged file, and its own is another message's.
    base.pragma('foreign_keys = off');
    for (const [table, column] of [
      ['messages', 'id'],
      ['receipts', 'message_id'],
      ['polls', 'message'],
    ] as const)
      base.exec(`UPDATE ${table} SET ${column} = CASE ${column} WHEN 1 THEN 3 WHEN 2 THEN 1 END`);
  });
  expect(broken).toEqual([]);
  expect(result.messagesSalvaged).toBe(1);
  const world = start();
  expect(world.message('A')).toMatchObject({ row: 3, status: 'delivered' });
  expect(world.message('B')).toMatchObject({ row: 1, status: 'read' });
  expect(world.message('C')).toMatchObject({ status: 'delivered' });
  expect(world.store.settings.get('messages-to-rebuild')).toBeUndefined();
  expect(world.store.db.prepare(`SELECT sum(count) FROM tallies WHERE status = 'read'`).pluck().get()).toBe(1);
});

it('somebody who was allowed again since the backup stays allowed, whatever the backup says', async () => {
  const allowed = '+15550002222';
  let carried = '';
  const files = await told(
    async (world) => {
      world.privacy.erasures.erase(allowed, undefined);
      await world.privacy.erasures.settled();
      carried = world.privacy.suppression.carried(1);
    },
    (world) => world.privacy.erasures.allow(1),
  );
  expect(carryOver(join(files.backup, DATABASE_FILE), CARRIED_KEY, carried)).toBe(true);
  const world = recovered(files, () => undefined).start();
  expect(world.privacy.erasures.list()).toMatchObject([{ id: 1, liftedAt: NOON }]);
  world.privacy.suppression.assertAllowed(allowed);
  expect(world.store.privacy.suppressed()).toEqual([]);
});
