/** Opens the one database, with the settings that our promises rest on, each asked back. */
import Database from 'better-sqlite3';
import { FailureError, fail } from '../../core/domain/failure.ts';

export type Db = Database.Database;

/** How long a connection waits for another that writes. */
export const BUSY_MS = 5_000;

/**
 * Opens `file` for writing (or only for reading). Throws a FailureError `storage_unavailable` when SQLite
 * is too old, or a setting did not take (WAL is refused on network file systems, for example).
 * `BETTER_SQLITE3_BINDING` names another build of the addon, for runtimes that the packaged one does not fit.
 */
export function openDatabase(file: string, options: { readonly?: boolean } = {}): Db {
  assertRuntime(process.versions);
  const binding = process.env.BETTER_SQLITE3_BINDING;
  const db = new Database(file, { readonly: options.readonly ?? false, timeout: BUSY_MS, ...(binding ? { nativeBinding: binding } : {}) });
  try {
    assertSafeVersion(sqliteVersion(db));
    if (!options.readonly) {
      set(db, 'journal_mode', 'wal', 'wal');
      set(db, 'synchronous', 'full', 2);
      // A checkpoint stops the writer for its length, so it comes in small helpings; the file is never left to grow past 64 MB.
      set(db, 'wal_autocheckpoint', '2000', 2000);
      set(db, 'journal_size_limit', '67108864', 67_108_864);
      // What is removed is overwritten: an erased number must not stay in the file's empty places.
      set(db, 'secure_delete', 'on', 1);
    }
    set(db, 'foreign_keys', 'on', 1);
    // in KiB; whoever only reads goes through a copy once, from its first page to its last
    db.pragma(`cache_size = -${options.readonly ? 2_000 : 16_000}`);
    db.pragma('temp_store = memory');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Holds `file` (a database of its own, never written) exclusively until closed: one writer per data
 * folder. The system lets go of it when the process dies, however it dies.
 */
export function holdFolder(file: string): { close(): void } {
  const binding = process.env.BETTER_SQLITE3_BINDING;
  assertRuntime(process.versions);
  const db = new Database(file, { timeout: 0, ...(binding ? { nativeBinding: binding } : {}) });
  try {
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) {
      throw new FailureError(
        fail('conflict', 'Tickline is already running with this data folder. Close the other copy, or choose another folder with --data.').error,
      );
    }
    throw error;
  }
  return {
    close() {
      if (db.open) db.close();
    },
  };
}

/** The version of the SQLite library in use, e.g. `3.54.1`. */
export function sqliteVersion(db: Db): string {
  return String(db.prepare('SELECT sqlite_version()').pluck().get());
}

/**
 * Versions 3.7.0 to 3.51.2 can silently lose acknowledged commits when two connections write and
 * checkpoint at once (sqlite.org/wal.html#the_wal_reset_bug); the fix was also put into 3.50.7 and 3.44.6.
 */
export function assertSafeVersion(version: string): void {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  const fixed =
    major > 3 || (major === 3 && (minor > 51 || (minor === 51 && patch >= 3) || (minor === 50 && patch >= 7) || (minor === 44 && patch >= 6)));
  if (!fixed) {
    throw new FailureError(
      fail(
        'storage_unavailable',
        `This copy of SQLite (${version}) can lose records it has already confirmed. Tickline needs 3.51.3 or later; install Tickline afresh.`,
        {
          detail: `sqlite ${version}`,
        },
      ).error,
    );
  }
}

/** better-sqlite3 13 does not throw on an older Node, it takes the process down; so we ask first. */
export function assertRuntime(versions: { readonly napi?: string; readonly node: string }): void {
  if (process.env.BETTER_SQLITE3_BINDING) return;
  if (Number(versions.napi ?? 0) < 10) {
    throw new FailureError(
      fail('storage_unavailable', `Tickline needs Node 22.14 or later; this is ${versions.node}. Start it with npm start, which brings its own.`)
        .error,
    );
  }
}

function set(db: Db, name: string, value: string, expected: string | number): void {
  db.pragma(`${name} = ${value}`);
  const found = db.pragma(name, { simple: true });
  if (found !== expected) {
    throw new FailureError(
      fail(
        'storage_unavailable',
        'The data folder does not support safe storage (it may be a network drive). Choose a folder on this computer with --data.',
        {
          detail: `${name} is ${String(found)}, not ${expected}`,
        },
      ).error,
    );
  }
}
