import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createSurroundings, openCopy } from '../../src/main/adapters/sqlite/copies.ts';
import { createSafekeeping } from '../../src/main/adapters/sqlite/safekeeping/index.ts';
import { newBackupId } from '../../src/main/adapters/sqlite/safekeeping/shelf.ts';
import { openStore } from '../../src/main/adapters/sqlite/store.ts';
import { CARRIED_KEY } from '../../src/main/core/ports/privacy.ts';
import { createSuppression } from '../../src/main/core/privacy/suppression.ts';
import { contactsAppeared, DOCUMENTED_STYLE, groupReceipt, sent, statusUpdate } from '../../src/main/demo/payloads.ts';
import { knowledge, NOON, openCoreWorld } from '../support/coreWorld.ts';
import { tempDir } from '../support/tempDir.ts';

const THEIRS = '447700900219';
const OTHERS = '15550002222';
const LID = '98700000000001';
const GROUP = '120363000000000001@g.us';
const jid = (digits: string) => `${digits}@s.whatsapp.net`;
const about = (waId: string, at = NOON) => ({ apiKey: 'x', at, waId });

async function aWorld() {
  const folder = await tempDir();
  const world = openCoreWorld(folder);
  onTestFinished(() => world.close());
  const { erasures } = world.privacy;
  const erase = async (recipient = `+${THEIRS}`) => {
    const { id } = erasures.erase(recipient, undefined);
    await erasures.settled();
    return erasures.list().find((one) => one.id === id);
  };
  return { ...world, folder, erase, erasures };
}

const withLid = {
  event: 'messages.update',
  timestamp: NOON,
  data: { update: { status: 3 }, key: { remoteJid: `${LID}@lid`, id: 'A', fromMe: true, senderPn: jid(THEIRS) } },
};

it('a group keeps what the others got, and its status does not fall', async () => {
  const world = await aWorld();
  world.hear([
    { source: 'track', shape: 'track', body: { waId: 'G', chat: GROUP, groupSize: 2 } },
    { body: sent({ ...about('G'), to: GROUP, text: 'All' }) },
    { body: groupReceipt({ ...about('G', NOON + 1000), chat: GROUP, person: jid(THEIRS), step: 'read' }) },
    { body: groupReceipt({ ...about('G', NOON + 2000), chat: GROUP, person: jid(OTHERS), step: 'read' }) },
  ]);
  expect(world.message('G')).toMatchObject({ status: 'read', summary: { people: 2, read: 2 } });
  const erasure = await world.erase();
  expect(world.message('G')).toMatchObject({ status: 'read', groupSize: 1, summary: { people: 1, read: 1 } });
  expect([...world.store.messages.lanes(world.message('G')?.row ?? 0).keys()].sort()).toEqual(['', `+${OTHERS}`]);
  expect(erasure?.counts).toMatchObject({ groupMessages: 1, groupReceipts: 1, left: 0 });
});

it('an entry that speaks of others too keeps the rest of its bytes, and replayed it says the same of them', async () => {
  const world = await aWorld();
  const [both] = world.hear([
    {
      source: 'poll',
      shape: 'message-log',
      body: {
        success: true,
        data: {
          current_page: 1,
          last_page: 1,
          data: [THEIRS, OTHERS].map((digits, i) => ({
            id: `5900000${i}`,
            to: `+${digits}`,
            status: 'sent',
            created_at: '2026-02-02 02:40:00',
            updated_at: '2026-02-02 02:40:02',
          })),
        },
      },
    },
    {
      body: contactsAppeared({
        apiKey: 'x',
        at: NOON,
        contacts: [
          { chat: jid(THEIRS), name: 'Amara Osei' },
          { chat: jid(OTHERS), name: 'Kofi Mensah' },
        ],
      }),
    },
  ]);
  await world.erase();
  const kept = world.store.privacy.entries(0, 10).map((entry) => entry.body.toString());
  expect(kept).toHaveLength(2);
  expect(kept.join()).toContain(`+${OTHERS}`);
  expect(kept.join()).toContain('Kofi Mensah');
  expect(kept.join()).not.toMatch(/Amara|447700/);
  const before = knowledge(world.store, world.account);
  expect(before).toHaveLength(1);
  expect(world.drain.replay([both ?? (0 as never)], false).messagesChanged).toBe(0);
  expect(knowledge(world.store, world.account)).toEqual(before);
});

