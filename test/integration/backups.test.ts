import { closeSync, existsSync, openSync, readdirSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { statusUpdate } from '../../src/main/demo/payloads.ts';
import type { App } from '../support/app.ts';
import { openEngineWorld } from '../support/engineWorld.ts';
import { addAccount, openApp, SECRET } from '../support/openApp.ts';
import { tempDir } from '../support/tempDir.ts';
import { untilAnswered } from '../support/until.ts';

const NOW = 1_770_000_000_000;
const body = (n: number, status: 2 | 3 | 4 = 3) =>
  JSON.stringify(
    statusUpdate({
      apiKey: 'a',
      at: NOW + n,
      waId: `3EB0${String(n).padStart(12, '0')}`,
      chat: `1555${String(n).padStart(7, '0')}@s.whatsapp.net`,
      status,
    }),
  );

const posted = async (app: App, path: string, from: number, to: number) => {
  const answers = Array.from({ length: to - from }, (_, i) => app.post(path, body(from + i), { 'x-webhook-signature': SECRET }));
  expect(new Set(await Promise.all(answers))).toEqual(new Set([200]));
};
const messages = async (app: App) => (await app.rpc('messages.page', { limit: 200 })).rows.length;
/** Answers again, with the engine that came after. */
const isBack = (app: App) => untilAnswered(async () => (await app.ask('app.status')).ok, 'an answer', 30_000);

describe('backups', { timeout: 60_000 }, () => {
  it('are made when asked, tell what is in them, and can be put back: same ports, same token, nothing deleted', async () => {
    const data = join(await tempDir(), 'data');
    const app = await openApp({ data });
    const feed = await app.changes();
    onTestFinished(() => feed.close());
    const { account, webhookPath } = await addAccount(app);
    await posted(app, webhookPath, 0, 20);
    await untilAnswered(async () => (await messages(app)) === 20, '20 messages', 30_000);

    const made = await app.rpc('backups.create');
    expect(made).toMatchObject({ kind: 'asked', facts: { accounts: 1, messages: 20, entries: 20 } });
    const file = join(data, 'backups', `${made.id}.sqlite`);
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o077).toBe(0);
    expect(readdirSync(join(data, 'backups')).sort()).toEqual([`${made.id}.json`, `${made.id}.sqlite`]);
    const copy = new Database(file, { readonly: true });
    expect(copy.pragma('integrity_check', { simple: true })).toBe('ok');
    copy.close();
    expect(feed.seen.some(({ name }) => name === 'backups.changed')).toBe(true);
    expect(await app.rpc('backups.list')).toMatchObject({ backups: [{ id: made.id }], running: null, problem: null });

    await posted(app, webhookPath, 20, 25);
    await untilAnswered(async () => (await messages(app)) === 25, '25 messages', 30_000);
    const preview = await app.rpc('backups.preview', { id: made.id });
    expect(preview).toMatchObject({ good: true, inBackup: { messages: 20 }, now: { messages: 25 }, lost: { entries: 5 } });

    expect(await app.rpc('backups.restore', { id: made.id })).toEqual({ restarting: true });
    await untilAnswered(
      async () => (await app.rpc('storage.status').catch(() => undefined))?.lastRecovery?.kind === 'restored',
      'the restore',
      30_000,
    );
    expect(await messages(app)).toBe(20);
    const status = await app.rpc('storage.status');
    expect(status).toMatchObject({ state: 'restored', lastRecovery: { kind: 'restored', backup: { id: made.id }, seen: false } });
    const aside = new Database(join(data, status.lastRecovery?.setAside ?? '', 'tickline.sqlite'));
    expect(aside.prepare('SELECT count(*) FROM messages').pluck().get()).toBe(25);
    aside.close();

    await app.rpc('storage.seen', { id: status.lastRecovery?.id ?? '' });
    expect(await app.rpc('storage.status')).toMatchObject({ state: 'well' });
    // the same account, the same way in
    await posted(app, webhookPath, 30, 31);
    await untilAnswered(async () => (await messages(app)) === 21, 'the new message', 30_000);
    expect((await app.rpc('accounts.list')).accounts).toMatchObject([{ id: account }]);
    expect(app.stdout().trim().split('\n')).toHaveLength(1);
  });

  it('show when the database itself is damaged: it is set aside, recovered, and the app goes on', async () => {
    const data = join(await tempDir(), 'data');
    const app = await openApp({ data });
    const { webhookPath } = await addAccount(app);
    await posted(app, webhookPath, 0, 30);
    await untilAnswered(async () => (await messages(app)) === 30, '30 messages', 30_000);
    await app.rpc('backups.create');
    await posted(app, webhookPath, 30, 40);
    await untilAnswered(async () => (await messages(app)) === 40, '40 messages', 30_000);
    expect(await app.kill('SIGTERM')).toBe(0);

    // a page that no start reads: some rows of the inbox
    const db = new Database(join(data, 'tickline.sqlite'));
    const page = db.prepare(`SELECT pageno FROM dbstat WHERE name = 'inbox' AND pagetype = 'leaf' ORDER BY pageno LIMIT 1`).pluck().get() as number;
    db.close();
    const fd = openSync(join(data, 'tickline.sqlite'), 'r+');
    writeSync(fd, Buffer.alloc(4096, 0x5a), 0, 4096, (page - 1) * 4096);
    closeSync(fd);

    const again = await openApp({ data });
    expect(await again.ask('backups.create')).toMatchObject({ ok: false, error: { code: 'storage_unavailable' } });
    await untilAnswered(
      async () => (await again.rpc('storage.status').catch(() => undefined))?.lastRecovery?.kind === 'recovered',
      'the recovery',
      30_000,
    );
    const { lastRecovery } = await again.rpc('storage.status');
    expect(lastRecovery).toMatchObject({ base: 'backup', figures: { entriesKept: 30, entriesSalvaged: 10, entriesMissing: 0 } });
    await isBack(again);
    await untilAnswered(async () => (await messages(again)) === 40, '40 messages', 30_000);
    expect(existsSync(join(data, 'set-aside', lastRecovery?.id ?? '', 'report.json'))).toBe(true);
    expect(await again.rpc('backups.create')).toMatchObject({ facts: { messages: 40 } });
  });

  it('are not put back while a contact is being erased', async () => {
    const folder = await tempDir();
    const world = await openEngineWorld({ folder, seed: 1 });
    onTestFinished(() => world.stop());
    const { id } = await world.rpc('backups.create');
    const erasure = world.store.privacy.begin({ hash: 'h', tail: '19', reason: null, askedAt: NOW });
    await expect(world.rpc('backups.restore', { id })).rejects.toThrow('busy: A contact is being erased just now.');
    expect(existsSync(join(folder, 'recovery.json'))).toBe(false);
    world.store.privacy.finish(erasure, NOW);
    expect(await world.rpc('backups.restore', { id })).toEqual({ restarting: true });
  });

  it('with a name that leads elsewhere are not found', async () => {
    const app = await openApp();
    for (const id of ['../tickline', 'tickline', '/etc/passwd', 'tickline-20260101T000000000Z-daily']) {
      expect(await app.ask('backups.preview', { id })).toMatchObject({ ok: false, error: { code: 'not_found' } });
      expect(await app.ask('backups.restore', { id })).toMatchObject({ ok: false, error: { code: 'not_found' } });
    }
  });
});
