/** Opens a data folder's database only when it is believed to be whole; what is not is recovered first, once. */
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { MIGRATIONS, migrate, versionInMark } from '../migrate.ts';
import { type Db, openDatabase } from '../open.ts';
import { DamageError, damageInWords, headerFault, isDamage } from './damage.ts';
import { BACKUPS, DATABASE_FILE, namesIn, sizeOf } from './files.ts';
import { assertLogBelongs, assertOpenedAt, markLog, readLogMark, writeOpenedAt } from './logMark.ts';
import { markDamaged } from './pending.ts';
import { canBeOfVersion } from './scratch.ts';
import { settlePending } from './settle.ts';

export type OpenWhole = {
  readonly db: Db;
  /** Call before the database is closed, or its log is begun anew by another connection. */
  beforeLogEnds(): void;
  /** Call once it is closed. */
  closed(): void;
};

/**
 * The database of the folder, up to date. A damaged one is set aside and recovered; if what was recovered does
 * not open either, that is thrown: there is no second try, so nothing here can loop.
 */
export function openWhole(data: string, now: () => number): OpenWhole {
  settlePending(data, now());
  try {
    return openBelieved(data, now);
  } catch (error) {
    if (!isDamage(error)) throw error;
    markDamaged(data, damageInWords(error), now(), error instanceof DamageError ? error.log : 'trusted');
    settlePending(data, now());
    return openOnce(data, now);
  }
}

/** SQLite tells a read that the disk refused as damage, too, and that may pass; so what it says is believed the second time. */
function openBelieved(data: string, now: () => number): OpenWhole {
  try {
    return openOnce(data, now);
  } catch (error) {
    if (error instanceof DamageError || !isDamage(error)) throw error;
    return openOnce(data, now);
  }
}

function openOnce(data: string, now: () => number): OpenWhole {
  const file = join(data, DATABASE_FILE);
  const { mustHold } = assertLogBelongs(data);
  assertBegins(data, file);
  // A folder that was there before may be open to others; SQLite gives its other files the mode of this one.
  closeSync(openSync(file, 'a', 0o600));
  markLog(data, 'unsure');
  const db = openDatabase(file);
  try {
    assertVersionTold(db);
    assertOpenedAt(db, mustHold);
    migrate(db);
    assertReadable(db);
    writeOpenedAt(data, db, now());
  } catch (error) {
    db.close();
    throw error;
  }
  return {
    db,
    beforeLogEnds: () => markLog(data, 'unsure'),
    closed() {
      // the log outlives its database only where another program still reads it
      if (sizeOf(`${file}-wal`) === 0) markLog(data, 'closed');
    },
  };
}

/** Looks before SQLite does, so that a file it would only make worse is not touched. */
function assertBegins(data: string, file: string): void {
  if (sizeOf(file) === 0) {
    // a first start, or one that was cut off before its first table
    const wasThere =
      ['closed', 'running'].includes(readLogMark(data).state) ||
      sizeOf(`${file}-wal`) > 0 ||
      namesIn(join(data, BACKUPS)).some((name) => name.endsWith('.sqlite'));
    if (wasThere) throw new DamageError('the database file is missing or empty');
    return;
  }
  const fd = openSync(file, 'r');
  try {
    const fault = headerFault(fd);
    if (fault !== undefined) throw new DamageError(fault);
  } finally {
    closeSync(fd);
  }
}

/**
 * The version stands in the header twice (user_version, and in application_id beside our mark): a flipped bit
 * must neither have old tables made again nor be taken for a newer Tickline.
 */
function assertVersionTold(db: Db): void {
  const version = db.pragma('user_version', { simple: true }) as number;
  const again = versionInMark(db.pragma('application_id', { simple: true }) as number);
  const tables = db.prepare(`SELECT count(*) FROM sqlite_schema WHERE type = 'table'`).pluck().get() as number;
  const newest = MIGRATIONS.at(-1)?.version ?? 0;
  // about to be brought up to date: by steps that begin where the tables really are
  const behind = version > 0 && version < newest && !canBeOfVersion(db, version);
  if (behind || version < 0 || (version === 0) !== (tables === 0) || (again !== undefined && again !== version))
    throw new DamageError('the first bytes of the database file contradict each other');
}

/** What the app reads at every start can be read and makes sense. */
function assertReadable(db: Db): void {
  try {
    const rows = db.prepare('SELECT settings, tunnel, coalesce(previous_webhook, 0) AS previous FROM accounts').all() as Record<string, string>[];
    for (const row of rows) for (const text of Object.values(row)) JSON.parse(String(text));
    JSON.parse((db.prepare(`SELECT value FROM settings WHERE key = 'app'`).pluck().get() as string | undefined) ?? '{}');
    const marks = db.prepare('SELECT mark FROM drain').pluck().all() as number[];
    if (marks.length !== 1 || !Number.isSafeInteger(marks[0])) throw new DamageError('what was understood last is not written down');
    db.prepare('SELECT max(id) FROM inbox').get();
    db.prepare('SELECT max(id) FROM messages').get();
  } catch (error) {
    if (isDamage(error)) throw error;
    if (error instanceof SyntaxError || String((error as { code?: unknown }).code) === 'SQLITE_ERROR')
      throw new DamageError('tables of the database are missing or do not make sense');
    throw error;
  }
}
