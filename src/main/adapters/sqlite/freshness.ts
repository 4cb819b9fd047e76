/** Freshness and spending, added up in memory during a transaction and written just before its commit. */
import { DAY_MS, type Told } from '../../core/domain/freshness.ts';
import type { AccountId } from '../../core/domain/ids.ts';
import type { FreshnessCount, FreshnessStore, RequestUse } from '../../core/ports/freshness.ts';
import type { Db } from './open.ts';

export type FreshnessBook = FreshnessStore & {
  /** Writes what was added. Part of every transaction, just before its commit. */
  flush(): void;
  /** The transaction that `flush` was part of is durable. */
  committed(): void;
  /** Forgets what was told, after a transaction that was taken back; what was spent is spent all the same. */
  reset(): void;
};

type Change = { readonly account: AccountId; readonly told: Told; by: number; confirmed: number };
type Spent = { readonly account: AccountId; readonly day: number; readonly use: RequestUse; by: number };

/** Requests that no durable transaction holds yet; they outlive a connection. */
export type Owed = {
  spent: Map<string, Spent>;
  /** Written by the transaction under way. */
  written: Spent[];
};

export function createFreshness(db: Db, owed: Owed): FreshnessBook {
  const add = db.prepare(
    `INSERT INTO freshness (account_id, day, door, kind, bucket, told, confirmed) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET told = told + excluded.told, confirmed = confirmed + excluded.confirmed`,
  );
  // An account may have been removed since it asked; then its requests are of no interest.
  const spend = db.prepare(
    `INSERT INTO requests_spent (account_id, day, use, count) SELECT id, ?, ?, ? FROM accounts WHERE id = ?
     ON CONFLICT DO UPDATE SET count = count + excluded.count`,
  );
  const counts = db.prepare(
    `SELECT door, kind, bucket, sum(told) AS told, sum(confirmed) AS confirmed FROM freshness
     WHERE account_id = ? AND day BETWEEN ? AND ? GROUP BY door, kind, bucket HAVING sum(told) <> 0 OR sum(confirmed) <> 0 ORDER BY bucket`,
  );
  const requests = db.prepare('SELECT use, sum(count) AS count FROM requests_spent WHERE account_id = ? AND day BETWEEN ? AND ? GROUP BY use');
  let changes = new Map<string, Change>();

  function owe(more: Spent): void {
    const key = `${more.day} ${more.use} ${more.account}`;
    const known = owed.spent.get(key);
    if (known) known.by += more.by;
    else owed.spent.set(key, { ...more });
  }

  return {
    tell(account, told, change) {
      const key = `${told.bucket} ${told.day} ${told.door} ${told.kind} ${account}`;
      let known = changes.get(key);
      if (known === undefined) {
        known = { account, told, by: 0, confirmed: 0 };
        changes.set(key, known);
      }
      known.by += change;
      if (told.confirmed) known.confirmed += change;
    },
    spend(account, use, at, count) {
      owe({ account, day: Math.floor(at / DAY_MS), use, by: count });
    },
    counts: (account, first, last) => counts.all(account, first, last) as FreshnessCount[],
    requests(account, first, last) {
      const sums = { question: 0, log: 0, interactive: 0, refused: 0, loop: 0 };
      for (const row of requests.all(account, first, last) as { use: RequestUse; count: number }[]) sums[row.use] = row.count;
      // What was spent since the last transaction counts already.
      for (const one of owed.spent.values()) if (one.account === account && one.day >= first && one.day <= last) sums[one.use] += one.by;
      return sums;
    },
    flush() {
      for (const { account, told, by, confirmed } of changes.values())
        if (by !== 0 || confirmed !== 0) add.run(account, told.day, told.door, told.kind, told.bucket, by, confirmed);
      changes = new Map();
      for (const one of owed.spent.values()) {
        spend.run(one.day, one.use, one.by, one.account);
        owed.written.push(one);
      }
      owed.spent = new Map();
    },
    committed() {
      owed.written = [];
    },
    reset() {
      changes = new Map();
      if (db.inTransaction) return;
      for (const one of owed.written) owe(one);
      owed.written = [];
    },
  };
}
