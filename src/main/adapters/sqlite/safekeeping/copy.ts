/** Makes one copy of a database and proves that it can be opened. Runs in a thread of its own in the app. */
import { chmodSync, closeSync, openSync, rmSync } from 'node:fs';
import type { BackupFacts } from '../../../../shared/contract/storage.ts';
import { type Db, openDatabase } from '../open.ts';
import { DamageError } from './damage.ts';
import { BESIDE, flushFile, renameDurably } from './files.ts';

/** Pages in one step; between two steps others have their turn. */
const STEP = 512;

/**
 * Copies the database at `source`, which may be in use, to `target`. The copy is written beside and gets its
 * name only when every page of it was read and found in order, so whatever bears the name is a good one.
 * Rejects with a DamageError when a page is not: the copy is page for page the original.
 *
 * A connection of its own holds one moment of the database (a read transaction) while the pages are copied:
 * commits go on beside it and are not part of the copy. It reads only, so the app stays the one writer.
 */
export async function copyDatabase(source: string, target: string, onProgress: (done: number) => void): Promise<BackupFacts> {
  const partial = `${target}.partial`;
  removeWithBeside(partial);
  closeSync(openSync(partial, 'wx', 0o600));
  try {
    const db = openDatabase(source, { readonly: true });
    try {
      db.exec('BEGIN');
      db.prepare('SELECT count(*) FROM sqlite_schema').get();
      await db.backup(partial, {
        progress({ totalPages, remainingPages }) {
          onProgress(totalPages === 0 ? 0 : 1 - remainingPages / totalPages);
          return STEP;
        },
      });
      db.exec('COMMIT');
    } finally {
      db.close();
    }
    makeSingle(partial);
    const facts = checkDatabase(partial);
    flushFile(partial);
    renameDurably(partial, target);
    return facts;
  } catch (error) {
    removeWithBeside(partial);
    throw error;
  }
}

/** Reads every page of `file` and gives what is in it. Throws a DamageError in plain words. */
export function checkDatabase(file: string): BackupFacts {
  const db = openDatabase(file, { readonly: true });
  try {
    const found = String(db.pragma('integrity_check(1)', { simple: true }));
    if (found !== 'ok') throw new DamageError('a page of the database is not in order');
    return factsOf(db);
  } finally {
    db.close();
  }
}

export function factsOf(db: Db): BackupFacts {
  const number = (sql: string) => (db.prepare(sql).pluck().get() ?? null) as number | null;
  const lastEntry = number('SELECT max(id) FROM inbox') ?? 0;
  return {
    version: db.pragma('user_version', { simple: true }) as number,
    accounts: number('SELECT count(*) FROM accounts') ?? 0,
    messages: number('SELECT count(*) FROM messages') ?? 0,
    entries: number('SELECT count(*) FROM inbox') ?? 0,
    lastEntry,
    newestMessageAt: number('SELECT max(first_at) FROM messages'),
    newestEntryAt: number('SELECT received_at FROM inbox ORDER BY id DESC LIMIT 1'),
  };
}

/** Leaves write-ahead logging, so that the one file is all there is of it. Only its owner may read it. */
export function makeSingle(file: string): void {
  const db = openDatabase(file);
  try {
    db.pragma('journal_mode = delete');
  } finally {
    db.close();
  }
  if (process.platform !== 'win32') chmodSync(file, 0o600);
}

export function removeWithBeside(file: string): void {
  for (const end of BESIDE) rmSync(`${file}${end}`, { force: true });
}
