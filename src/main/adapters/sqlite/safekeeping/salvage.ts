/** Reads what can be read of a damaged database, row by row, and passes over what cannot. */
import type { Db } from '../open.ts';

export type Row = Readonly<Record<string, unknown>>;

/** A table that is half gone must not take for ever: after so many failed reads the rest of it is given up. */
const MOST_FAILURES = 20_000;

/** How far beyond what is known rows are looked for when the damaged file does not tell where it ended. */
export const FAR = 1_000_000;

/** No column of ours has this name. */
const KEY = 'the key';

export type Reading = {
  /** Whether a row may have been passed over. */
  readonly whole: boolean;
};

/**
 * Calls `onRow` for every readable row of `table` whose whole number `key` lies in [from, to], in order.
 * A range that fails is halved until what fails is a single number.
 */
export function readRanges(db: Db, table: string, key: string, from: number, to: number, onRow: (row: Row) => void): Reading {
  const select = prepared(db, `SELECT ${key} AS "${KEY}", * FROM ${table} WHERE ${key} BETWEEN ? AND ? ORDER BY ${key}`);
  if (select === undefined) return { whole: false };
  let failures = 0;
  const read = (low: number, high: number): void => {
    if (low > high || failures >= MOST_FAILURES) return;
    let next = low;
    try {
      for (const { [KEY]: found, ...row } of select.iterate(low, high)) {
        // Pages that are in the wrong place give rows that are out of order: whatever they hold, they are not these rows.
        if (typeof found !== 'number' || found < next - 1) throw new Error('out of order');
        onRow(row);
        next = found + 1;
      }
    } catch {
      failures++;
      // What came before the fault was handed on already; there may be more behind it.
      if (next >= high) return;
      const middle = next + Math.floor((high - next) / 2);
      read(next, middle);
      read(middle + 1, high);
    }
  };
  read(from, to);
  return { whole: failures === 0 };
}

function prepared(db: Db, sql: string) {
  try {
    return db.prepare<[number, number], Row>(sql);
  } catch {
    return undefined;
  }
}

/** Every readable row of `table` by its own order: from the front up to a fault, then from the back down to one. */
export function readBothWays(db: Db, table: string, key: readonly string[], onRow: (row: Row) => void): Reading {
  if (readUntilFault(db, `SELECT * FROM ${table} ORDER BY ${key.join(', ')}`, onRow)) return { whole: true };
  readUntilFault(db, `SELECT * FROM ${table} ORDER BY ${key.map((column) => `${column} DESC`).join(', ')}`, onRow);
  return { whole: false };
}

function readUntilFault(db: Db, sql: string, onRow: (row: Row) => void): boolean {
  try {
    for (const row of db.prepare(sql).iterate() as IterableIterator<Row>) onRow(row);
    return true;
  } catch {
    return false;
  }
}

/** The highest whole number in `key`, or undefined when it cannot be read. */
export function highest(db: Db, table: string, key: string): number | undefined {
  try {
    return (db.prepare(`SELECT max(${key}) FROM ${table}`).pluck().get() ?? 0) as number;
  } catch {
    return undefined;
  }
}
