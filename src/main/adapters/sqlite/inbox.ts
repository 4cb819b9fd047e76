import type { AccountId, InboxId } from '../../core/domain/ids.ts';
import type { Source } from '../../core/domain/receipt.ts';
import type { Shape } from '../../core/ports/provider.ts';
import type { EntryHead, InboxQuery, InboxState, InboxStore, StoredEntry } from '../../core/ports/store.ts';
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
  removed_at: number | null;
  removed_by: string | null;
};
export type FullRow = Row & { body: Buffer; headers: string };

const MARK = '(SELECT mark FROM drain)';
/** What an entry's state is, whether it was written down or follows from the mark. */
const STATE = `coalesce(state, CASE WHEN id > ${MARK} THEN 'kept' ELSE 'applied' END)`;
const HEAD = `id, account_id, source, shape, received_at, since, event, ${STATE} AS state, reason, duplicate_of, repeats, removed_at, removed_by`;
/** The columns of a whole entry, for `toEntry`. */
export const ENTRY = `${HEAD}, body, headers`;

export function createInbox(db: Db): InboxStore {
  const insert = db.prepare(
    'INSERT INTO inbox (id, account_id, source, shape, received_at, since, event, headers, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const pending = db.prepare(`SELECT ${ENTRY} FROM inbox WHERE id > ${MARK} ORDER BY id LIMIT ?`);
  const pendingCount = db.prepare(`SELECT count(*) FROM inbox WHERE id > ${MARK}`).pluck();
  const moveMark = db.prepare('UPDATE drain SET mark = ?');
  const get = db.prepare(`SELECT ${ENTRY} FROM inbox WHERE id = ?`);
  const settle = db.prepare('UPDATE inbox SET state = ?, reason = ?, duplicate_of = NULL WHERE id = ?');
  const settleRepeat = db.prepare(`UPDATE inbox SET state = 'duplicate', reason = ?, duplicate_of = ? WHERE id = ?`);
  const dropBytes = db.prepare(`UPDATE inbox SET body = x'' WHERE id = ? AND body = (SELECT body FROM inbox WHERE id = ?)`);
  const rewrite = db.prepare('UPDATE inbox SET body = ? WHERE id = ?');
  const removeBytes = db.prepare(`UPDATE inbox SET body = x'', removed_at = ?, removed_by = ? WHERE id = ?`);
  const bump = db.prepare('UPDATE inbox SET repeats = repeats + 1 WHERE id = ?');
  const unbump = db.prepare('UPDATE inbox SET repeats = max(0, repeats - 1) WHERE id = ?');
  const giveBytes = db.prepare(`UPDATE inbox SET body = coalesce((SELECT body FROM inbox WHERE id = ?), body) WHERE id = ? AND body = x''`);
  const echoed = db.prepare('INSERT OR IGNORE INTO echoes (first, echo) SELECT id, ? FROM inbox WHERE id = ?');
  const forgetEchoes = db.prepare('DELETE FROM echoes WHERE echo = ?');
  const echoesOf = db
    .prepare(`SELECT echo FROM echoes WHERE first = ? UNION SELECT id FROM inbox WHERE duplicate_of = ? AND body <> x'' ORDER BY 1`)
    .pluck();
  const hasBytes = db
    .prepare(
      'SELECT EXISTS (SELECT 1 FROM inbox WHERE id = @first AND body = @body AND received_at < @before UNION ALL SELECT 1 FROM inbox WHERE duplicate_of = @first AND body = @body AND received_at < @before)',
    )
    .pluck();
  const forget = db.prepare('DELETE FROM inbox WHERE id = ?');
  const odd = db.prepare('SELECT state, count(*) AS n FROM inbox WHERE state IS NOT NULL GROUP BY state');
  const total = db.prepare('SELECT count(*) FROM inbox').pluck();
  const wait = db.prepare('INSERT OR IGNORE INTO waiting (account_id, wa_id, inbox_id) VALUES (?, ?, ?)');
  const waiting = db.prepare('SELECT inbox_id FROM waiting WHERE account_id = ? AND wa_id = ? ORDER BY inbox_id').pluck();
  const unwait = db.prepare('DELETE FROM waiting WHERE account_id = ? AND wa_id = ?');
  // Numbers are given by us and never twice: an entry must not fall below the mark because rows above it were removed.
  let anyWaiting = db.prepare('SELECT EXISTS (SELECT 1 FROM waiting)').pluck().get() === 1;
  let lastId = db.prepare(`SELECT max(coalesce((SELECT max(id) FROM inbox), 0), ${MARK})`).pluck().get() as number;

  return {
    keep(entry) {
      const id = lastId + 1;
      insert.run(id, entry.account, entry.source, entry.shape, entry.receivedAt, entry.since ?? null, entry.event, entry.headers, entry.body);
      lastId = id;
      return id as InboxId;
    },
    pending: (limit) => (pending.all(limit) as FullRow[]).map(toEntry),
    pendingCount: () => pendingCount.get() as number,
    drainedTo: (id) => void moveMark.run(id),
    get: (id) => {
      const row = get.get(id) as FullRow | undefined;
      return row && toEntry(row);
    },
    settle: (id, state, reason) => void settle.run(state === 'applied' ? null : state, reason, id),
    settleRepeat(id, first, reason) {
      settleRepeat.run(reason, first ?? null, id);
      if (first === undefined) return;
      dropBytes.run(id, first);
      bump.run(first);
    },
    unsettleRepeat(id, first) {
      giveBytes.run(first, id);
      unbump.run(first);
    },
    echoed(id, firsts) {
      for (const first of firsts) echoed.run(id, first);
    },
    forgetEchoes: (id) => void forgetEchoes.run(id),
    echoesOf: (first) => echoesOf.all(first, first) as InboxId[],
    anyHasBytes: (firsts, body, before) => [...firsts].some((first) => hasBytes.get({ first, body, before }) === 1),
    rewrite: (id, body) => void rewrite.run(body, id),
    removeBytes: (id, at, by) => void removeBytes.run(at, by, id),
    forget: (id) => void forget.run(id),
    page(query, before, limit) {
      const where = conditions(query);
      if (before !== undefined) where.add('id < ?', before);
      return (
        db.prepare(`SELECT ${HEAD}, length(body) AS bytes FROM inbox ${where.sql()} ORDER BY id DESC LIMIT ?`).all(...where.values, limit) as (Row & {
          bytes: number;
        })[]
      ).map(toHead);
    },
    ids(query, after, limit) {
      const where = conditions(query);
      where.add('id > ?', after);
      return db
        .prepare(`SELECT id FROM inbox ${where.sql()} ORDER BY id LIMIT ?`)
        .pluck()
        .all(...where.values, limit) as InboxId[];
    },
    count(query) {
      const where = conditions(query);
      return db
        .prepare(`SELECT count(*) FROM inbox ${where.sql()}`)
        .pluck()
        .get(...where.values) as number;
    },
    newest: () => lastId,
    heads: (ids) =>
      (
        db
          .prepare(`SELECT ${HEAD}, length(body) AS bytes FROM inbox WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id DESC`)
          .all(JSON.stringify(ids)) as (Row & { bytes: number })[]
      ).map(toHead),
    counts() {
      const counts = { kept: pendingCount.get() as number, applied: 0, duplicate: 0, ignored: 0, quarantined: 0 };
      for (const row of odd.all() as { state: 'duplicate' | 'ignored' | 'quarantined'; n: number }[]) counts[row.state] = row.n;
      counts.applied = (total.get() as number) - counts.kept - counts.duplicate - counts.ignored - counts.quarantined;
      return counts;
    },
    wait(account, waId, id) {
      wait.run(account, waId, id);
      anyWaiting = true;
    },
    takeWaiting(account, waId) {
      // Asked for every new message, and nearly always there is nothing.
      if (!anyWaiting) return [];
      const ids = waiting.all(account, waId) as InboxId[];
      if (ids.length > 0) unwait.run(account, waId);
      return ids;
    },
  };
}

/** A condition for each state that the index of odd ones, or the order by number, can answer. */
const IN_STATE: Readonly<Record<InboxState, string>> = {
  kept: `(state IS NULL AND id > ${MARK})`,
  applied: `(state IS NULL AND id <= ${MARK})`,
  duplicate: `state = 'duplicate'`,
  ignored: `state = 'ignored'`,
  quarantined: `state = 'quarantined'`,
};

function conditions(query: InboxQuery) {
  const parts: string[] = [];
  const values: (string | number)[] = [];
  const add = (sql: string, ...given: (string | number)[]) => {
    parts.push(sql);
    values.push(...given);
  };
  if (query.account !== undefined) add('account_id = ?', query.account);
  if (query.source !== undefined) add('source = ?', query.source);
  if (query.upTo !== undefined) add('id <= ?', query.upTo);
  if (query.states !== undefined) add(`(${query.states.map((state) => IN_STATE[state]).join(' OR ') || 'FALSE'})`);
  return { add, values, sql: () => (parts.length === 0 ? '' : `WHERE ${parts.join(' AND ')}`) };
}

function toHead(row: Row & { bytes: number }): EntryHead {
  return { ...facts(row), bytes: row.bytes };
}

export function toEntry(row: FullRow): StoredEntry {
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
    removedAt: row.removed_at,
    removedBy: row.removed_by as StoredEntry['removedBy'],
  };
}
