/** Compares what a client was promised with what the database of the stopped app holds. */
import { join } from 'node:path';
import { openDatabase } from '../../src/main/adapters/sqlite/open.ts';
import { DATABASE_FILE } from '../../src/main/adapters/sqlite/store.ts';
import { eventOf } from './poster.ts';

type Db = ReturnType<typeof openDatabase>;

export type Findings = {
  /** Acknowledged and not there. */
  readonly lost: number;
  /** Counted more than once, in receipts or in messages. */
  readonly double: number;
  /** Anything else that must not be, in words. */
  readonly wrong: readonly string[];
};

export type Ledger = {
  /** Right after a kill: integrity, everything acknowledged in the inbox, nothing counted twice. */
  checkAfterKill(): Findings;
  /** After a last start and a clean stop: everything understood, each event one receipt, statuses and tallies right. */
  checkAtEnd(): Findings;
};

/** `acknowledged` grows between the checks; `posted` tells which events ever left. */
export function createLedger(data: string, acknowledged: ReadonlySet<number>, posted: (number: number) => boolean): Ledger {
  const stored = new Set<number>();
  let readUpTo = 0;
  let rowsUpTo = 0;
  const numberOf = createNumbers();

  /** Reads the entries that are new since the last look, so that each look costs the same. */
  function readInbox(db: Db, wrong: string[]): void {
    const earlier = db.prepare('SELECT count(*) FROM inbox WHERE id <= ?').pluck().get(readUpTo);
    if (earlier !== rowsUpTo) wrong.push(`${rowsUpTo} entries were there at the last look, and now ${earlier}`);
    const rows = db
      .prepare(
        `SELECT inbox.id, coalesce(first.body, inbox.body) AS body FROM inbox
         LEFT JOIN inbox AS first ON length(inbox.body) = 0 AND first.id = inbox.duplicate_of WHERE inbox.id > ? ORDER BY inbox.id`,
      )
      .all(readUpTo);
    for (const row of rows) {
      const { id, body } = row as { id: number; body: Buffer };
      const number = numberOf(body);
      if (number === undefined || !posted(number)) wrong.push(`entry ${id} is nothing that was posted`);
      else stored.add(number);
      readUpTo = id;
      rowsUpTo++;
    }
  }

  function look(more: (db: Db, wrong: string[]) => void): Findings {
    const wrong: string[] = [];
    const db = openDatabase(join(data, DATABASE_FILE), { readonly: true });
    try {
      const integrity = db.pragma('integrity_check', { simple: true });
      if (integrity !== 'ok') wrong.push(`integrity_check: ${String(integrity).slice(0, 200)}`);
      readInbox(db, wrong);
      more(db, wrong);
      let lost = 0;
      for (const number of acknowledged) if (!stored.has(number)) lost++;
      return { lost, double: countDouble(db), wrong };
    } finally {
      db.close();
    }
  }

  return {
    checkAfterKill: () => look(() => undefined),
    checkAtEnd: () => look((db, wrong) => compareMeaning(db, stored, wrong)),
  };
}

/** The number of the event with these bytes. */
function createNumbers(): (body: Buffer) => number | undefined {
  return (body) => {
    const text = body.toString('latin1');
    const message = Number.parseInt(/"id":"3EB0([0-9A-F]{12})"/.exec(text)?.[1] ?? '', 16);
    const status = Number(/"status":([234])/.exec(text)?.[1]);
    return Number.isNaN(message) || Number.isNaN(status) ? undefined : message * 3 + status - 2;
  };
}

function countDouble(db: Db): number {
  const count = (sql: string) => Number(db.prepare(`SELECT count(*) FROM (${sql})`).pluck().get());
  return (
    count('SELECT 1 FROM receipts GROUP BY message_id, said HAVING count(*) > 1') +
    count('SELECT 1 FROM messages GROUP BY account_id, wa_id HAVING count(*) > 1')
  );
}

const LADDER = ['sent', 'delivered', 'read'];

/** Every entry understood: its receipt there, the message's status the highest told, the figures the sum of the messages. */
function compareMeaning(db: Db, stored: ReadonlySet<number>, wrong: string[]): void {
  const waiting = Number(db.prepare('SELECT count(*) FROM inbox WHERE id > (SELECT mark FROM drain)').pluck().get());
  if (waiting > 0) wrong.push(`${waiting} entries are still not understood`);
  const odd = Number(db.prepare(`SELECT count(*) FROM inbox WHERE state IN ('quarantined', 'ignored')`).pluck().get());
  if (odd > 0) wrong.push(`${odd} entries were not understood`);

  const expected = new Map<string, string[]>();
  for (const number of [...stored].sort((a, b) => a - b)) {
    const { waId, said } = eventOf(number);
    expected.set(waId, [...(expected.get(waId) ?? []), said]);
  }
  const found = db
    .prepare('SELECT wa_id, status, (SELECT group_concat(said) FROM receipts WHERE message_id = messages.id) AS said FROM messages')
    .all() as { wa_id: string; status: string; said: string }[];
  if (found.length !== expected.size) wrong.push(`${found.length} messages, expected ${expected.size}`);
  let different = 0;
  for (const { wa_id, status, said } of found) {
    const should = expected.get(wa_id) ?? [];
    const has = said.split(',').sort((a, b) => LADDER.indexOf(a) - LADDER.indexOf(b));
    if (has.join() !== should.join() || status !== should.at(-1)) different++;
  }
  if (different > 0) wrong.push(`${different} messages say something else than was told`);

  const tallied = db.prepare('SELECT status, sum(count) AS n FROM tallies GROUP BY status HAVING n <> 0 ORDER BY status').all();
  const counted = db.prepare('SELECT status, count(*) AS n FROM messages GROUP BY status ORDER BY status').all();
  if (JSON.stringify(tallied) !== JSON.stringify(counted))
    wrong.push(`the figures say ${JSON.stringify(tallied)}, the messages ${JSON.stringify(counted)}`);
}
