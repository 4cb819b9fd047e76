/** Puts rows that were read from another database into ours. */
import type { Db } from '../open.ts';
import type { Row } from './salvage.ts';

/** Puts one row in by the names of its columns; false when the base refuses it (a column of a wrong type, for one). */
export function inserter(base: Db, table: string, or: 'REPLACE' | 'IGNORE'): (row: Row) => boolean {
  const columns = (base.pragma(`table_info(${table})`) as { name: string }[]).map(({ name }) => name);
  let known: string | undefined;
  let insert: ReturnType<Db['prepare']> | undefined;
  return (row) => {
    const names = columns.filter((name) => name in row);
    if (names.join() !== known) {
      insert = base.prepare(`INSERT OR ${or} INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`);
      known = names.join();
    }
    try {
      return insert?.run(names.map((name) => row[name])).changes === 1;
    } catch (error) {
      if (String((error as { code?: unknown }).code).startsWith('SQLITE_CONSTRAINT')) return false;
      throw error;
    }
  };
}

export function isJson(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}
