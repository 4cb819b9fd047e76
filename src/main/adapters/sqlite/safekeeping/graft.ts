/** Puts what can be read of a damaged database into a good, older one. */
import type { Db } from '../open.ts';
import { ALLOW_LIFTED_SQL } from '../privacy.ts';
import { graftMessages } from './graftMessages.ts';
import { inserter, isJson } from './putRow.ts';
import { FAR, highest, type Reading, type Row, readBothWays, readRanges } from './salvage.ts';

export type Graft = {
  readonly entriesKept: number;
  readonly entriesSalvaged: number;
  readonly messagesSalvaged: number;
  readonly otherRowsSalvaged: number;
  /** Numbers of entries newer than the base that were not found. */
  readonly ranges: readonly (readonly [number, number])[];
  readonly after: number | null;
};

/** The inbox, and what is made anew from it when the app starts, or from the messages by us: copied, it would count twice. */
const DERIVED = new Set([
  ...['inbox', 'drain', 'waiting', 'echoes', 'messages', 'receipts', 'lanes', 'tallies', 'freshness', 'polls', 'reconcile_runs'],
]);

/**
 * Everything readable in `damaged` that `base` does not have. Entries of the inbox are put back as not yet
 * understood: the drain understands them again when the app starts, which heals their messages, so that
 * nothing that was computed is taken from a file that cannot be believed. Where an entry itself is gone, the
 * receipts that came with it are taken as they are (graftMessages.ts). `endIsKnown`: no newer record can have been lost with the log.
 */
export function graft(base: Db, damaged: Db, endIsKnown: boolean): Graft {
  base.pragma('foreign_keys = off');
  let result: Graft | undefined;
  base.transaction(() => {
    const accounts = copyTable(base, damaged, 'accounts');
    let others = accounts.rows;
    for (const table of tablesOf(base)) if (table !== 'accounts' && !DERIVED.has(table)) others += copyTable(base, damaged, table).rows;
    // An account that was removed since stays removed.
    if (accounts.reading.whole && accounts.ids.length > 0)
      base.prepare('DELETE FROM accounts WHERE id NOT IN (SELECT value FROM json_each(?))').run(JSON.stringify(accounts.ids));
    // What an erasure had done already was done in the other file: here it begins anew.
    base.exec(`UPDATE erasures SET step = 'messages', cursor = '' WHERE sealed IS NOT NULL`);
    // The base may be from before somebody was allowed again.
    base.exec(ALLOW_LIFTED_SQL);
    const inbox = graftInbox(base, damaged, endIsKnown);
    const messagesSalvaged = graftMessages(base, damaged, inbox.from, inbox.found);
    removeOrphans(base);
    recount(base);
    const entriesKept = (base.prepare('SELECT count(*) FROM inbox').pluck().get() as number) - inbox.found.size;
    result = {
      entriesKept,
      entriesSalvaged: inbox.found.size,
      messagesSalvaged,
      otherRowsSalvaged: others,
      ranges: inbox.ranges,
      after: inbox.after,
    };
  })();
  base.pragma('foreign_keys = on');
  return result as unknown as Graft;
}

