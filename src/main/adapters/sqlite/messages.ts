import type { ToldReceipt } from '../../core/domain/freshness.ts';
import type { AccountId, InboxId } from '../../core/domain/ids.ts';
import type { Source } from '../../core/domain/receipt.ts';
import type { Certainty, GroupSummary, Lane, Said, Status } from '../../core/domain/status.ts';
import type { Doubt } from '../../core/domain/trust.ts';
import type { MessageQuery, MessageRecord, MessageStore, StoredReceipt } from '../../core/ports/store.ts';
import type { Db } from './open.ts';
import type { Tallies } from './tallies.ts';

type Row = {
  id: number;
  account_id: string;
  wa_id: string | null;
  provider_id: string | null;
  chat: string | null;
  kind: string;
  name: string | null;
  text: string | null;
  tags: string;
  group_size: number | null;
  born_at: number | null;
  first_at: number;
  status: string | null;
  status_at: number | null;
  failure: string | null;
  deleted: number;
  steps: string;
  summary: string | null;
  confirmed: string | null;
  confirmed_by: string | null;
  doubt: string | null;
};
type ReceiptRow = {
  message_id: number;
  inbox_id: number;
  person: string;
  said: string;
  at: number;
  how: string;
  after: number | null;
  source: string;
  reason: string | null;
};

const COLUMNS = [
  'account_id',
  'wa_id',
  'provider_id',
  'chat',
  'kind',
  'name',
  'text',
  'tags',
  'group_size',
  'born_at',
  'first_at',
  'status',
  'status_at',
  'failure',
  'deleted',
  'steps',
  'summary',
  'doubt',
];
const RECEIPT = 'message_id, inbox_id, person, said, at, how, after, source, reason';

