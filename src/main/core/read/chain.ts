/**
 * The chain through an export: every row carries its number and a value that depends on its own bytes and
 * on every row before it, so that a row which was changed, removed, added or moved shows. The value of the
 * last row is computed in another way than the others', so that rows cut off at the end show as well; it is
 * the fingerprint of the whole file.
 */
import { hash } from 'node:crypto';

/** The two columns that every export ends with, whatever columns were chosen. */
export const CHAIN_COLUMNS = ['row', 'chain'] as const;

/** A chain value: SHA-256 as 64 small hex digits. */
export const CHAIN_VALUE = /^[0-9a-f]{64}$/;

/** Where a chain begins; `head` is what stands in the file before the first row, byte for byte. */
export function chainStart(format: 'csv' | 'ndjson', head: string | Buffer): string {
  return hash('sha256', joined(`tickline export 1\n${format}\n`, head));
}

/** The value of the row whose bytes, without its own value, are `row`; `before` is the value of the row before it. */
export function chainLink(before: string, row: string | Buffer): string {
  return hash('sha256', joined(`row\n${before}\n`, row));
}

/** The same for the last row of all. */
export function chainEnd(before: string, row: string | Buffer): string {
  return hash('sha256', joined(`end\n${before}\n`, row));
}

function joined(ahead: string, bytes: string | Buffer): string | Buffer {
  return typeof bytes === 'string' ? ahead + bytes : Buffer.concat([Buffer.from(ahead), bytes]);
}
