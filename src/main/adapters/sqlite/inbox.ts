import type { AccountId, InboxId } from '../../core/domain/ids.ts';
import type { Source } from '../../core/domain/receipt.ts';
import type { Shape } from '../../core/ports/provider.ts';
import type { EntryHead, InboxQuery, InboxState, InboxStore, Kept, NewEntry, StoredEntry } from '../../core/ports/store.ts';
import type { Db } from './open.ts';

type Row = {
  id: number;
  account_id: string;
  source: string;
  shape: string;
  received_at: number;
  since: number | null;
  event: string | null;
  state: string;
  reason: string | null;
  duplicate_of: number | null;
  repeats: number;
};
type FullRow = Row & { body: Buffer; headers: string };

const HEAD = 'id, account_id, source, shape, received_at, since, event, state, reason, duplicate_of, repeats';
const NO_BYTES = Buffer.alloc(0);

export function createInbox(db: Db): InboxStore {
  const insert = db.prepare(
    `INSERT INTO inbox (account_id, source, shape, received_at, since, hash, body, headers, state, duplicate_of)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'kept', NULL) ON CONFLICT DO NOTHING`,
  );
  const first = db.prepare('SELECT id FROM inbox WHERE account_id = ? AND hash = ? AND duplicate_of IS NULL').pluck();
  const bump = db.prepare('UPDATE inbox SET repeats = repeats + 1 WHERE id = ?');
  const insertRepeat = db.prepare(
    `INSERT INTO inbox (account_id, source, shape, received_at, since, hash, body, headers, state, reason, duplicate_of, event)
     SELECT account_id, ?, shape, ?, NULL, hash, ?, ?, 'duplicate', ?, id, event FROM inbox WHERE id = ?`,
  );
  const pending = db.prepare(`SELECT ${HEAD}, body, headers FROM inbox WHERE state = 'kept' ORDER BY id LIMIT ?`);
  const pendingCount = db.prepare(`SELECT count(*) FROM inbox WHERE state = 'kept'`).pluck();
  const get = db.prepare(`SELECT ${HEAD}, body, headers FROM inbox WHERE id = ?`);
  const settle = db.prepare('UPDATE inbox SET state = ?, reason = ?, event = ? WHERE id = ?');
  const odd = db.prepare(`SELECT state, count(*) AS n FROM inbox WHERE state IN ('duplicate', 'ignored', 'quarantined') GROUP BY state`);
  const total = db.prepare('SELECT count(*) FROM inbox').pluck();
  const wait = db.prepare('INSERT OR IGNORE INTO waiting (account_id, wa_id, inbox_id) VALUES (?, ?, ?)');
  const waiting = db.prepare('SELECT inbox_id FROM waiting WHERE account_id = ? AND wa_id = ? ORDER BY inbox_id').pluck();
  const unwait = db.prepare('DELETE FROM waiting WHERE account_id = ? AND wa_id = ?');

  function keepRepeat(entry: NewEntry): Kept {
    const id = first.get(entry.account, entry.hash) as InboxId;
    bump.run(id);
    // A poll asks the same question again and again; a row for each equal answer would only bury the rest.
    if (entry.source !== 'webhook') return { id, duplicate: true };
    insertRepeat.run(entry.source, entry.receivedAt, NO_BYTES, entry.headers, `the same bytes as entry ${id}`, id);
    return { id, duplicate: true };
  }

  return {
    keep(entry) {
      const done = insert.run(entry.account, entry.source, entry.shape, entry.receivedAt, entry.since ?? null, entry.hash, entry.body, entry.headers);
      return done.changes === 1 ? { id: Number(done.lastInsertRowid) as InboxId, duplicate: false } : keepRepeat(entry);
    },
    pending: (limit) => (pending.all(limit) as FullRow[]).map(toEntry),
    pendingCount: () => pendingCount.get() as number,
    get: (id) => {
      const row = get.get(id) as FullRow | undefined;
      return row && toEntry(row);
    },
    settle: (id, state, reason, event) => void settle.run(state, reason, event, id),
    page(query, before, limit) {
      const where = conditions(query);
      if (before !== undefined) where.add('id < ?', before);
      return (db.prepare(`SELECT ${HEAD}, length(body) AS bytes FROM inbox ${where.sql()} ORDER BY id DESC LIMIT ?`).all(...where.values, limit) as (Row & { bytes: number })[]).map(toHead);
    },
    ids(query, limit) {
      const where = conditions(query);
      return db.prepare(`SELECT id FROM inbox ${where.sql()} ORDER BY id LIMIT ?`).pluck().all(...where.values, limit) as InboxId[];
    },
    heads: (ids) =>
      (db.prepare(`SELECT ${HEAD}, length(body) AS bytes FROM inbox WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id DESC`).all(JSON.stringify(ids)) as (Row & { bytes: number })[]).map(toHead),
    counts() {
      const counts = { kept: pendingCount.get() as number, applied: 0, duplicate: 0, ignored: 0, quarantined: 0 };
      for (const row of odd.all() as { state: InboxState; n: number }[]) counts[row.state] = row.n;
      counts.applied = (total.get() as number) - counts.kept - counts.duplicate - counts.ignored - counts.quarantined;
      return counts;
    },
    wait: (account, waId, id) => void wait.run(account, waId, id),
    takeWaiting(account, waId) {
      const ids = waiting.all(account, waId) as InboxId[];
      if (ids.length > 0) unwait.run(account, waId);
      return ids;
    },
  };
}

function conditions(query: InboxQuery) {
  const parts: string[] = [];
  const values: (string | number)[] = [];
  const add = (sql: string, ...given: (string | number)[]) => {
    parts.push(sql);
    values.push(...given);
  };
  if (query.account !== undefined) add('account_id = ?', query.account);
  if (query.source !== undefined) add('source = ?', query.source);
  if (query.states !== undefined) add(`state IN (${query.states.map((state) => `'${state}'`).join(', ') || 'NULL'})`);
  return { add, values, sql: () => (parts.length === 0 ? '' : `WHERE ${parts.join(' AND ')}`) };
}

function toHead(row: Row & { bytes: number }): EntryHead {
  return { ...facts(row), bytes: row.bytes };
}

function toEntry(row: FullRow): StoredEntry {
  return { ...facts(row), body: row.body, headers: row.headers };
}

function facts(row: Row) {
  return {
    id: row.id as InboxId,
    account: row.account_id as AccountId,
    source: row.source as Source,
    shape: row.shape as Shape,
    receivedAt: row.received_at,
    since: row.since,
    event: row.event,
    state: row.state as InboxState,
    reason: row.reason,
    duplicateOf: row.duplicate_of as InboxId | null,
    repeats: row.repeats,
  };
}
