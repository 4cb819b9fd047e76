/** Everything durable behind one door: opens the folder's database, holds it, brings it up to date. */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Store } from '../../core/ports/store.ts';
import { createAccounts, createGaps, createSettings } from './accounts.ts';
import { createContacts } from './contacts.ts';
import { createInbox } from './inbox.ts';
import { createMessages } from './messages.ts';
import { migrate } from './migrate.ts';
import { type Db, holdFolder, openDatabase, sqliteVersion } from './open.ts';
import { createTallies } from './tallies.ts';

export type SqliteStore = Store & { readonly db: Db };

/** The file name of the database inside the data folder. */
export const DATABASE_FILE = 'tickline.sqlite';

/**
 * Opens the store in `folder` (made with mode 0700 when missing). Throws a FailureError when another
 * copy holds it, when it is from a newer Tickline, or when it cannot be opened safely.
 */
export function openStore(folder: string): SqliteStore {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const hold = holdFolder(join(folder, 'in-use.sqlite'));
  let db: Db | undefined;
  try {
    const file = join(folder, DATABASE_FILE);
    // A folder that was there before may be open to others; SQLite gives its other files the mode of this one.
    closeSync(openSync(file, 'a', 0o600));
    db = openDatabase(file);
    migrate(db);
  } catch (error) {
    db?.close();
    hold.close();
    throw error;
  }
  return over(db, () => hold.close());
}

const TAKE_BACK = Symbol('take back');

function over(db: Db, release: () => void): SqliteStore {
  const tallies = createTallies(db);
  const run = db.transaction((work: () => unknown) => {
    const result = work();
    tallies.flush();
    return result;
  });
  function transaction<T>(work: () => T): T {
    try {
      return run.immediate(work) as T;
    } catch (error) {
      tallies.reset();
      throw error;
    }
  }
  return {
    db,
    accounts: createAccounts(db),
    inbox: createInbox(db),
    messages: createMessages(db, tallies),
    contacts: createContacts(db),
    gaps: createGaps(db),
    settings: createSettings(db),
    sqliteVersion: sqliteVersion(db),
    transaction,
    rehearse<T>(work: () => T): T {
      let result: T | undefined;
      try {
        transaction(() => {
          result = work();
          throw TAKE_BACK;
        });
      } catch (error) {
        if (error !== TAKE_BACK) throw error;
      }
      return result as T;
    },
    close() {
      if (!db.open) return;
      db.close();
      release();
    },
  };
}