function tablesOf(db: Db): readonly string[] {
  return db
    .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name`)
    .pluck()
    .all() as string[];
}

function copyTable(base: Db, damaged: Db, table: string): { readonly rows: number; readonly reading: Reading; readonly ids: readonly string[] } {
  const put = inserter(base, table, 'REPLACE');
  const ids: string[] = [];
  let rows = 0;
  const onRow = (row: Row) => {
    if (!isBelievable(table, row) || !put(row)) return;
    rows++;
    if (typeof row.id === 'string') ids.push(row.id);
  };
  const info = base.pragma(`table_info(${table})`) as { name: string; pk: number }[];
  const withoutRowid = base.prepare('SELECT wr FROM pragma_table_list(?)').pluck().get(table) === 1;
  const key = info
    .filter(({ pk }) => pk > 0)
    .sort((a, b) => a.pk - b.pk)
    .map(({ name }) => name);
  const reading = withoutRowid
    ? readBothWays(damaged, table, key, onRow)
    : readRanges(damaged, table, 'rowid', 0, highest(damaged, table, 'rowid') ?? FAR, onRow);
  return { rows, reading, ids };
}

/** What the app parses at every start must parse. */
function isBelievable(table: string, row: Row): boolean {
  if (table === 'accounts') return isJson(row.settings) && isJson(row.tunnel) && (row.previous_webhook === null || isJson(row.previous_webhook));
  if (table === 'settings') return row.key !== 'app' || isJson(row.value);
  return true;
}

function graftInbox(base: Db, damaged: Db, endIsKnown: boolean) {
  const from = (base.prepare('SELECT max(coalesce((SELECT max(id) FROM inbox), 0), (SELECT mark FROM drain))').pluck().get() as number) + 1;
  const accounts = new Set(base.prepare('SELECT id FROM accounts').pluck().all() as string[]);
  const mark = highest(damaged, 'drain', 'mark');
  const last = highest(damaged, 'inbox', 'id');
  const top = mark === undefined || last === undefined ? undefined : Math.max(mark, last);
  const put = inserter(base, 'inbox', 'IGNORE');
  const found = new Set<number>();
  const bodyOf = bodyFinder(base, damaged);
  const reading = readRanges(damaged, 'inbox', 'id', from, believable(top, from) ?? from + FAR, (row) => {
    const { id, account_id: account, received_at: receivedAt, body, duplicate_of: first } = row as Record<string, unknown>;
    if (typeof id !== 'number' || !accounts.has(String(account)) || !Number.isSafeInteger(receivedAt) || !Buffer.isBuffer(body)) return;
    // Its bytes were removed on purpose: there is nothing in it to understand.
    if (typeof row.removed_at === 'number') return;
    // Its bytes were kept once, with the entry that said it first; to be understood again it needs them back.
    const bytes = body.length === 0 && typeof first === 'number' ? (bodyOf(first) ?? body) : body;
    if (put({ ...row, body: bytes, state: null, reason: null, duplicate_of: null, repeats: 0 })) found.add(id);
  });
  const numbers = [...found].sort((a, b) => a - b);
  const end = Math.max(numbers.at(-1) ?? from - 1, believable(top, from) ?? 0);
  const sure = endIsKnown && reading.whole && top !== undefined && mark === last && mark === (numbers.at(-1) ?? from - 1);
  return { from, found, ranges: holes(from, numbers, end), after: sure ? null : end };
}

/** A number from a damaged page may be any number. */
function believable(top: number | undefined, from: number): number | undefined {
  return top !== undefined && top < from + 100 * FAR ? top : undefined;
}

function bodyFinder(base: Db, damaged: Db): (id: number) => Buffer | undefined {
  const sql = 'SELECT body FROM inbox WHERE id = ?';
  const [inBase, inDamaged] = [base.prepare(sql).pluck(), damaged.prepare(sql).pluck()];
  return (id) => {
    try {
      return (inBase.get(id) ?? inDamaged.get(id)) as Buffer | undefined;
    } catch {
      return undefined;
    }
  };
}

function holes(from: number, numbers: readonly number[], end: number): (readonly [number, number])[] {
  const ranges: (readonly [number, number])[] = [];
  let next = from;
  for (const number of numbers) {
    if (number > next) ranges.push([next, number - 1]);
    next = number + 1;
  }
  if (end >= next) ranges.push([next, end]);
  return ranges;
}

/**
 * What belonged to a row that is not there any more; again, until nothing changes: what is removed may have had parts
 * of its own. Foreign keys were off while rows were put in.
 */
function removeOrphans(db: Db): void {
  for (let removed = -1; removed !== 0; ) {
    removed = 0;
    for (const table of tablesOf(db)) {
      for (const { from, table: parent, to } of db.pragma(`foreign_key_list(${table})`) as { from: string; table: string; to: string | null }[])
        removed += db
          .prepare(`DELETE FROM ${table} WHERE ${from} IS NOT NULL AND ${from} NOT IN (SELECT ${to ?? 'rowid'} FROM ${parent})`)
          .run().changes;
    }
  }
}

/** The figures by quarter of an hour, from the messages themselves (see tallies.ts). */
function recount(db: Db): void {
  db.exec(`
    DELETE FROM tallies;
    INSERT INTO tallies (account_id, quarter, status, count)
      SELECT account_id, first_at / 900000, coalesce(status, ''), count(*) FROM messages GROUP BY 1, 2, 3;
  `);
}