it('later news of the person is settled with the reason and without the bytes, by number, hidden address, message or new hidden address', async () => {
  const world = await aWorld();
  world.hear([{ body: sent({ ...about('A'), to: jid(THEIRS), text: 'Hello' }) }, { body: withLid }]);
  await world.erase();
  const ids = world.hear([
    { body: statusUpdate({ ...about('B'), chat: jid(THEIRS), status: 3 }) },
    { body: statusUpdate({ ...about('C'), chat: `${LID}@lid`, status: 3 }) },
    { body: { event: 'messages.update', timestamp: NOON, data: { update: { status: 4 }, key: { id: 'A', fromMe: true } } } },
    { body: { ...withLid, data: { ...withLid.data, key: { ...withLid.data.key, id: 'D', remoteJid: '98799999999999@lid' } } } },
    { body: statusUpdate({ ...about('E'), chat: '98799999999999@lid', status: 3 }) },
    { body: groupReceipt({ ...about('F'), chat: GROUP, person: jid(THEIRS), step: 'read' }) },
  ]);
  for (const id of ids) {
    expect(world.state(id)).toMatchObject({ state: 'ignored', reason: expect.stringMatching(/about a contact that was erased on 2026-02-0\d/) });
    expect(world.store.inbox.get(id)).toMatchObject({ removedBy: 'erasure', body: Buffer.alloc(0) });
  }
  expect(knowledge(world.store, world.account)).toEqual([]);
  expect(world.store.db.prepare('SELECT count(*) FROM aliases').pluck().get()).toBe(0);
});

it('others are kept as ever while somebody is not', async () => {
  const world = await aWorld();
  await world.erase();
  const style = { ...DOCUMENTED_STYLE, session: false };
  const body = Buffer.from(JSON.stringify(statusUpdate({ ...about('B'), chat: jid(OTHERS), status: 3, style })));
  const [id] = world.hear([{ body }]);
  expect(world.store.inbox.get(id ?? 0)?.body.equals(body)).toBe(true);
  expect(world.message('B')?.status).toBe('delivered');
});

it('a person who is allowed again is kept from then on, and nothing erased comes back', async () => {
  const world = await aWorld();
  world.hear([{ body: sent({ ...about('A'), to: jid(THEIRS), text: 'Hello' }) }]);
  const erasure = await world.erase();
  expect(() => world.privacy.suppression.assertAllowed(`+${THEIRS}`)).toThrow(/was erased on/);
  world.erasures.allow(erasure?.id ?? 0);
  world.privacy.suppression.assertAllowed(`+${THEIRS}`);
  world.hear([{ body: statusUpdate({ ...about('B'), chat: jid(THEIRS), status: 3 }) }]);
  expect([world.message('A'), world.message('B')?.chat]).toEqual([undefined, `+${THEIRS}`]);
});

it('going back to an older copy does not bring the person back', async () => {
  const world = await aWorld();
  await mkdir(join(world.folder, 'backups'));
  const copy = join(world.folder, 'backups', 'tickline-20260101T000000000Z-daily.sqlite');
  world.store.db.prepare('VACUUM INTO ?').run(copy);
  world.hear([{ body: sent({ ...about('A'), to: jid(THEIRS), text: 'Hello' }) }]);
  await world.erase();
  const back = await tempDir();
  await copyFile(copy, join(back, 'tickline.sqlite'));
  const store = openStore(back);
  onTestFinished(() => store.close());
  const suppression = createSuppression({ store, clock: world.clock, randomBytes: () => Buffer.alloc(32) });
  expect(() => suppression.assertAllowed(`+${THEIRS}`)).toThrow(/was erased on/);
  expect(store.privacy.erasures()).toHaveLength(1);
});

it('going back to an older copy leaves a person allowed who was allowed since', async () => {
  const world = await aWorld();
  await mkdir(join(world.folder, 'backups'));
  const copies = ['20260101', '20260102'].map((day) => join(world.folder, 'backups', `tickline-${day}T000000000Z-daily.sqlite`));
  const copy = (file: string | undefined) => world.store.db.prepare('VACUUM INTO ?').run(file);
  copy(copies[0]);
  const erasure = await world.erase();
  copy(copies[1]);
  world.erasures.allow(erasure?.id ?? 0);
  await world.erasures.settled();
  for (const file of copies) {
    const back = await tempDir();
    await copyFile(file, join(back, 'tickline.sqlite'));
    const store = openStore(back);
    onTestFinished(() => store.close());
    createSuppression({ store, clock: world.clock, randomBytes: () => Buffer.alloc(32) }).assertAllowed(`+${THEIRS}`);
    expect(store.privacy.erasures()).toMatchObject([{ liftedAt: NOON }]);
  }
});

