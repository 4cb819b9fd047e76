/** Copies of the database that lie beside it: backups, and what was set aside. */
import Database from 'better-sqlite3';
import { createTraceFiles } from '../files/traceFiles.ts';
import { MIGRATIONS } from './migrate.ts';
import type { Db } from './open.ts';
import { DATABASE_FILE, overCopy, type SqliteStore } from './store.ts';

/** What an erasure needs to know of the data folder around the database. */
export function createSurroundings(folder: string) {
  return { files: createTraceFiles(folder, DATABASE_FILE), openCopy, carryOver };
}

function open(file: string): Db {
  const binding = process.env.BETTER_SQLITE3_BINDING;
  const db = new Database(file, { fileMustExist: true, timeout: 2_000, ...(binding ? { nativeBinding: binding } : {}) });
  db.pragma('secure_delete = on');
  db.pragma('foreign_keys = on');
  db.pragma('synchronous = full');
  return db;
}

/** A copy as a store; undefined when it is damaged, or of another form than ours. */
export function openCopy(file: string): SqliteStore | undefined {
  let db: Db | undefined;
  try {
    db = open(file);
    const ours = db.pragma('user_version', { simple: true }) === MIGRATIONS.at(-1)?.version;
    if (ours && db.pragma('quick_check(1)', { simple: true }) === 'ok') return overCopy(db, file);
  } catch {
    // damaged beyond opening
  }
  db?.close();
  return undefined;
}

/**
 * Leaves in the copy, whatever its form, who was erased and is not to be kept again: whoever goes back to it
 * takes that over at the first start. False when it cannot be written.
 */
export function carryOver(file: string, key: string, text: string): boolean {
  let db: Db | undefined;
  try {
    db = open(file);
    db.prepare('INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)').run(key, text);
    // A copy made in the middle of an erasure still says whom to look for; of one that waits its turn it goes on saying it.
    if (db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'erasures'`).get() !== undefined)
      db.prepare(
        `UPDATE erasures SET step = 'done', cursor = '', sealed = NULL, finished_at = coalesce(finished_at, asked_at)
         WHERE sealed IS NOT NULL AND id NOT IN (
           SELECT value ->> 'id' FROM json_each(?, '$.erasures') WHERE value ->> 'sealed' IS NOT NULL
         )`,
      ).run(text);
    return true;
  } catch {
    return false;
  } finally {
    db?.close();
  }
}
