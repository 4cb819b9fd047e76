/**
 * Goes through every text of every table, whatever the table is for, so that a place which nobody thought of
 * is looked at too.
 */
import Database from 'better-sqlite3';
import type { PrivacyStore } from '../../core/ports/privacy.ts';
import type { Db } from './open.ts';

/** Hashes, which hold nothing, and what says who is looked for. */
const LEFT_OUT = new Set(['suppressed.hash', 'erasures.hash', 'erasures.sealed', 'inbox.body']);

type Plan = { readonly key: readonly string[]; readonly columns: readonly string[] };

export function createSweep(db: Db): Pick<PrivacyStore, 'tables' | 'sweep'> {
  const list = db.prepare(
    `SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name`,
  );
  const info = db.prepare('SELECT name, type, pk FROM pragma_table_info(?)');

  function planOf(table: string, withoutRowid: boolean): Plan {
    const columns = info.all(table) as { name: string; type: string; pk: number }[];
    return {
      key: withoutRowid
        ? columns
            .filter((column) => column.pk > 0)
            .sort((a, b) => a.pk - b.pk)
            .map((column) => quoted(column.name))
        : ['rowid'],
      columns: columns.filter(({ name, type }) => /TEXT|BLOB|ANY/i.test(type) && !LEFT_OUT.has(`${table}.${name}`)).map(({ name }) => quoted(name)),
    };
  }

  return {
    tables: () => (list.all() as { name: string }[]).map(({ name }) => name),
    sweep(table, from, limit, scrub, scrubBytes) {
      const found = (list.all() as { name: string; wr: number }[]).find(({ name }) => name === table);
      if (found === undefined) return { next: undefined, rewritten: 0, removed: 0 };
      const { key, columns } = planOf(table, found.wr === 1);
      if (columns.length === 0) return { next: undefined, rewritten: 0, removed: 0 };
      const start = from === '' ? undefined : (JSON.parse(from) as unknown[]);
      const where = start === undefined ? '' : `WHERE (${key.join(', ')}) > (${key.map(() => '?').join(', ')})`;
      const rows = db
        .prepare(`SELECT ${[...key, ...columns].join(', ')} FROM ${quoted(table)} ${where} ORDER BY ${key.join(', ')} LIMIT ?`)
        .raw()
        .all(...(start ?? []), limit) as unknown[][];
      const equal = key.map((column) => `${column} = ?`).join(' AND ');
      let rewritten = 0;
      let removed = 0;
      for (const row of rows) {
        const at = row.slice(0, key.length);
        const changes = columns.flatMap((column, i) => {
          const value = row[key.length + i];
          const clean = typeof value === 'string' ? scrub(value) : Buffer.isBuffer(value) ? scrubBytes(value) : value;
          return clean === value ? [] : [{ column, clean }];
        });
        if (changes.length === 0) continue;
        try {
          const set = changes.map(({ column }) => `${column} = ?`).join(', ');
          db.prepare(`UPDATE ${quoted(table)} SET ${set} WHERE ${equal}`).run(...changes.map(({ clean }) => clean), ...at);
          rewritten++;
        } catch (error) {
          // Without the number there is such a row already, so this one says nothing more.
          if (!(error instanceof Database.SqliteError && error.code.startsWith('SQLITE_CONSTRAINT'))) throw error;
          db.prepare(`DELETE FROM ${quoted(table)} WHERE ${equal}`).run(...at);
          removed++;
        }
      }
      const last = rows.at(-1);
      return { next: rows.length < limit || last === undefined ? undefined : JSON.stringify(last.slice(0, key.length)), rewritten, removed };
    },
  };
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