it('putting back a backup takes along who was erased since, and goes on with an erasure that was not done', async () => {
  const folder = await tempDir();
  const world = openCoreWorld(folder);
  await mkdir(join(folder, 'backups'));
  const backup = newBackupId(NOON, 'asked');
  const hold = [sent({ ...about('A'), to: jid(THEIRS), text: 'Hello' }), sent({ ...about('B'), to: jid(OTHERS), text: 'Hello' })];
  world.hear(hold.map((body) => ({ body })));
  world.privacy.erasures.erase(`+${THEIRS}`, undefined);
  await world.privacy.erasures.settled();
  // A backup from before the second, which a kill interrupts before it begins.
  world.store.db.prepare('VACUUM INTO ?').run(join(folder, 'backups', `${backup}.sqlite`));
  world.privacy.erasures.erase(`+${OTHERS}`, undefined);
  await world.privacy.stop();
  world.close();
  createSafekeeping(folder).decideRestore(backup, NOON);

  const back = openCoreWorld(folder);
  onTestFinished(() => back.close());
  expect(back.privacy.erasures.list()).toMatchObject([{ finishedAt: NOON }, { finishedAt: null, step: 'messages' }]);
  expect(back.message('B')).toBeDefined();
  for (const digits of [THEIRS, OTHERS]) expect(() => back.privacy.suppression.assertAllowed(`+${digits}`)).toThrow(/was erased on/);
  back.privacy.erasures.resume();
  await back.privacy.erasures.settled();
  expect(back.message('B')).toBeUndefined();
  expect(back.privacy.erasures.list()[1]).toMatchObject({ finishedAt: NOON, sealed: null, counts: { left: 0 } });
});

