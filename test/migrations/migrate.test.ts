import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { MIGRATIONS, type Migration, markOfVersion, migrate } from '../../src/main/adapters/sqlite/migrate.ts';
import { type Db, openDatabase } from '../../src/main/adapters/sqlite/open.ts';
import { DATABASE_FILE, openStore } from '../../src/main/adapters/sqlite/store.ts';
import { FailureError } from '../../src/main/core/domain/failure.ts';
import { tempDir } from '../support/tempDir.ts';

const NEWEST = MIGRATIONS.at(-1)?.version ?? 0;
const version = (db: Db) => db.pragma('user_version', { simple: true });
const schema = (db: Db) => db.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name').all();

function failureOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    if (error instanceof FailureError) return { ...error.failure };
    throw error;
  }
  return undefined;
}

describe('a database', () => {
  it('that is fresh is brought to the newest version in one go, without backups', async () => {
    const folder = await tempDir();
    const db = openDatabase(join(folder, 'a.sqlite'));
    expect(migrate(db)).toEqual({ from: 0, to: NEWEST });
    expect(version(db)).toBe(NEWEST);
    expect(existsSync(join(folder, 'backups'))).toBe(false);
    db.close();
  });

  it('has only strict tables and numbers its steps upwards', async () => {
    const db = openDatabase(join(await tempDir(), 'a.sqlite'));
    migrate(db);
    const loose = db
      .prepare(`SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%'`)
      .pluck()
      .all();
    expect(loose).toEqual([]);
    const numbers = MIGRATIONS.map((step) => step.version);
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
    expect(db.pragma('foreign_key_check')).toEqual([]);
    db.close();
  });

  it('that is up to date is left as it is', async () => {
    const file = join(await tempDir(), 'a.sqlite');
    const first = openDatabase(file);
    migrate(first);
    const before = schema(first);
    expect(migrate(first)).toEqual({ from: NEWEST, to: NEWEST });
    expect(schema(first)).toEqual(before);
    first.close();
  });

  for (const [i, { version: from }] of MIGRATIONS.slice(0, -1).entries()) {
    it(`of version ${from} keeps every row on its way up, with one copy of itself from before the first step, and ends like a fresh one`, async () => {
      const folder = await tempDir();
      const old = openDatabase(join(folder, 'old.sqlite'));
      migrate(old, MIGRATIONS.slice(0, i + 1));
      fill(old);
      const rows = contents(old);
      expect(migrate(old)).toEqual({ from, to: NEWEST });
      // a step may add columns; what was in the others stays
      expect(contents(old, Object.keys(rows))).toMatchObject(rows);
      const fresh = openDatabase(join(folder, 'fresh.sqlite'));
      migrate(fresh);
      expect(schema(old)).toEqual(schema(fresh));
      const [next] = MIGRATIONS.slice(i + 1);
      const name = `before-${String(next?.version).padStart(4, '0')}-${next?.name}.sqlite`;
      expect(readdirSync(join(folder, 'backups'))).toEqual([name]);
      const copy = new Database(join(folder, 'backups', name), { readonly: true });
      expect(version(copy)).toBe(from);
      expect(copy.pragma('integrity_check', { simple: true })).toBe('ok');
      expect(contents(copy, Object.keys(rows))).toMatchObject(rows);
      copy.close();
      old.close();
      fresh.close();
    });
  }

  it('whose step fails midway stays at the version before it, whole, and can be tried again', async () => {
    const folder = await tempDir();
    const db = openDatabase(join(folder, 'a.sqlite'));
    migrate(db);
    fill(db);
    const before = { schema: schema(db), rows: contents(db) };
    const good: Migration = { version: NEWEST + 1, name: 'good', up: (each) => void each.exec('CREATE TABLE good (a TEXT) STRICT') };
    const bad: Migration = {
      version: NEWEST + 2,
      name: 'bad',
      up(each) {
        each.exec('CREATE TABLE half (a TEXT) STRICT; DELETE FROM settings; DROP TABLE gaps');
        throw new Error('the power went');
      },
    };
    expect(() => migrate(db, [...MIGRATIONS, { ...bad, version: NEWEST + 1 }])).toThrow('the power went');
    expect({ schema: schema(db), rows: contents(db) }).toEqual(before);
    expect(version(db)).toBe(NEWEST);
    expect(() => migrate(db, [...MIGRATIONS, good, bad])).toThrow('the power went');
    expect(version(db)).toBe(NEWEST + 1);
    expect(contents(db, Object.keys(before.rows))).toEqual(before.rows);
    expect(migrate(db, [...MIGRATIONS, good, { ...bad, up: () => {} }])).toEqual({ from: NEWEST + 1, to: NEWEST + 2 });
    db.close();
  });

  it('is copied afresh where an earlier copy was cut off', async () => {
    const folder = await tempDir();
    await mkdir(join(folder, 'backups'));
    const name = join(folder, 'backups', `before-${String(NEWEST + 1).padStart(4, '0')}-next.sqlite`);
    writeFileSync(name, 'half a copy');
    const db = openDatabase(join(folder, 'a.sqlite'));
    migrate(db);
    migrate(db, [...MIGRATIONS, { version: NEWEST + 1, name: 'next', up: () => {} }]);
    const copy = new Database(name, { readonly: true });
    expect(version(copy)).toBe(NEWEST);
    copy.close();
    db.close();
  });

  it('that cannot be copied stays as it is, and half a copy does not take up the room', async () => {
    const folder = await tempDir();
    const next = `before-${String(NEWEST + 1).padStart(4, '0')}-next.sqlite`;
    // A folder with the name that the copy is to get, so that the last step of copying fails.
    await mkdir(join(folder, 'backups', next, 'x'), { recursive: true });
    const db = openDatabase(join(folder, 'a.sqlite'));
    migrate(db);
    expect(() => migrate(db, [...MIGRATIONS, { version: NEWEST + 1, name: 'next', up: () => {} }])).toThrow();
    expect(version(db)).toBe(NEWEST);
    expect(readdirSync(join(folder, 'backups'))).toEqual([next]);
    db.close();
  });

  it('from a newer Tickline is refused in plain words, not touched by a byte, and not held', async () => {
    const folder = await tempDir();
    const file = join(folder, DATABASE_FILE);
    openStore(folder).close();
    const newer = new Database(file);
    newer.exec('CREATE TABLE from_the_future (a TEXT) STRICT');
    newer.pragma(`user_version = ${NEWEST + 1}`);
    newer.pragma(`application_id = ${markOfVersion(NEWEST + 1)}`);
    newer.close();
    const before = readFileSync(file);
    expect(failureOf(() => openStore(folder))).toMatchObject({
      code: 'storage_unavailable',
      message: expect.stringMatching(/newer Tickline.*nothing was changed/),
      retry: false,
    });
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(existsSync(join(folder, 'backups'))).toBe(false);
    // the refusal let go of the folder
    const again = new Database(file);
    again.pragma(`user_version = ${NEWEST}`);
    again.pragma(`application_id = ${markOfVersion(NEWEST)}`);
    again.close();
    openStore(folder).close();
  });

  it('that is no database is set aside byte for byte, and another begun', async () => {
    const folder = await tempDir();
    const file = join(folder, DATABASE_FILE);
    writeFileSync(file, 'a letter to the editor, long enough to be read as a page of something\n'.repeat(100));
    const before = readFileSync(file);
    const store = openStore(folder);
    const report = JSON.parse(store.settings.get('recovery') ?? '{}');
    expect(report).toMatchObject({ kind: 'recovered', base: 'fresh', why: 'the database file does not begin like one' });
    expect(readFileSync(join(folder, report.setAside, DATABASE_FILE)).equals(before)).toBe(true);
    store.close();
  });
});

