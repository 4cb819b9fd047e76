import type { RetentionKind, RetentionStore } from '../../core/ports/privacy.ts';
import type { MessageStore } from '../../core/ports/store.ts';
import type { Db } from './open.ts';

/** Rows looked at in one go. */
const STRETCH = 5_000;
const MARK = '(SELECT mark FROM drain)';
const SPOKEN_OF = 'EXISTS (SELECT 1 FROM receipts r WHERE r.inbox_id = inbox.id)';
const AWAITED = 'EXISTS (SELECT 1 FROM waiting w WHERE w.inbox_id = inbox.id)';

type Kind = Exclude<RetentionKind, 'exports'>;

/** Which rows of each kind are older than `$before` and needed by nothing that stays; numbers within ($after, $end]. */
const FIND: Readonly<Record<Kind, string>> = {
  // A message that is still asked about is not at its end, however old it is.
  messages: `SELECT id, 0 AS bytes FROM messages WHERE id > $after AND id <= $end AND first_at < $before AND coalesce(status_at, 0) < $before
             AND NOT EXISTS (SELECT 1 FROM polls p WHERE p.message = messages.id AND p.due_at IS NOT NULL)`,
  bodies: `SELECT id, length(body) AS bytes FROM inbox WHERE id > $after AND id <= $end AND id <= ${MARK} AND received_at < $before
           AND state IS NULL AND removed_at IS NULL AND NOT ${AWAITED}`,
  deadLetters: `SELECT id, length(body) AS bytes FROM inbox WHERE state = 'quarantined' AND id > $after AND id <= $end AND received_at < $before
                AND removed_at IS NULL AND NOT ${AWAITED}`,
  ignored: `SELECT id, length(body) AS bytes FROM inbox WHERE state IN ('ignored', 'duplicate') AND id > $after AND id <= $end AND received_at < $before
            AND NOT ${SPOKEN_OF} AND NOT ${AWAITED}`,
  waiting: `SELECT DISTINCT w.inbox_id AS id, 0 AS bytes FROM waiting w LEFT JOIN inbox ON inbox.id = w.inbox_id
            WHERE w.inbox_id > $after AND w.inbox_id <= $end AND coalesce(inbox.received_at, 0) < $before`,
  // A gap explains the timelines of every message that was on its way then.
  gaps: `SELECT id, 0 AS bytes FROM gaps WHERE id > $after AND id <= $end AND to_at < $before
         AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.account_id = gaps.account_id AND m.first_at <= gaps.to_at)`,
};
const LAST: Readonly<Record<Kind, string>> = {
  messages: 'messages',
  bodies: 'inbox',
  deadLetters: 'inbox',
  ignored: 'inbox',
  waiting: 'inbox',
  gaps: 'gaps',
};

export function createRetention(db: Db, messages: Pick<MessageStore, 'remove'>): RetentionStore {
  const find = Object.fromEntries(Object.entries(FIND).map(([kind, sql]) => [kind, db.prepare(`${sql} ORDER BY 1`)]));
  const last = Object.fromEntries(
    Object.entries(LAST).map(([kind, table]) => [kind, db.prepare(`SELECT coalesce(max(id), 0) FROM ${table}`).pluck()]),
  );
  const entriesOf = db.prepare('SELECT DISTINCT inbox_id FROM receipts WHERE message_id = ?').pluck();
  const dropBare = db.prepare(`DELETE FROM inbox WHERE id = ? AND removed_at IS NOT NULL AND NOT ${SPOKEN_OF}`);
  const dropRepeats = db.prepare('DELETE FROM inbox WHERE duplicate_of = ? AND length(body) = 0');
  const dropEntry = db.prepare(`DELETE FROM inbox WHERE id = ? AND NOT ${SPOKEN_OF}`);
  const dropBytes = db.prepare(`UPDATE inbox SET body = x'', removed_at = ?, removed_by = 'retention' WHERE id = ?`);
  const settleWaiting = db.prepare(`UPDATE inbox SET reason = ? WHERE id = ? AND state = 'ignored'`);
  const unwait = db.prepare('DELETE FROM waiting WHERE inbox_id = ?');
  const dropGap = db.prepare('DELETE FROM gaps WHERE id = ?');
  const dropRuns = db.prepare(
    'DELETE FROM reconcile_runs WHERE finished_at < ? AND id NOT IN (SELECT max(id) FROM reconcile_runs GROUP BY account_id)',
  );

  function removeEntry(id: number, now: number): void {
    if (dropEntry.run(id).changes > 0) dropRepeats.run(id);
    // A message still refers to it: that it came stays known, its bytes go.
    else dropBytes.run(now, id);
  }

  const REMOVE: Readonly<Record<Kind, (id: number, now: number, words: string) => void>> = {
    messages(row) {
      const entries = entriesOf.all(row) as number[];
      messages.remove(row);
      for (const entry of entries) if (dropBare.run(entry).changes > 0) dropRepeats.run(entry);
    },
    bodies: removeEntry,
    deadLetters: removeEntry,
    ignored: removeEntry,
    waiting(id, _now, words) {
      unwait.run(id);
      settleWaiting.run(words, id);
    },
    gaps: (id) => void dropGap.run(id),
  };

  return {
    find(kind, before, after) {
      const end = after + STRETCH;
      const rows = find[kind]?.all({ before, after, end }) as { id: number; bytes: number }[];
      return {
        ids: rows.map(({ id }) => id),
        bytes: rows.reduce((sum, { bytes }) => sum + bytes, 0),
        next: end < (last[kind]?.get() as number) ? end : undefined,
      };
    },
    remove(kind, ids, now, words) {
      for (const id of ids) REMOVE[kind](id, now, words);
    },
    removeRuns: (before) => dropRuns.run(before).changes,
  };
}
