/** A store that gives its connection up for a new one, with its parts in other hands. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createPolls } from '../../src/main/adapters/sqlite/polls.ts';
import { DATABASE_FILE } from '../../src/main/adapters/sqlite/store.ts';
import { createKeeper } from '../../src/main/core/ingest/keep.ts';
import { createStorageGuard } from '../../src/main/core/ingest/storageGuard.ts';
import type { NewEntry } from '../../src/main/core/ports/store.ts';
import { statusUpdate } from '../../src/main/demo/payloads.ts';
import { type Arrival, type CoreWorld, knowledge, NOON, openCoreWorld, recomputed, tallies } from '../support/coreWorld.ts';
import { tempDir } from '../support/tempDir.ts';

let world: CoreWorld;
let folder: string;
beforeEach(async () => {
  folder = await tempDir();
  world = openCoreWorld(folder);
});
afterEach(() => world.close());

const update = (waId: string, status: 2 | 3 | 4): Arrival => ({
  body: statusUpdate({ apiKey: 'wsk_test', at: NOON + status * 1_000, waId, chat: '15550002222@s.whatsapp.net', status }),
});

it('goes on where it was, with every part that was handed out before', () => {
  const { accounts, inbox, messages, settings, contacts, gaps } = world.store;
  const polls = world.store.attach(createPolls);
  world.hear([update('W1', 2), update('W1', 3)]);
  const old = world.store.db;
  world.store.reopen();
  expect(world.store.db).not.toBe(old);
  expect(old.open).toBe(false);

  world.hear([update('W1', 4), update('W2', 2)]);
  expect(messages.byWaId(world.account, 'W1')?.status).toBe('read');
  expect(inbox.counts()).toMatchObject({ applied: 4, kept: 0 });
  settings.put('a', 'b');
  expect(settings.get('a')).toBe('b');
  expect(accounts.list()).toHaveLength(1);
  expect(contacts.name(world.account, '15550002222')).toBeUndefined();
  expect(gaps.list()).toEqual([]);
  expect(polls.counts(world.account, NOON).tracked).toBe(0);
  expect(knowledge(world.store, world.account)).toEqual(recomputed(world.store, world.account));
  const { kept, counted } = tallies(world.store);
  expect(kept).toEqual(counted);
});

it('gives no number twice after a commit that failed', () => {
  world.hear([update('W1', 2)]);
  expect(() =>
    world.store.transaction(() => {
      world.keep(update('W1', 3));
      world.keep(update('W1', 4));
      throw Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_FSYNC' });
    }),
  ).toThrow();
  world.store.reopen();
  const [next] = world.hear([update('W2', 2)]);
  expect(next).toBe(2);
  expect(world.store.inbox.counts().applied).toBe(2);
});

it('has everything in the database itself afterwards, and begins its log anew', () => {
  world.hear([update('W1', 2), update('W2', 2)]);
  expect(statSync(join(folder, `${DATABASE_FILE}-wal`)).size).toBeGreaterThan(0);
  world.store.reopen();
  expect(statSync(join(folder, `${DATABASE_FILE}-wal`)).size).toBe(0);
});

it('stays as it was while the disk does not let it', () => {
  const before = world.store.db;
  world.hear([update('W1', 2)]);
  process.env.BETTER_SQLITE3_BINDING = join(folder, 'not-there.node');
  try {
    expect(() => world.store.reopen()).toThrow();
  } finally {
    delete process.env.BETTER_SQLITE3_BINDING;
  }
  expect(world.store.db).toBe(before);
  world.hear([update('W1', 3)]);
  expect(world.message('W1')?.status).toBe('delivered');
});

it('acknowledges nothing of a batch whose commit failed, opens anew, and keeps the next', async () => {
  const entry = (): NewEntry => ({
    account: world.account,
    source: 'webhook',
    shape: 'webhook',
    receivedAt: NOON,
    body: Buffer.from('{}'),
    headers: '{}',
    event: null,
  });
  let broken = true;
  let reopened = 0;
  const store = {
    ...world.store,
    transaction<T>(work: () => T): T {
      return world.store.transaction(() => {
        const result = work();
        if (broken) throw Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_FSYNC' });
        return result;
      });
    },
  };
  const guard = createStorageGuard({
    clock: world.clock,
    log: world.log,
    reopen() {
      reopened++;
      world.store.reopen();
      broken = false;
    },
    tryCommit() {},
    onNotice() {},
  });
  const keeper = createKeeper({ store, log: world.log, schedule: setImmediate, onKept() {}, guard });
  expect(await Promise.all([keeper.keepAll([entry()]), keeper.keepAll([entry(), entry()])])).toEqual(['storage', 'storage']);
  expect(reopened).toBe(1);
  expect(guard.trouble()?.refused).toBe(3);
  expect(await keeper.keepAll([entry()])).toBe('kept');
  expect(world.store.inbox.counts().kept).toBe(1);
  guard.stop();
});
