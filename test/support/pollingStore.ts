/** A real SQLite database in memory with everything polling needs, and messages put in by hand. */
import Database from 'better-sqlite3';
import { migrate } from '../../src/main/adapters/sqlite/migrate.ts';
import type { Db } from '../../src/main/adapters/sqlite/open.ts';
import { createPolls } from '../../src/main/adapters/sqlite/polls.ts';
import { createReconcileRuns } from '../../src/main/adapters/sqlite/reconciles.ts';
import { type AccountId, type Millis, parseAccountId } from '../../src/main/core/domain/ids.ts';
import type { Status } from '../../src/main/core/domain/status.ts';
import type { Polls } from '../../src/main/core/ports/polls.ts';
import type { ReconcileRuns } from '../../src/main/core/ports/reconciles.ts';

export type PollingStore = {
  readonly db: Db;
  readonly account: AccountId;
  readonly polls: Polls;
  readonly runs: ReconcileRuns;
  /** Adds a message that has a provider id, as the drain does; gives its row. */
  add(providerId: string, firstAt: Millis, now: Millis, more?: { status?: Status; joined?: boolean }): number;
  rowOf(providerId: string): number | undefined;
  /** What the table holds about one message. */
  raw(row: number): Record<string, unknown>;
};

/** Several stores with different `name`s (16 hex digits) are accounts of one database. */
export function createPollingStore(db: Db = new Database(':memory:'), name = '0123456789abcdef'): PollingStore {
  db.pragma('foreign_keys = on');
  migrate(db);
  const account = parseAccountId(`acc_${name}`);
  if (account === undefined) throw new Error('not an account id');
  db.prepare(
    `INSERT OR IGNORE INTO accounts (id, provider, name, demo, settings, tunnel, webhook_token, created_at) VALUES (?, 'demo', 'Shop', 1, '{}', '{}', ?, 0)`,
  ).run(account, account);
  const polls = createPolls(db);
  const insert = db.prepare(`INSERT INTO messages (account_id, provider_id, kind, first_at, status, steps) VALUES (?, ?, 'person', ?, ?, '{}')`);
  const rowOf = db.prepare('SELECT id FROM messages WHERE account_id = ? AND provider_id = ?').pluck();
  return {
    db,
    account,
    polls,
    runs: createReconcileRuns(db),
    add(providerId, firstAt, now, more = {}) {
      const row = Number(insert.run(account, providerId, firstAt, more.status ?? null).lastInsertRowid);
      polls.track(row, account, providerId, firstAt, now, more);
      return row;
    },
    rowOf: (providerId) => rowOf.get(account, providerId) as number | undefined,
    raw: (row) => db.prepare('SELECT * FROM polls WHERE message = ?').get(row) as Record<string, unknown>,
  };
}