export function createMessages(db: Db, tally: Tallies): MessageStore {
  const byRow = db.prepare('SELECT * FROM messages WHERE id = ?');
  const byWaId = db.prepare('SELECT * FROM messages WHERE account_id = ? AND wa_id = ?');
  const byProviderId = db.prepare('SELECT * FROM messages WHERE account_id = ? AND provider_id = ?');
  const insert = db.prepare(`INSERT INTO messages (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})`);
  const save = db.prepare(`UPDATE messages SET ${COLUMNS.map((column) => `${column} = ?`).join(', ')} WHERE id = ?`);
  const saveProgress = db.prepare('UPDATE messages SET status = ?, status_at = ?, failure = ?, deleted = ?, steps = ?, summary = ? WHERE id = ?');
  // Apart from the rest: most webhooks confirm nothing.
  const saveConfirmed = db.prepare('UPDATE messages SET confirmed = ?, confirmed_by = ? WHERE id = ?');
  const remove = db.prepare('DELETE FROM messages WHERE id = ?');
  const lanes = db.prepare('SELECT person, steps FROM lanes WHERE message_id = ?');
  const saveLane = db.prepare('INSERT INTO lanes (message_id, person, steps) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET steps = excluded.steps');
  const clearLanes = db.prepare('DELETE FROM lanes WHERE message_id = ?');
  const addReceipt = db.prepare(`INSERT INTO receipts (key, ${RECEIPT}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`);
  const receipts = db.prepare(`SELECT ${RECEIPT} FROM receipts WHERE message_id = ?`);
  const told = db.prepare(
    `SELECT r.key, r.inbox_id AS inboxId, r.person, r.said, r.at, r.how, r.after, r.source, i.received_at AS receivedAt
     FROM receipts r LEFT JOIN inbox i ON i.id = r.inbox_id WHERE r.message_id = ?`,
  );
  const ofEntry = db.prepare(`SELECT ${RECEIPT} FROM receipts WHERE inbox_id = ?`);
  const dropOfEntry = db.prepare('DELETE FROM receipts WHERE inbox_id = ?');
  const move = db.prepare('UPDATE OR IGNORE receipts SET message_id = ? WHERE message_id = ?');
  const alias = db.prepare('SELECT phone FROM aliases WHERE account_id = ? AND lid = ?').pluck();
  const addAlias = db.prepare(
    'INSERT INTO aliases (account_id, lid, phone) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET phone = excluded.phone WHERE phone <> excluded.phone',
  );
  const mentioning = db
    .prepare(
      'SELECT id FROM messages WHERE account_id = ? AND chat = ? UNION SELECT m.id FROM lanes l JOIN messages m ON m.id = l.message_id WHERE l.person = ? AND m.account_id = ?',
    )
    .pluck();
  const entryOfReceipt = db.prepare('SELECT inbox_id FROM receipts WHERE message_id = ? AND key = ?').pluck();
  const entryThatSaid = db
    .prepare(
      `SELECT inbox_id FROM receipts WHERE message_id = ? AND said = ? AND person = ? AND source = ? AND reason IS ? AND how = 'arrival' ORDER BY at, inbox_id LIMIT 1`,
    )
    .pluck();
  const entriesSaying = db.prepare('SELECT DISTINCT inbox_id FROM receipts WHERE message_id = ? AND said = ? LIMIT 4').pluck();
  /** What each record looked like when it was read, to write only what changed. */
  const read = new WeakMap<MessageRecord, Row>();
  /** Where each record stands in the tallies. */
  const counted = new WeakMap<MessageRecord, { readonly firstAt: number; readonly status: Status | null }>();

  function toRecord(row: Row | undefined): MessageRecord | undefined {
    if (row === undefined) return undefined;
    const record: MessageRecord = {
      row: row.id,
      account: row.account_id as AccountId,
      waId: row.wa_id,
      providerId: row.provider_id,
      chat: row.chat,
      kind: row.kind as MessageRecord['kind'],
      name: row.name,
      text: row.text,
      tags: row.tags === '[]' ? NO_TAGS : (JSON.parse(row.tags) as string[]),
      groupSize: row.group_size,
      bornAt: row.born_at,
      firstAt: row.first_at,
      status: row.status as Status | null,
      statusAt: row.status_at,
      failure: row.failure,
      deleted: row.deleted === 1,
      steps: JSON.parse(row.steps) as Lane,
      summary: row.summary === null ? null : (JSON.parse(row.summary) as GroupSummary),
      confirmed: row.confirmed as Status | null,
      confirmedBy: row.confirmed_by as Source | null,
      doubt: row.doubt as Doubt | null,
    };
    read.set(record, row);
    counted.set(record, { firstAt: record.firstAt, status: record.status });
    return record;
  }

  /** Moves the message to the tally it belongs to now. */
  function recount(message: MessageRecord): void {
    const was = counted.get(message);
    if (was === undefined) throw new Error('a message that was never read cannot be saved');
    if (was.status === message.status && was.firstAt === message.firstAt) return;
    tally.add(message.account, was.firstAt, was.status, -1);
    tally.add(message.account, message.firstAt, message.status, 1);
    counted.set(message, { firstAt: message.firstAt, status: message.status });
  }

  return {
    byRow: (row) => toRecord(byRow.get(row) as Row | undefined),
    byWaId: (account, waId) => toRecord(byWaId.get(account, waId) as Row | undefined),
    byProviderId: (account, providerId) => toRecord(byProviderId.get(account, providerId) as Row | undefined),
    insert(message) {
      const { lastInsertRowid } = insert.run(...values(message));
      tally.add(message.account, message.firstAt, message.status, 1);
      const record = { ...message, row: Number(lastInsertRowid) };
      counted.set(record, { firstAt: message.firstAt, status: message.status });
      return record;
    },
    save(message) {
      const before = read.get(message);
      recount(message);
      const onlyProgress =
        before !== undefined &&
        before.wa_id === message.waId &&
        before.provider_id === message.providerId &&
        before.chat === message.chat &&
        before.kind === message.kind &&
        before.name === message.name &&
        before.text === message.text &&
        before.group_size === message.groupSize &&
        before.born_at === message.bornAt &&
        before.first_at === message.firstAt &&
        before.tags === JSON.stringify(message.tags);
      if (onlyProgress)
        saveProgress.run(
          message.status,
          message.statusAt,
          message.failure,
          message.deleted ? 1 : 0,
          JSON.stringify(message.steps),
          message.summary && JSON.stringify(message.summary),
          message.row,
        );
      else save.run(...values(message), message.row);
      if (message.confirmed !== (before?.confirmed ?? null) || message.confirmedBy !== (before?.confirmed_by ?? null)) {
        saveConfirmed.run(message.confirmed, message.confirmedBy, message.row);
        // A record may be saved more than once.
        if (before !== undefined) Object.assign(before, { confirmed: message.confirmed, confirmed_by: message.confirmedBy });
      }
    },
    remove(row) {
      const message = toRecord(byRow.get(row) as Row | undefined);
      if (message === undefined) return;
      tally.add(message.account, message.firstAt, message.status, -1);
      remove.run(row);
    },
    lanes: (row) => new Map((lanes.all(row) as { person: string; steps: string }[]).map((lane) => [lane.person, JSON.parse(lane.steps) as Lane])),
    saveLane: (row, person, lane) => void saveLane.run(row, person, JSON.stringify(lane)),
    clearLanes: (row) => void clearLanes.run(row),
    addReceipt: (key, r) => addReceipt.run(key, r.messageRow, r.inboxId, r.person, r.said, r.at, r.how, r.after, r.source, r.reason).changes === 1,
    entryOfReceipt: (row, key) => entryOfReceipt.get(row, key) as InboxId | undefined,
    entryThatSaid: (r) => entryThatSaid.get(r.messageRow, r.said, r.person, r.source, r.reason) as InboxId | undefined,
    entriesSaying: (row, said) => entriesSaying.all(row, said) as InboxId[],
    receipts: (row) => (receipts.all(row) as ReceiptRow[]).map(toReceipt),
    toldReceipts: (row) => told.all(row) as ToldReceipt[],
    receiptsOfEntry: (id) => (ofEntry.all(id) as ReceiptRow[]).map(toReceipt),
    dropReceiptsOfEntry(id) {
      const rows = new Set((ofEntry.all(id) as ReceiptRow[]).map((receipt) => receipt.message_id));
      if (rows.size > 0) dropOfEntry.run(id);
      return [...rows];
    },
    moveReceipts: (from, to) => void move.run(to, from),
    alias: (account, lid) => alias.get(account, lid) as string | undefined,
    addAlias: (account, lid, phone) => addAlias.run(account, lid, phone).changes === 1,
    rowsMentioning: (account, address) => mentioning.all(account, address, address, account) as number[],
    page(query, before, limit) {
      const where = conditions(query);
      if (before !== undefined) where.add('(first_at, id) < (?, ?)', before.firstAt, before.row);
      return (db.prepare(`SELECT * FROM messages ${where.sql()} ORDER BY first_at DESC, id DESC LIMIT ?`).all(...where.values, limit) as Row[]).map(
        (row) => toRecord(row) as MessageRecord,
      );
    },
    count(query) {
      const where = conditions(query);
      return db
        .prepare(`SELECT count(*) FROM messages ${where.sql()}`)
        .pluck()
        .get(...where.values) as number;
    },
    countByStatus: (from, to, account) => tally.read(from, to, account),
    waits(first, then, from, to, account, limit) {
      const where = conditions(account === undefined ? { from, to } : { from, to, account });
      const time = (step: string) => `(CASE steps ->> '$.${step}.how' WHEN 'stated' THEN steps ->> '$.${step}.at' END)`;
      return db
        .prepare(
          `SELECT wait FROM (SELECT ${time(then)} - ${time(first)} AS wait FROM messages ${where.sql()} ORDER BY first_at DESC LIMIT ?)
           WHERE wait IS NOT NULL AND wait >= 0 ORDER BY wait`,
        )
        .pluck()
        .all(...where.values, limit) as number[];
    },
  };
}

