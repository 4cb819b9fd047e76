/** Entries that are more than we can take: they harm nobody but themselves, however they do it. */
import { expect, it, onTestFinished } from 'vitest';
import { wasenderapi } from '../../src/main/adapters/provider/wasenderapi/index.ts';
import type { InboxId } from '../../src/main/core/domain/ids.ts';
import { drainAtStart } from '../../src/main/core/ingest/startCarefully.ts';
import type { EntryToRead } from '../../src/main/core/ports/provider.ts';
import { statusUpdate } from '../../src/main/demo/payloads.ts';
import { type Arrival, NOON, openCoreWorld } from '../support/coreWorld.ts';
import { tempDir } from '../support/tempDir.ts';

const CHAT = '15550002222@s.whatsapp.net';
const update = (waId: string): Arrival => ({ body: statusUpdate({ apiKey: 'wsk_test', at: NOON, waId, chat: CHAT, status: 3 }) });

function provider(onRead: (body: string) => void) {
  const real = wasenderapi();
  return {
    ...real,
    normalise(entry: EntryToRead) {
      onRead(Buffer.from(entry.body).toString());
      return real.normalise(entry);
    },
  };
}

it('bodies that take long to read are read in ever smaller helpings, so that webhooks come in between; what follows is read together again', async () => {
  let world: ReturnType<typeof openCoreWorld> | undefined;
  const slow = provider((body) => (body.length > 20_000 ? world?.clock.advance(300) : undefined));
  world = openCoreWorld(await tempDir(), { provider: slow });
  onTestFinished(() => world?.close());
  const large = (waId: string): Arrival => ({ body: `${JSON.stringify(update(waId).body)}${' '.repeat(30_000)}` });
  const ids = world.hear([
    ...Array.from({ length: 200 }, (_each, i) => large(`S${i}`)),
    ...Array.from({ length: 400 }, (_each, i) => update(`Q${i}`)),
  ]);
  const sizes = world.told.map((drained) => drained.entries);
  expect(sizes.slice(0, 4)).toEqual([128, 32, 8, 2]);
  expect(sizes.slice(4, 30).every((size) => size <= 2)).toBe(true);
  expect(Math.max(...sizes.slice(30))).toBe(128);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(ids.length);
  expect(world.store.inbox.counts()).toMatchObject({ kept: 0, applied: 600 });
});

it('an entry that ends the process whenever it is read is found by itself, set aside with the reason, and all others are applied', async () => {
  const folder = await tempDir();
  const dies = { now: true };
  const open = () =>
    openCoreWorld(folder, {
      provider: provider((body) => {
        // nothing can be caught of a process that is killed: what was going on is simply over
        if (dies.now && body.includes('POISON')) throw Object.assign(new Error('killed'), { code: 'SQLITE_IOERR_SHORT_READ' });
      }),
    });
  const first = open();
  for (const waId of ['W1', 'W2', 'POISON', 'W3']) first.keep(update(waId));
  first.close();
  let starts = 0;
  for (let alive = false; !alive; ) {
    starts++;
    const world = open();
    try {
      drainAtStart({ store: world.store, drain: world.drain, log: world.log });
      alive = true;
    } catch {
      expect(starts).toBeLessThan(10);
    } finally {
      world.close();
    }
  }
  const world = open();
  onTestFinished(() => world.close());
  expect(['W1', 'W2', 'W3'].map((waId) => world.message(waId)?.status)).toEqual(['delivered', 'delivered', 'delivered']);
  expect(world.store.inbox.counts()).toMatchObject({ kept: 0, applied: 3, quarantined: 1 });
  expect(world.state(3 as InboxId)?.reason).toContain('our fault');
  expect(world.store.settings.get('drain-start')).toBeUndefined();
  // and after an update that can read it, it heals
  dies.now = false;
  world.drain.replay([3 as InboxId], false);
  expect(world.message('POISON')?.status).toBe('delivered');
});
