/** Reads an exported file again and tells whether any row of it was changed, removed, added or moved since it was written. */
import { CHAIN_VALUE, chainEnd, chainLink, chainStart } from './chain.ts';

export type Verdict =
  | { readonly whole: true; readonly rows: number; readonly fingerprint: string }
  /** `row`: the first row that is not as it was written, where one can be named. */
  | { readonly whole: false; readonly row: number | null; readonly words: string };

type Format = 'csv' | 'ndjson';
type Row = { readonly bytes: Buffer; readonly number: number; readonly value: string };

const NEWLINE = 0x0a;
const QUOTE = 0x22;
const BRACE = 0x7b;
/** No row that we write comes near this; what has no end of line by then is no export of ours. */
const LONGEST_ROW = 16 * 1024 * 1024;

/** Never rejects for what stands in the file; rejects when it cannot be read. */
export async function verifyExport(chunks: AsyncIterable<Uint8Array>): Promise<Verdict> {
  let format: Format | undefined;
  let value: string | undefined;
  let rows = 0;
  let ended = false;
  for await (const line of linesOf(chunks)) {
    if (format === undefined) {
      format = line.bytes[0] === BRACE ? 'ndjson' : 'csv';
      if (format === 'csv') {
        if (!line.ended || !isHeadOfOurs(line.bytes))
          return bad(null, 'This is not a file that Tickline exported, or its line of headings was changed.');
        value = chainStart(format, line.bytes);
        continue;
      }
    }
    value ??= chainStart(format, '');
    const number = rows + 1;
    if (ended) return bad(number, `Row ${rows} was the last one when this file was written; what follows it was added afterwards.`);
    const row = line.ended ? readRow(format, line.bytes) : undefined;
    if (row === undefined) return bad(number, `Row ${number} is not as it was written: its number or its chain value cannot be read.`);
    if (row.number > number) return bad(number, `Row ${number} is missing: row ${row.number} stands in its place.`);
    if (row.number < number) return bad(number, `Row ${row.number} stands where row ${number} should be: rows were moved or added.`);
    if (chainLink(value, row.bytes) !== row.value) {
      if (chainEnd(value, row.bytes) !== row.value) return bad(number, changed(number, format));
      ended = true;
    }
    value = row.value;
    rows = number;
  }
  if (format === undefined) return bad(null, 'The file is empty.');
  if (rows === 0) {
    // An export of nothing is its headings alone; so is one of which every row was cut off. Only the fingerprint tells them apart.
    return { whole: true, rows, fingerprint: chainEnd(value ?? '', '') };
  }
  if (!ended) return bad(rows + 1, `Rows are missing at the end: the file goes on after row ${rows} when it is whole.`);
  return { whole: true, rows, fingerprint: value ?? '' };
}

function changed(row: number, format: Format): string {
  if (row > 1) return `Row ${row} was changed after it was written.`;
  return format === 'csv' ? 'Row 1, or the line of headings above it, was changed after it was written.' : 'Row 1 was changed after it was written.';
}

function bad(row: number | null, words: string): Verdict {
  return { whole: false, row, words };
}

function isHeadOfOurs(head: Buffer): boolean {
  return head.toString('latin1').endsWith(',row,chain');
}

const CSV_END = /,([1-9][0-9]{0,15}),([0-9a-f]{64})$/;
const NDJSON_END = /,"row":([1-9][0-9]{0,15}),"chain":"([0-9a-f]{64})"\}$/;
/** The end of a row that holds its number and value is never longer than this. */
const END_AT_MOST = 120;

/** A row's bytes without its own chain value, as they were when the value was computed. */
function readRow(format: Format, line: Buffer): Row | undefined {
  const end = line.toString('latin1', Math.max(0, line.length - END_AT_MOST));
  const match = (format === 'csv' ? CSV_END : NDJSON_END).exec(end);
  const [, number, value] = match ?? [];
  if (number === undefined || value === undefined || !CHAIN_VALUE.test(value)) return undefined;
  const cut = format === 'csv' ? `,${value}`.length : `,"chain":"${value}"}`.length;
  const kept = line.subarray(0, line.length - cut);
  return { number: Number(number), value, bytes: format === 'csv' ? kept : Buffer.concat([kept, Buffer.from('}')]) };
}

/** The lines of a file without their ends; an end of line between quotes is part of a line. `ended`: whether an end of line stood after it. */
async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<{ readonly bytes: Buffer; readonly ended: boolean }> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let quoted = false;
  // Only CSV has ends of line between quotes.
  let quotes: boolean | undefined;
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let from = 0;
    quotes ??= bytes.length === 0 ? undefined : bytes[0] !== BRACE;
    for (let i = 0; i < bytes.length; i++) {
      if (bytes[i] === QUOTE && quotes) quoted = !quoted;
      else if (bytes[i] === NEWLINE && !quoted) {
        yield { bytes: Buffer.concat([...held, bytes.subarray(from, i)]), ended: true };
        held = [];
        heldBytes = 0;
        from = i + 1;
      }
    }
    held.push(bytes.subarray(from));
    heldBytes += bytes.length - from;
    if (heldBytes > LONGEST_ROW) break;
  }
  if (heldBytes > 0) yield { bytes: Buffer.concat(held), ended: false };
}
