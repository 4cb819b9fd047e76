import type { AccountId } from '../../core/domain/ids.ts';
import type { EraseStep, Erasure, PrivacyStore, TheirMessage } from '../../core/ports/privacy.ts';
import { ENTRY, type FullRow, toEntry } from './inbox.ts';
import type { Db } from './open.ts';
import { createSweep } from './sweep.ts';

/** Rows looked at in one go: a few milliseconds. */
const STRETCH = 20_000;

/** Lets go of the hashes of everybody who was allowed again. */
export const ALLOW_LIFTED_SQL = 'DELETE FROM suppressed WHERE erasure_id IN (SELECT id FROM erasures WHERE lifted_at IS NOT NULL)';

type Row = {
  id: number;
  hash: string;
  tail: string;
  reason: string | null;
  asked_at: number;
  step: string;
  cursor: string;
  counts: string;
  sealed: string | null;
  finished_at: number | null;
  lifted_at: number | null;
};

export function createPrivacy(db: Db): PrivacyStore {
  const begin = db.prepare(
    `INSERT INTO erasures (hash, tail, reason, asked_at, step, cursor, counts) VALUES (?, ?, ?, ?, 'messages', '', '{}') RETURNING id`,
  );
  const seal = db.prepare('UPDATE erasures SET sealed = ? WHERE id = ?');
  const all = db.prepare('SELECT * FROM erasures ORDER BY id');
  const progress = db.prepare('UPDATE erasures SET step = ?, cursor = ?, counts = ? WHERE id = ?');
  const finish = db.prepare(`UPDATE erasures SET step = 'done', cursor = '', sealed = NULL, finished_at = ? WHERE id = ?`);
  const lift = db.prepare('UPDATE erasures SET lifted_at = ? WHERE id = ?');
  const put = db.prepare(
    `INSERT INTO erasures (id, hash, tail, reason, asked_at, step, cursor, counts, sealed, finished_at, lifted_at)
     VALUES (@id, @hash, @tail, @reason, @asked_at, @step, @cursor, @counts, @sealed, @finished_at, @lifted_at)
     ON CONFLICT DO UPDATE SET lifted_at = coalesce(erasures.lifted_at, excluded.lifted_at)`,
  );
  const allow = db.prepare('DELETE FROM suppressed WHERE erasure_id = ?');
  const allowLifted = db.prepare(ALLOW_LIFTED_SQL);
  const suppress = db.prepare('INSERT OR IGNORE INTO suppressed (hash, erasure_id) VALUES (?, ?)');
  const suppressed = db.prepare('SELECT hash, erasure_id AS erasure FROM suppressed');
  const THESE = '(SELECT value FROM json_each(?))';
  const sameAs = db
    .prepare(
      `WITH RECURSIVE same(address) AS (
         SELECT value FROM json_each(?)
         UNION SELECT CASE WHEN a.lid = same.address THEN a.phone ELSE a.lid END FROM aliases a JOIN same ON same.address IN (a.lid, a.phone)
       ) SELECT address FROM same`,
    )
    .pluck();
  const names = db
    .prepare(
      `SELECT name FROM contacts WHERE address IN ${THESE}
       UNION SELECT name FROM messages WHERE chat IN ${THESE} AND name IS NOT NULL`,
    )
    .pluck();
  const countMessages = db.prepare(`SELECT count(*) FROM messages WHERE chat IN ${THESE}`).pluck();
  const lastMessage = db.prepare('SELECT coalesce(max(id), 0) FROM messages').pluck();
  const messagesTo = db.prepare(
    `SELECT id AS "row", account_id AS account, wa_id AS waId, provider_id AS providerId FROM messages
     WHERE id > ? AND id <= ? AND chat IN ${THESE} ORDER BY id LIMIT 100`,
  );
  const inGroups = db
    .prepare(
      `SELECT message_id FROM lanes WHERE message_id > ? AND message_id <= ? AND person IN ${THESE}
       UNION SELECT message_id FROM receipts WHERE message_id > ? AND message_id <= ? AND person IN ${THESE}`,
    )
    .pluck();
  const dropLanes = db.prepare(`DELETE FROM lanes WHERE message_id = ? AND person IN ${THESE}`);
  const dropReceipts = db.prepare(`DELETE FROM receipts WHERE message_id = ? AND person IN ${THESE}`);
  const shrink = db.prepare('UPDATE messages SET group_size = max(1, group_size - 1) WHERE id = ? AND group_size IS NOT NULL');
  const dropContacts = db.prepare(`DELETE FROM contacts WHERE address IN ${THESE}`);
  const dropAliases = db.prepare(`DELETE FROM aliases WHERE lid IN ${THESE} OR phone IN ${THESE}`);
  const entries = db.prepare(`SELECT ${ENTRY} FROM inbox WHERE id > ? ORDER BY id LIMIT ?`);
  const rewriteEntry = db.prepare('UPDATE inbox SET body = ? WHERE id = ?');
  const unwait = db.prepare('DELETE FROM waiting WHERE inbox_id IN (SELECT id FROM inbox WHERE id = ? OR duplicate_of = ?)');
  const deleteEntry = db.prepare('DELETE FROM inbox WHERE id = ? OR duplicate_of = ?');
  const { tables, sweep } = createSweep(db);

  return {
    begin: (erasure) => (begin.get(erasure.hash, erasure.tail, erasure.reason, erasure.askedAt) as { id: number }).id,
    seal: (id, sealed) => void seal.run(sealed, id),
    erasures: () => (all.all() as Row[]).map(toErasure),
    progress: (id, step, cursor, counts) => void progress.run(step, cursor, JSON.stringify(counts), id),
    finish: (id, at) => void finish.run(at, id),
    lift(id, at) {
      lift.run(at, id);
      allow.run(id);
    },
    suppress(erasure, hashes) {
      for (const hash of hashes) suppress.run(hash, erasure);
    },
    carried: (done) =>
      JSON.stringify({
        erasures: (all.all() as Row[]).map((row) => (row.id === done ? { ...row, sealed: null } : row)),
        suppressed: suppressed.all(),
      }),
    takeOver(text) {
      const { erasures, suppressed: hashes } = JSON.parse(text) as { erasures: Row[]; suppressed: { hash: string; erasure: number }[] };
      for (const row of erasures)
        put.run(
          row.sealed === null
            ? { ...row, cursor: '', step: 'done', finished_at: row.finished_at ?? row.asked_at }
            : { ...row, cursor: '', step: 'messages' },
        );
      for (const { hash, erasure } of hashes) suppress.run(hash, erasure);
      // Whoever was allowed again, there or here, stays allowed.
      allowLifted.run();
    },
    suppressed: () => suppressed.all() as { hash: string; erasure: number }[],
    sameAs: (addresses) => sameAs.all(JSON.stringify(addresses)) as string[],
    namesOf: (addresses) => names.all(JSON.stringify(addresses), JSON.stringify(addresses)) as string[],
    countMessages: (addresses) => countMessages.get(JSON.stringify(addresses)) as number,
    messagesTo(addresses, after) {
      const last = lastMessage.get() as number;
      const messages = messagesTo.all(after, after + STRETCH, JSON.stringify(addresses)) as (TheirMessage & { account: AccountId })[];
      // A full helping ends the stretch early.
      const end = messages.length === 100 ? (messages.at(-1)?.row ?? after) : after + STRETCH;
      return { messages, next: end < last ? end : undefined };
    },
    groupsWith(addresses, after) {
      const these = JSON.stringify(addresses);
      const end = after + STRETCH;
      return {
        rows: inGroups.all(after, end, these, after, end, these) as number[],
        next: end < (lastMessage.get() as number) ? end : undefined,
      };
    },
    leaveGroup(row, addresses) {
      const these = JSON.stringify(addresses);
      if (dropLanes.run(row, these).changes > 0) shrink.run(row);
      return dropReceipts.run(row, these).changes;
    },
    forgetPeople(addresses) {
      const these = JSON.stringify(addresses);
      return { contacts: dropContacts.run(these).changes, aliases: dropAliases.run(these, these).changes };
    },
    entries: (after, limit) => (entries.all(after, limit) as FullRow[]).map(toEntry),
    rewriteEntry: (id, body) => void rewriteEntry.run(body, id),
    deleteEntry(id) {
      unwait.run(id, id);
      return deleteEntry.run(id, id).changes;
    },
    tables,
    sweep,
    emptyLog() {
      const [result] = db.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
      return result?.busy === 0;
    },
    rewriteFile() {
      // A file of hundreds of megabytes is written beside the old one first; that must not happen in memory.
      db.pragma('temp_store = file');
      try {
        db.exec('VACUUM');
      } finally {
        db.pragma('temp_store = memory');
      }
    },
  };
}

function toErasure(row: Row): Erasure {
  return {
    id: row.id,
    hash: row.hash,
    tail: row.tail,
    reason: row.reason,
    askedAt: row.asked_at,
    step: row.step as EraseStep,
    cursor: row.cursor,
    counts: JSON.parse(row.counts) as Erasure['counts'],
    sealed: row.sealed,
    finishedAt: row.finished_at,
    liftedAt: row.lifted_at,
  };
}