/** One row in each of the first tables, so that a step which loses some is seen. */
function fill(db: Db): void {
  db.exec(`
    INSERT INTO accounts (id, provider, name, demo, settings, tunnel, webhook_token, created_at) VALUES ('acc_0123456789abcdef', 'demo', 'Shop', 1, '{}', '{}', 'w', 1);
    INSERT INTO settings VALUES ('app', '{}');
    INSERT INTO inbox (account_id, source, shape, received_at, headers, body) VALUES ('acc_0123456789abcdef', 'webhook', 'webhook', 1, '{}', x'00ff');
    INSERT INTO messages (account_id, wa_id, kind, first_at, steps) VALUES ('acc_0123456789abcdef', 'W1', 'person', 1, '{}');
    INSERT INTO lanes VALUES (1, '+15550002222', '{}');
    INSERT INTO receipts VALUES (1, 'k', 1, '', 'read', 1, 'stated', NULL, 'webhook', NULL);
    INSERT INTO tallies VALUES ('acc_0123456789abcdef', 0, '', 1);
    INSERT INTO aliases VALUES ('acc_0123456789abcdef', '1@lid', '+15550002222');
    INSERT INTO waiting VALUES ('acc_0123456789abcdef', 'W2', 1);
    INSERT INTO gaps (account_id, from_at, why) VALUES ('acc_0123456789abcdef', 1, 'asleep');
  `);
}

/** Every row of these tables (all of them by default), by table. */
function contents(db: Db, tables?: readonly string[]): Record<string, unknown[]> {
  const names =
    tables ??
    (db.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`).pluck().all() as string[]);
  return Object.fromEntries(names.map((name) => [name, db.prepare(`SELECT * FROM ${name} ORDER BY 1`).all()]));
}
