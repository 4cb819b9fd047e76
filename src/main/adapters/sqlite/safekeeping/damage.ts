/** What tells that the database is damaged, as distinct from a disk that is full or a bug of ours. */
import { readSync } from 'node:fs';
import { codeOf, diskTroubleOf } from '../../../core/domain/diskTrouble.ts';

/** What to make of the write-ahead log: it is the database's and good, is the database's and damaged, or is another's. */
export type LogUse = 'trusted' | 'mended' | 'ignored';

/** Found by us rather than by SQLite; `message` is plain words, e.g. "the database file is missing". */
export class DamageError extends Error {
  readonly log: LogUse;
  constructor(message: string, log: LogUse = 'trusted') {
    super(message);
    this.name = 'DamageError';
    this.log = log;
  }
}

/** SQLite's own word that a page is not what it must be, or ours. */
export function isDamage(error: unknown): boolean {
  return error instanceof DamageError || diskTroubleOf(error) === 'damaged';
}

/** Also a table or a column that is not where it must be: asked right after the form was found up to date, that is damage. */
export function isDamageOrMissing(error: unknown): boolean {
  return isDamage(error) || codeOf(error) === 'SQLITE_ERROR';
}

export function damageInWords(error: unknown): string {
  if (error instanceof DamageError) return error.message;
  return codeOf(error).startsWith('SQLITE_NOTADB') ? 'the database file does not begin like one' : 'parts of the database file cannot be read';
}

/** Every database of ours has pages of this size, in bytes. */
export const PAGE_SIZE = 4096;
export const HEADER_SIZE = 100;

/**
 * What is wrong with the first 100 bytes (sqlite.org/fileformat.html#the_database_header), in plain words;
 * undefined when nothing is. SQLite takes some of these bytes at their word: a flipped bit of the page size
 * would have it read, and then write, at wrong places.
 */
export function headerFault(fd: number): string | undefined {
  const header = Buffer.alloc(HEADER_SIZE);
  if (readSync(fd, header, 0, HEADER_SIZE, 0) < HEADER_SIZE) return 'the database file is too short to be one';
  if (header.toString('latin1', 0, 16) !== 'SQLite format 3\0') return 'the database file does not begin like one';
  const sane =
    header.readUInt16BE(16) === PAGE_SIZE &&
    isOneOf(header[18], 1, 2) &&
    isOneOf(header[19], 1, 2) &&
    header[20] === 0 &&
    header[21] === 64 &&
    header[22] === 32 &&
    header[23] === 32 &&
    header.readUInt32BE(44) <= 4 &&
    header.readUInt32BE(52) === 0 &&
    header.readUInt32BE(56) <= 1 &&
    header.readUInt32BE(64) === 0;
  return sane ? undefined : 'the first bytes of the database file are damaged';
}

function isOneOf(value: number | undefined, ...these: number[]): boolean {
  return value !== undefined && these.includes(value);
}
