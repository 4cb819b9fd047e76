/** Streams what a filter matches into a file, a page at a time, so that nothing else has to wait. */
import type { WriteStream } from 'node:fs';
import { stringify } from 'csv-stringify/sync';
import { messageKey } from '../domain/ids.ts';
import { maskNumbers } from '../domain/mask.ts';
import type { Said, Step } from '../domain/status.ts';
import { isConfirmed } from '../domain/trust.ts';
import type { MessageCursor, MessageQuery, MessageRecord, Store } from '../ports/store.ts';
import { CHAIN_COLUMNS, chainEnd, chainLink, chainStart } from './chain.ts';
import { maskId, maskWhom } from './redact.ts';

export type Format = 'csv' | 'ndjson';

type Cell = string | number | null;
type Names = (account: string, address: string) => string | undefined;
type Column = (message: MessageRecord, redact: boolean, nameOf: Names) => Cell;

const step =
  (said: Said): Column =>
  (message) =>
    time(message.steps[said]?.at);
/** How the time in the column before it is known: stated, arrival, or found by polling, and then since when or by when. */
const certainty =
  (said: Said): Column =>
  (message) =>
    certaintyOf(message.steps[said]);

function certaintyOf(step: Step | undefined): string | null {
  if (step?.how !== 'between') return step?.how ?? null;
  return step.after === undefined ? `no later than ${time(step.at)}` : `between ${time(step.after)} and ${time(step.at)}`;
}

/** Every column there is, in the order of a full export. */
export const COLUMNS = {
  id: (message) => messageKey(message.row),
  account: (message) => message.account,
  message_id: (message, redact) => id(message.waId, message, redact),
  provider_message_id: (message, redact) => id(message.providerId, message, redact),
  recipient: (message, redact) => (message.chat === null ? null : redact ? maskWhom(message.chat) : message.chat),
  name: (message, redact, nameOf) =>
    redact ? null : (message.name ?? (message.chat === null ? null : (nameOf(message.account, message.chat) ?? null))),
  kind: (message) => message.kind,
  status: (message) => message.status,
  status_at: (message) => time(message.statusAt ?? undefined),
  status_certainty: (message) => (message.status === null ? null : certaintyOf(message.steps[message.status])),
  /** Whose answer told the status; empty while only a webhook told it that a password alone proves. */
  confirmed_by: (message) => (isConfirmed(message) ? message.confirmedBy : null),
  first_seen_at: (message) => time(message.firstAt),
  queued_at: step('queued'),
  queued_certainty: certainty('queued'),
  sent_at: step('sent'),
  sent_certainty: certainty('sent'),
  delivered_at: step('delivered'),
  delivered_certainty: certainty('delivered'),
  read_at: step('read'),
  read_certainty: certainty('read'),
  played_at: step('played'),
  played_certainty: certainty('played'),
  failed_at: step('failed'),
  failed_certainty: certainty('failed'),
  failure_reason: (message, redact) => (message.failure === null ? null : redact ? maskNumbers(message.failure) : message.failure),
  deleted: (message) => (message.deleted ? 'yes' : 'no'),
  group_people: (message) => message.summary?.people ?? null,
  group_delivered: (message) => message.summary?.delivered ?? null,
  group_read: (message) => message.summary?.read ?? null,
  group_failed: (message) => message.summary?.failed ?? null,
  tags: (message, redact) => (redact ? maskNumbers(message.tags.join(', ')) : message.tags.join(', ')),
  text: (message, redact) => (redact ? null : message.text),
} satisfies Record<string, Column>;

export type ColumnName = keyof typeof COLUMNS;
export const COLUMN_NAMES = Object.keys(COLUMNS) as ColumnName[];

export type ExportJob = {
  readonly store: Store;
  readonly query: MessageQuery;
  readonly format: Format;
  readonly columns: readonly ColumnName[];
  readonly redact: boolean;
  readonly out: WriteStream;
  readonly signal: AbortSignal;
  /** Called after each page with the rows and bytes written so far. */
  readonly onProgress: (rows: number, bytes: number) => void;
  /** Lets the event loop turn between two pages. */
  readonly breathe: () => Promise<void>;
};

const PAGE = 500;

/**
 * Writes the whole export; resolves to the number of rows and the fingerprint of the file (see chain.ts), or
 * rejects with the signal's reason or the disk's error.
 */
export async function writeExport(job: ExportJob): Promise<{ readonly rows: number; readonly fingerprint: string }> {
  let rows = 0;
  let bytes = 0;
  let cursor: MessageCursor | undefined;
  // Spreadsheet programs take a file without this mark for Latin-1 and spoil names.
  const head = job.format === 'csv' ? `\uFEFF${stringify([[...job.columns, ...CHAIN_COLUMNS]]).trimEnd()}` : '';
  if (head !== '') bytes += await write(job.out, `${head}\n`);
  let value = chainStart(job.format, head);
  // The last row is marked as the last, so each waits until it is known whether another follows.
  let held: MessageRecord | undefined;
  const rowOf = (message: MessageRecord) => (job.format === 'csv' ? asCsv(message, rows + 1, job) : asNdjson(message, rows + 1, job));
  for (;;) {
    job.signal.throwIfAborted();
    const page = job.store.messages.page(job.query, cursor, PAGE);
    let text = '';
    for (const message of page) {
      if (held !== undefined) {
        const row = rowOf(held);
        value = chainLink(value, row);
        text += withValue(row, value, job.format);
        rows++;
      }
      held = message;
    }
    const last = page.at(-1);
    if (page.length < PAGE || last === undefined) {
      const row = held === undefined ? '' : rowOf(held);
      value = chainEnd(value, row);
      if (held !== undefined) {
        text += withValue(row, value, job.format);
        rows++;
      }
      bytes += await write(job.out, text);
      job.onProgress(rows, bytes);
      return { rows, fingerprint: value };
    }
    bytes += await write(job.out, text);
    job.onProgress(rows, bytes);
    cursor = { firstAt: last.firstAt, row: last.row };
    await job.breathe();
  }
}

/** The row without its chain value. A cell that begins like a formula is kept as text: every phone number begins with a plus. */
function asCsv(message: MessageRecord, row: number, job: ExportJob): string {
  const cells = job.columns.map((column) => COLUMNS[column](message, job.redact, job.store.contacts.name));
  return stringify([[...cells, row]], { escape_formulas: true, record_delimiter: '\n', eof: false });
}

function asNdjson(message: MessageRecord, row: number, job: ExportJob): string {
  const cells = job.columns.map((column) => [column, COLUMNS[column](message, job.redact, job.store.contacts.name)]);
  return JSON.stringify({ ...Object.fromEntries(cells), row });
}

function withValue(row: string, value: string, format: Format): string {
  return format === 'csv' ? `${row},${value}\n` : `${row.slice(0, -1)},"chain":"${value}"}\n`;
}

function id(value: string | null, message: MessageRecord, redact: boolean): string | null {
  return value !== null && redact ? maskId(value, message.chat) : value;
}

function time(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}

function write(out: WriteStream, text: string): Promise<number> {
  return new Promise((resolve, reject) => {
    out.write(text, (error) => (error ? reject(error) : resolve(Buffer.byteLength(text))));
  });
}
