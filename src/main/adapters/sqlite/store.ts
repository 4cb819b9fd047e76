/** Everything durable behind one door: opens the folder's database, holds it, brings it up to date. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, type DiskTrouble, diskTroubleOf } from '../../core/domain/diskTrouble.ts';
import { FailureError, fail } from '../../core/domain/failure.ts';
import type { Store } from '../../core/ports/store.ts';
import { assertLocalFolder } from '../../networkFolder.ts';
import { createAccounts, createGaps, createSettings } from './accounts.ts';
import { createContacts } from './contacts.ts';
import { createExportRecords } from './exportRecords.ts';
import { createFreshness, type Owed } from './freshness.ts';
import { createInbox } from './inbox.ts';
import { createMessages } from './messages.ts';
import { BUSY_MS, type Db, holdFolder, openDatabase, sqliteVersion } from './open.ts';
import { createPrivacy } from './privacy.ts';
import { createReading } from './reading.ts';
import { createRetention } from './retention.ts';
import { damageInWords, isDamageOrMissing } from './safekeeping/damage.ts';
import { DATABASE_FILE } from './safekeeping/files.ts';
import { type OpenWhole, openWhole } from './safekeeping/openWhole.ts';
import { markDamaged } from './safekeeping/pending.ts';
import { createTallies } from './tallies.ts';

export type SqliteStore = Store & {
  /** The connection of now; another one after `reopen`. */
  readonly db: Db;
  /** A part of your own over the connection, renewed with it: whoever holds the part goes on with the new one. */
  attach<Part extends object>(make: (db: Db) => Part): Part;
};

/** The file name of the database inside the data folder. */
export { DATABASE_FILE };

/**
 * Opens the store in `folder` (made with mode 0700 when missing); a damaged database is set aside and recovered
 * first, and a backup that was chosen put back. Throws a FailureError when another copy holds the folder, when it
 * lies on a network drive, when the database is from a newer Tickline, or when it cannot be opened safely.
 */
export function openStore(folder: string, now: () => number = Date.now): SqliteStore {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  assertLocalFolder(folder);
  const hold = holdFolder(join(folder, 'in-use.sqlite'));
  try {
    return openWith(folder, now, () => hold.close());
  } catch (error) {
    hold.close();
    throw inWords(error);
  }
}

const CANNOT_OPEN: Readonly<Record<Exclude<DiskTrouble, 'damaged'>, string>> = {
  full: 'The disk is full, so Tickline cannot open its data. Free some space and start it again; nothing was changed.',
  io: 'The disk reports errors, so Tickline cannot open its data. Check the disk, or copy the data folder to another and start Tickline there with --data.',
  refused: 'Tickline may not write to its data folder. Give it that right, or choose another folder with --data.',
  busy: 'Another program holds the data of Tickline. Close it and start Tickline again.',
};

/** What kept us from opening, for the owner; anything but trouble with the disk is passed on as it is. */
function inWords(error: unknown): unknown {
  const trouble = error instanceof FailureError ? undefined : diskTroubleOf(error);
  if (trouble === undefined || trouble === 'damaged') return error;
  return new FailureError(fail('storage_unavailable', CANNOT_OPEN[trouble], { detail: codeOf(error) }).error);
}

/** A store over a copy of the database; for `openCopy`. */
export function overCopy(db: Db, file: string): SqliteStore {
  const nothing = () => undefined;
  return over({ db, beforeLogEnds: nothing, closed: nothing }, file, nothing);
}

/** The store over a whole database. Damage that only its own questions meet is recovered from like any other, once. */
function openWith(folder: string, now: () => number, release: () => void): SqliteStore {
  for (let tries = 0; ; tries++) {
    const opened = openWhole(folder, now);
    try {
      return over(opened, join(folder, DATABASE_FILE), release);
    } catch (error) {
      opened.db.close();
      if (tries > 1 || !isDamageOrMissing(error)) throw error;
      // the first time it may be a read that the disk refused, which SQLite calls damage as well
      if (tries > 0) markDamaged(folder, damageInWords(error), now());
    }
  }
}

const TAKE_BACK = Symbol('take back');

function over(opened: OpenWhole, file: string, release: () => void): SqliteStore {
  let db = opened.db;
  const renewals: ((next: Db) => () => void)[] = [];
  /** The part keeps its identity and gets new functions, so that the way to them costs nothing more. */
  function attach<Part extends object>(make: (db: Db) => Part): Part {
    const part = make(db);
    renewals.push((next) => {
      const renewed = make(next);
      return () => void Object.assign(part, renewed);
    });
    return part;
  }

  const tallies = attach(createTallies);
  const owed: Owed = { spent: new Map(), written: [] };
  const freshness = attach((db) => createFreshness(db, owed));
  const runner = attach((db) => ({
    run: db.transaction((work: () => unknown) => {
      const result = work();
      tallies.flush();
      freshness.flush();
      return result;
    }).immediate,
  }));
  const takenBack: (() => void)[] = [];
  function transaction<T>(work: () => T): T {
    try {
      const result = runner.run(work) as T;
      if (!db.inTransaction) freshness.committed();
      return result;
    } catch (error) {
      tallies.reset();
      freshness.reset();
      for (const hear of takenBack) hear();
      throw error;
    }
  }

  function reopen(): void {
    opened.beforeLogEnds();
    // Opened beside the old one, it shares what that knows of the log: a commit that failed stays undone.
    const next = openDatabase(file);
    try {
      // After a failed fsync the system may think clean what never reached the disk. So everything valid is written
      // once more, into the database, and the log begins anew; if that fails too, the disk is not well yet.
      // Whoever reads meanwhile may read on: the next commit then overwrites what failed.
      next.pragma('busy_timeout = 0');
      next.pragma('wal_checkpoint(TRUNCATE)');
      next.pragma(`busy_timeout = ${BUSY_MS}`);
      const renewed = renewals.map((renew) => renew(next));
      for (const take of renewed) take();
    } catch (error) {
      closeQuietly(next);
      throw error;
    }
    const old = db;
    db = next;
    closeQuietly(old);
  }

  const messages = attach((db) => createMessages(db, tallies));
  return {
    get db() {
      return db;
    },
    attach,
    accounts: attach(createAccounts),
    inbox: attach(createInbox),
    messages,
    contacts: attach(createContacts),
    gaps: attach(createGaps),
    reading: attach(createReading),
    settings: attach(createSettings),
    exportRecords: attach(createExportRecords),
    freshness,
    privacy: attach(createPrivacy),
    retention: attach((db) => createRetention(db, messages)),
    sqliteVersion: sqliteVersion(db),
    transaction,
    onTakenBack: (hear) => void takenBack.push(hear),
    reopen,
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
      try {
        opened.beforeLogEnds();
      } finally {
        try {
          db.close();
        } finally {
          release();
        }
      }
      opened.closed();
    },
  };
}

/** A connection that is given up: what it cannot finish, the next one takes from the files. */
function closeQuietly(db: Db): void {
  try {
    db.close();
  } catch {
    // better-sqlite3 lets go of it when it is collected
  }
}
