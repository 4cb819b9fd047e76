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
import { closeSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DamageError } from './damage.ts';
import { DATABASE_FILE, sizeOf } from './files.ts';
import { checkLog } from './logCheck.ts';

export type LogMark =
  | { readonly state: 'none' }
  | { readonly state: 'unsure' }
  | { readonly state: 'closed' }
  | { readonly state: 'running'; readonly log: number };

const FILE = 'log-mark';
/** Shorter than a sector, so that it is written whole or not at all. */
const LENGTH = 64;
const LOG_HEADER = 32;

export function readLogMark(folder: string): LogMark {
  const bytes = readStart(join(folder, FILE), LENGTH);
  if (bytes === undefined) return { state: 'none' };
  const [, state, log] = /^(unsure|closed|running) ?(\d*) *\n$/.exec(bytes.toString('latin1')) ?? [];
  if (state === 'closed') return { state };
  if (state === 'running' && log !== undefined && log !== '') return { state, log: Number(log) };
  return { state: 'unsure' };
}

export function markLog(folder: string, state: 'unsure' | 'closed' | 'running'): void {
  const log = state === 'running' ? nameOfLog(join(folder, `${DATABASE_FILE}-wal`)) : undefined;
  if (state === 'running' && log === undefined) return;
  const fd = openSync(join(folder, FILE), 'a+', 0o600);
  closeSync(fd);
  const written = openSync(join(folder, FILE), 'r+');
  try {
    writeSync(written, `${state} ${log ?? ''}`.padEnd(LENGTH - 1).concat('\n'), 0);
    fsyncSync(written);
  } finally {
    closeSync(written);
  }
}

/** Throws a DamageError when the log that must be there is not, or is another database's. Reads only. */
export function assertLogBelongs(folder: string): void {
  const mark = readLogMark(folder);
  const file = join(folder, `${DATABASE_FILE}-wal`);
  const found = nameOfLog(file);
  if (mark.state === 'closed' && found !== undefined)
    throw new DamageError('a write-ahead log lies beside the database that is not its own', 'ignored');
  if (mark.state !== 'running') return;
  if (found === undefined) {
    // An empty log is an honest one: SQLite empties it on request, once everything is in the database.
    if (readStart(file, 0) !== undefined && sizeOf(file) === 0) return;
    throw new DamageError('the write-ahead log, which held the newest records, is missing', 'ignored');
  }
  if (found !== mark.log) throw new DamageError('the write-ahead log beside the database belongs to another database', 'ignored');
  const { state } = checkLog(file);
  if (state !== 'good') throw new DamageError('the write-ahead log, which holds the newest records, is damaged', 'mended');
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
