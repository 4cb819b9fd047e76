import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { assertRuntime, assertSafeVersion, holdFolder, openDatabase, sqliteVersion } from '../../src/main/adapters/sqlite/open.ts';
import { DATABASE_FILE, openStore } from '../../src/main/adapters/sqlite/store.ts';
import { FailureError } from '../../src/main/core/domain/failure.ts';
import { tempDir } from '../support/tempDir.ts';

const STORE = new URL('../../src/main/adapters/sqlite/store.ts', import.meta.url).href;

describe('a version of SQLite', () => {
  it.each(['3.51.3', '3.51.10', '3.52.0', '3.54.1', '3.100.0', '4.0.0', '3.50.7', '3.50.12', '3.44.6', '3.44.9'])('%s is safe', (version) => {
    expect(() => assertSafeVersion(version)).not.toThrow();
  });

  it.each(['3.51.2', '3.51.0', '3.50.6', '3.50.0', '3.49.99', '3.45.0', '3.44.5', '3.43.9', '3.7.0', '2.8.17', '', 'unknown'])(
    '%j can lose what it confirmed, and is refused in plain words',
    (version) => {
      expect(() => assertSafeVersion(version)).toThrow(FailureError);
      expect(() => assertSafeVersion(version)).toThrow(/can lose records/);
    },
  );

  it('in use is a safe one', async () => {
    const db = openDatabase(join(await tempDir(), 'a.sqlite'));
    expect(() => assertSafeVersion(sqliteVersion(db))).not.toThrow();
    db.close();
  });

  it('cannot be loaded by an old Node, which is said before it takes the process down', () => {
    expect(() => assertRuntime({ node: '20.18.0', napi: '9' })).toThrow(/Node 22\.14 or later; this is 20\.18\.0/);
    expect(() => assertRuntime({ node: '24.0.0', napi: '10' })).not.toThrow();
  });
});

describe('a database that was opened', () => {
  it('has the settings that our promises rest on', async () => {
    const db = openDatabase(join(await tempDir(), 'a.sqlite'));
    const ask = (name: string) => db.pragma(name, { simple: true });
    expect(ask('journal_mode')).toBe('wal');
    expect(ask('synchronous')).toBe(2);
    expect(ask('foreign_keys')).toBe(1);
    db.close();
  });

  it('is refused where a setting does not take, as write-ahead logging in memory does not', () => {
    expect(() => openDatabase(':memory:')).toThrow(FailureError);
    expect(() => openDatabase(':memory:')).toThrow(/does not support safe storage/);
  });

  it('can be read by nobody else on this computer', async () => {
    const folder = await tempDir();
    const store = openStore(folder);
    store.settings.put('a', 'b');
    if (process.platform !== 'win32')
      for (const name of [DATABASE_FILE, `${DATABASE_FILE}-wal`]) expect(statSync(join(folder, name)).mode & 0o077).toBe(0);
    store.close();
  });

  it('closes twice without harm', async () => {
    const store = openStore(await tempDir());
    store.close();
    expect(() => store.close()).not.toThrow();
  });
});

describe('a data folder', () => {
  it('has one opener at a time; the second is told so and harms nothing', async () => {
    const folder = await tempDir();
    const first = openStore(folder);
    first.settings.put('a', 'b');
    for (let i = 0; i < 3; i++) {
      let failure: unknown;
      try {
        openStore(folder);
      } catch (error) {
        failure = error instanceof FailureError ? error.failure : error;
      }
      expect(failure).toMatchObject({ code: 'conflict', message: expect.stringContaining('already running') });
    }
    expect(first.settings.get('a')).toBe('b');
    first.close();
    const second = openStore(folder);
    expect(second.settings.get('a')).toBe('b');
    second.close();
  });

  it('is free again the moment its holder is killed, and what was committed is there', async () => {
    const folder = await tempDir();
    const child = await childWith(folder);
    expect(() => openStore(folder)).toThrow(/already running/);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const store = openStore(folder);
    expect(store.settings.get('from-the-child')).toBe('kept');
    expect(store.db.pragma('integrity_check', { simple: true })).toBe('ok');
    store.close();
  });

  it('is held by its own small file, which is let go twice without harm', async () => {
    const file = join(await tempDir(), 'in-use.sqlite');
    const hold = holdFolder(file);
    expect(() => holdFolder(file)).toThrow(FailureError);
    hold.close();
    hold.close();
    holdFolder(file).close();
  });

  it('that another program only reads is not disturbed', async () => {
    const folder = await tempDir();
    const store = openStore(folder);
    store.settings.put('a', 'b');
    const reader = new Database(join(folder, DATABASE_FILE), { readonly: true });
    expect(reader.prepare(`SELECT value FROM settings WHERE key = 'a'`).pluck().get()).toBe('b');
    store.settings.put('a', 'c');
    expect(reader.prepare(`SELECT value FROM settings WHERE key = 'a'`).pluck().get()).toBe('c');
    reader.close();
    store.close();
  });
});

/** A process of its own that holds the folder, has committed something, and waits to be killed. */
async function childWith(folder: string): Promise<ChildProcess> {
  const program = `
    const { openStore } = await import(${JSON.stringify(STORE)});
    globalThis.store = openStore(${JSON.stringify(folder)});
    store.settings.put('from-the-child', 'kept');
    process.stdout.write('open');
    setInterval(() => {}, 1000);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}