const NO_TAGS: readonly string[] = Object.freeze([]);

function values(message: Omit<MessageRecord, 'row'>) {
  return [
    message.account,
    message.waId,
    message.providerId,
    message.chat,
    message.kind,
    message.name,
    message.text,
    JSON.stringify(message.tags),
    message.groupSize,
    message.bornAt,
    message.firstAt,
    message.status,
    message.statusAt,
    message.failure,
    message.deleted ? 1 : 0,
    JSON.stringify(message.steps),
    message.summary && JSON.stringify(message.summary),
    message.doubt,
  ];
}

function toReceipt(row: ReceiptRow): StoredReceipt {
  return {
    messageRow: row.message_id,
    inboxId: row.inbox_id as InboxId,
    person: row.person,
    said: row.said as Said,
    at: row.at,
    how: row.how as Certainty,
    after: row.after,
    source: row.source as Source,
    reason: row.reason,
  };
}

function conditions(query: MessageQuery) {
  const parts: string[] = [];
  const values: (string | number)[] = [];
  const add = (sql: string, ...given: (string | number)[]) => {
    parts.push(sql);
    values.push(...given);
  };
  if (query.account !== undefined) add('account_id = ?', query.account);
  if (query.from !== undefined) add('first_at >= ?', query.from);
  if (query.to !== undefined) add('first_at < ?', query.to);
  if (query.kind !== undefined) add('kind = ?', query.kind);
  if (query.statuses === 'unknown') add('status IS NULL');
  else if (query.statuses !== undefined) add(`status IN (${query.statuses.map((status) => `'${status}'`).join(', ') || 'NULL'})`);
  if (query.tag !== undefined) add('EXISTS (SELECT 1 FROM json_each(tags) WHERE value = ?)', query.tag);
  if (query.text !== undefined && query.text !== '') {
    const like = `%${query.text.replace(/[\\%_]/g, '\\$&')}%`;
    const digits = query.text.replace(/[\s().+-]/g, '');
    const number = /^\d{3,}$/.test(digits) ? `%${digits}%` : like;
    add(
      `(name LIKE ? ESCAPE '\\' OR EXISTS (SELECT 1 FROM contacts c WHERE c.account_id = messages.account_id AND c.address = chat AND c.name LIKE ? ESCAPE '\\') OR chat LIKE ? ESCAPE '\\' OR wa_id LIKE ? ESCAPE '\\' OR provider_id LIKE ? ESCAPE '\\' OR text LIKE ? ESCAPE '\\' OR tags LIKE ? ESCAPE '\\')`,
      like,
      like,
      number,
      like,
      like,
      like,
      like,
    );
  }
  return { add, values, sql: () => (parts.length === 0 ? '' : `WHERE ${parts.join(' AND ')}`) };
}
