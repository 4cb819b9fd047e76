/** Counts by status that are kept up with every change, so that no figure on the screen needs a scan. */
import type { Status } from '../../core/domain/status.ts';
import type { StatusCount } from '../../core/ports/store.ts';
import type { Db } from './open.ts';

/** Every time zone's midnight lies on a quarter of an hour. */
const QUARTER_MS = 15 * 60_000;

export type Tallies = {
  /** `change` more (or fewer) messages with this status among those first known at `firstAt`; written by `flush`. */
  add(account: string, firstAt: number, status: Status | null, change: number): void;
  /** Writes what was added. Part of every transaction, just before its commit. */
  flush(): void;
  /** Forgets what was added, after a transaction that was taken back. */
  reset(): void;
  /** Counts over whole quarters that begin within [from, to). */
  read(from: number, to: number, account: string | undefined): readonly StatusCount[];
};

export function createTallies(db: Db): Tallies {
  const add = db.prepare(
    'INSERT INTO tallies (account_id, quarter, status, count) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count',
  );
  const all = db.prepare(`SELECT nullif(status, '') AS status, sum(count) AS count FROM tallies WHERE quarter >= ? AND quarter < ? GROUP BY status`);
  const one = db.prepare(
    `SELECT nullif(status, '') AS status, sum(count) AS count FROM tallies WHERE quarter >= ? AND quarter < ? AND account_id = ? GROUP BY status`,
  );
  type Change = { readonly account: string; readonly quarter: number; readonly status: string; by: number };
  let changes = new Map<string, Change>();
  return {
    add(account, firstAt, status, by) {
      const quarter = Math.floor(firstAt / QUARTER_MS);
      const key = `${quarter} ${status ?? ''} ${account}`;
      const known = changes.get(key);
      if (known) known.by += by;
      else changes.set(key, { account, quarter, status: status ?? '', by });
    },
    flush() {
      for (const change of changes.values()) if (change.by !== 0) add.run(change.account, change.quarter, change.status, change.by);
      changes = new Map();
    },
    reset() {
      changes = new Map();
    },
    read(from, to, account) {
      const range = [Math.floor(from / QUARTER_MS), Math.ceil(to / QUARTER_MS)] as const;
      return (account === undefined ? all.all(...range) : one.all(...range, account)) as StatusCount[];
    },
  };
}