it('the first of two erasures does not count the second as done in a copy, and leaves nothing of its own there', async () => {
  const world = await aWorld();
  await mkdir(join(world.folder, 'backups'));
  const copy = join(world.folder, 'backups', 'tickline-20260101T000000000Z-daily.sqlite');
  const [first, second] = [THEIRS, OTHERS].map((digits) => world.erasures.erase(`+${digits}`, undefined).id);
  world.store.db.prepare('VACUUM INTO ?').run(copy);
  const { carried } = world.privacy.suppression;
  expect(createSurroundings(world.folder).carryOver(copy, CARRIED_KEY, carried(first ?? 0))).toBe(true);
  const db = new Database(copy, { readonly: true });
  const rows = db.prepare('SELECT id, sealed IS NULL AS done FROM erasures ORDER BY id').all();
  db.close();
  expect(rows).toEqual([
    { id: first, done: 1 },
    { id: second, done: 0 },
  ]);
  await world.erasures.settled();
  const store = openCopy(copy);
  onTestFinished(() => store?.close());
  expect(store?.settings.get(CARRIED_KEY)).not.toMatch(/"sealed":"/);
  expect(store?.privacy.erasures()).toMatchObject([{ sealed: null }, { sealed: null }]);
});

it('a copy that cannot be cleaned goes, one that never held the number stays as good as it was', async () => {
  const world = await aWorld();
  world.hear([{ body: sent({ ...about('A'), to: jid(THEIRS), text: 'Hello' }) }]);
  await mkdir(join(world.folder, 'set-aside', 'x'), { recursive: true });
  await writeFile(join(world.folder, 'set-aside', 'x', 'tickline.sqlite'), `damaged ${THEIRS}`);
  await writeFile(join(world.folder, 'set-aside', 'x', 'other.sqlite'), 'damaged too');
  const erasure = await world.erase();
  expect(erasure?.counts).toMatchObject({ copiesRemoved: 1, left: 0 });
});

it('an erasure that could not be written leaves no key behind that only this run knows', async () => {
  const world = await aWorld();
  const begin = world.store.privacy.seal;
  world.store.privacy.seal = () => {
    throw Object.assign(new Error('the disk is full'), { code: 'SQLITE_FULL' });
  };
  expect(() => world.erasures.erase(`+${THEIRS}`, undefined)).toThrow('the disk is full');
  world.store.privacy.seal = begin;
  await world.erase();
  // as the next start reads it
  const later = createSuppression({ store: world.store, clock: world.clock, randomBytes: () => Buffer.alloc(32) });
  expect(() => later.assertAllowed(`+${THEIRS}`)).toThrow(/was erased on/);
});

it('an address learned in a batch that is taken back is not believed to be written', async () => {
  const world = await aWorld();
  await world.erase();
  const { suppression } = world.privacy;
  const learn = () => suppression.add(1, [`${LID}@lid`]);
  world.store.rehearse(learn);
  suppression.assertAllowed(`${LID}@lid`);
  world.store.transaction(() => {
    expect(() =>
      world.store.transaction(() => {
        learn();
        throw new Error('no');
      }),
    ).toThrow('no');
    suppression.assertAllowed(`${LID}@lid`);
    learn();
  });
  expect(() => suppression.assertAllowed(`${LID}@lid`)).toThrow(/was erased on/);
});

it('another whose number begins with theirs keeps every copy, export and log', async () => {
  const world = await aWorld();
  const longer = '498912345678';
  world.hear([{ body: sent({ ...about('A'), to: jid(longer), text: 'Hello' }) }]);
  for (const name of ['backups', 'exports', 'set-aside/x']) await mkdir(join(world.folder, name), { recursive: true });
  const copy = join(world.folder, 'backups', 'tickline-20260101T000000000Z-daily.sqlite');
  world.store.db.prepare('VACUUM INTO ?').run(copy);
  const others = ['exports/a.csv', 'set-aside/x/tickline.sqlite', 'other.bin'].map((name) => join(world.folder, name));
  // longer than one piece: the number stands where it is cut
  const bytes = Buffer.from(`${' '.repeat((1 << 20) - 11)}+${longer},x,${longer}`);
  for (const path of others) await writeFile(path, bytes);
  const erasure = await world.erase('+49 89 123456');
  expect(erasure?.counts).toMatchObject({ left: 0 });
  for (const what of ['copiesRemoved', 'copiesCleaned', 'exportsRemoved', 'filesRewritten', 'rewrittenWhole'])
    expect(erasure?.counts).not.toHaveProperty(what);
  for (const path of others) expect((await readFile(path)).equals(bytes)).toBe(true);
  const store = openCopy(copy);
  onTestFinished(() => store?.close());
  expect(store?.messages.byWaId(world.account, 'A')?.chat).toBe(`+${longer}`);
});

it('the receipt tells how much and when, and not whom', async () => {
  const world = await aWorld();
  world.hear([{ body: sent({ ...about('A'), to: jid(THEIRS), text: 'Hello' }) }]);
  const erasure = await world.erase('+44 7700 900-219');
  expect(erasure).toMatchObject({
    tail: '19',
    step: 'done',
    sealed: null,
    finishedAt: NOON,
    counts: { messages: 1, receipts: 1, entriesRemoved: 1, left: 0 },
  });
  expect(JSON.stringify(erasure)).not.toContain('900219');
});

it.each(['+123456', 'nobody', GROUP, 'erased-1'])('%s is nobody who could be erased', async (recipient) => {
  const world = await aWorld();
  expect(() => world.erasures.erase(recipient, undefined)).toThrow();
  expect(world.erasures.list()).toEqual([]);
});

it("the owner's own number is not erased from under the connection", async () => {
  const world = await aWorld();
  world.store.accounts.update(world.account, { sessionPhone: `+${THEIRS}` });
  expect(() => world.erasures.erase(`+${THEIRS}`, undefined)).toThrow(/your own connection/);
});

it('an erasure that failed and waits for its next try does not outlive the stop', async () => {
  const { privacy, store, clock } = await aWorld();
  vi.spyOn(store.privacy, 'progress').mockImplementation(() => {
    throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
  });
  const before = clock.waiting();
  privacy.erasures.erase(`+${THEIRS}`, undefined);
  await privacy.erasures.settled();
  expect(clock.waiting()).toBe(before + 1);
  await privacy.erasures.stop();
  expect(clock.waiting()).toBe(before);
});
