/**
 * Remembers which write-ahead log belongs to the database. SQLite itself asks no log where it comes from: a
 * log that was lost takes the newest commits with it in silence, and one from another database is played
 * into ours. So a small file says whether there must be a log, and which.
 *
 * A log's first salt grows by one with each reset and so does its counter; their difference stays the same
 * as long as the file lives (walRestartHdr in SQLite's wal.c), and begins at random: it is the log's name.
 *
 * The order is safe against a kill at every step: `unsure` is on the disk before a log can begin or end,
 * `running` only once the log's first commit is, `closed` only once the log is gone. In doubt we trust the log.
 */
import { closeSync, existsSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Db } from '../open.ts';
import { DamageError } from './damage.ts';
import { DATABASE_FILE, sizeOf } from './files.ts';
import { checkLog } from './logCheck.ts';

export type LogMark =
  | { readonly state: 'none' }
  | { readonly state: 'unsure' }
  | { readonly state: 'closed' }
  | { readonly state: 'running'; readonly log: number; readonly openedAt: number | undefined };

const FILE = 'log-mark';
/** The setting that the first commit of a run writes. */
const OPENED_AT = 'opened-at';
/** Shorter than a sector, so that it is written whole or not at all. */
const LENGTH = 64;
const LOG_HEADER = 32;

export function readLogMark(folder: string): LogMark {
  const bytes = readStart(join(folder, FILE), LENGTH);
  if (bytes === undefined) return { state: 'none' };
  const [, state, log, openedAt] = /^(unsure|closed|running) ?(\d*) ?(\d*) *\n$/.exec(bytes.toString('latin1')) ?? [];
  if (state === 'closed') return { state };
  if (state === 'running' && log !== undefined && log !== '') return { state, log: Number(log), openedAt: openedAt ? Number(openedAt) : undefined };
  return { state: 'unsure' };
}

/** `openedAt`: what the first commit of this run wrote into the database, with `running`. */
export function markLog(folder: string, state: 'unsure' | 'closed' | 'running', openedAt?: number): void {
  const log = state === 'running' ? nameOfLog(join(folder, `${DATABASE_FILE}-wal`)) : undefined;
  if (state === 'running' && log === undefined) return;
  const fd = openSync(join(folder, FILE), 'a+', 0o600);
  closeSync(fd);
  const written = openSync(join(folder, FILE), 'r+');
  try {
    writeSync(written, `${state} ${log ?? ''} ${openedAt ?? ''}`.padEnd(LENGTH - 1).concat('\n'), 0);
    fsyncSync(written);
  } finally {
    closeSync(written);
  }
}

/**
 * Throws a DamageError when the log that must be there is not, or is another database's. Reads only.
 *
 * A log may be gone in an honest way: whoever closes the database as the last one (a thread of ours that died,
 * a tool of the owner's) moves everything into the database and removes the log together with its index. Then this
 * gives the time that the database must hold for it to be so; see `assertOpenedAt`.
 */
export function assertLogBelongs(folder: string): { readonly mustHold: number | undefined } {
  const mark = readLogMark(folder);
  const file = join(folder, `${DATABASE_FILE}-wal`);
  const found = nameOfLog(file);
  if (mark.state === 'closed' && found !== undefined)
    throw new DamageError('a write-ahead log lies beside the database that is not its own', 'ignored');
  if (mark.state !== 'running') return { mustHold: undefined };
  if (found === undefined) {
    // An empty log is an honest one: SQLite empties it on request, once everything is in the database.
    if (readStart(file, 0) !== undefined && sizeOf(file) === 0) return { mustHold: undefined };
    const closedInOrder = mark.openedAt !== undefined && !existsSync(file) && !existsSync(join(folder, `${DATABASE_FILE}-shm`));
    if (closedInOrder) return { mustHold: mark.openedAt };
    throw new DamageError('the write-ahead log, which held the newest records, is missing', 'ignored');
  }
  if (found !== mark.log) throw new DamageError('the write-ahead log beside the database belongs to another database', 'ignored');
  const { state } = checkLog(file);
  if (state !== 'good') throw new DamageError('the write-ahead log, which holds the newest records, is damaged', 'mended');
  return { mustHold: undefined };
}

/** Throws a DamageError when the database does not hold the first commit of the last run: it went with its log. */
export function assertOpenedAt(db: Db, mustHold: number | undefined): void {
  if (mustHold === undefined) return;
  // a database of which only the log was ever written has no tables without it
  const hasTable = db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'settings'`).get() !== undefined;
  const held = hasTable ? db.prepare(`SELECT value FROM settings WHERE key = '${OPENED_AT}'`).pluck().get() : undefined;
  if (held !== String(mustHold)) throw new DamageError('the write-ahead log, which held the newest records, is missing', 'ignored');
}

/** Written by the first commit of every start, which begins the log if it was not there; then we know its name. */
export function writeOpenedAt(folder: string, db: Db, now: number): void {
  db.prepare('INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)').run(OPENED_AT, String(now));
  markLog(folder, 'running', now);
}

/**
 * Also read while the database is open: SQLite puts no locks on its log, so that closing it here drops none (those
 * are on the database and its -shm). What stays the same as long as the file lives; undefined when it has no header that makes sense.
 */
function nameOfLog(file: string): number | undefined {
  const header = readStart(file, LOG_HEADER);
  if (header === undefined || header.length < LOG_HEADER || header.readUInt32BE(0) >>> 1 !== 0x377f0682 >>> 1) return undefined;
  return (header.readUInt32BE(16) - header.readUInt32BE(12)) >>> 0;
}

function readStart(file: string, length: number): Buffer | undefined {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch {
    return undefined;
  }
  try {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(fd, bytes, 0, length, 0));
  } finally {
    closeSync(fd);
  }
}
