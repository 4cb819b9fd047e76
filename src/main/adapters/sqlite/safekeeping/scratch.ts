/**
 * A copy of the damaged database to work on: the files themselves are only ever read. What keeps SQLite from
 * opening it at all (a broken header, a cut end, an unreadable table of contents) is mended in the copy.
 */

import { closeSync, existsSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { MIGRATIONS, migrate } from '../migrate.ts';
import { type Db, openDatabase } from '../open.ts';
import { removeWithBeside } from './copy.ts';
import { HEADER_SIZE, headerFault, type LogUse, PAGE_SIZE } from './damage.ts';
import { copyDurably, DATABASE_FILE, sizeOf } from './files.ts';
import { mendLog } from './logCheck.ts';

export type Scratch = { readonly file: string; readonly db: Db; close(): void };

/** A cut file is filled up with empty pages to the size that it says it had, if that is believable. */
const MOST_PAGES_MORE = 1 << 20;

/**
 * Undefined when nothing of the file can be opened. `donor`: a good copy to take a header or a table of contents
 * from, looked for only when it is needed. `log`: what to make of the write-ahead log.
 */
export function openScratch(data: string, stamp: string, log: LogUse, donor: () => string | undefined): Scratch | undefined {
  const original = join(data, DATABASE_FILE);
  if (sizeOf(original) < PAGE_SIZE) return undefined;
  const file = join(data, `damaged-${stamp}.sqlite`);
  const fresh = join(data, `fresh-${stamp}.sqlite`);
  try {
    const mends = [
      () => {},
      () => mendHeader(file, donor() ?? makeFresh(fresh)),
      () => {
        const good = donor();
        if (good !== undefined) transplantContents(file, good);
      },
    ];
    for (const mend of mends) {
      removeWithBeside(file);
      copyDurably(original, file);
      if (log !== 'ignored' && existsSync(`${original}-wal`)) copyDurably(`${original}-wal`, `${file}-wal`);
      if (log === 'mended') mendLog(`${file}-wal`);
      fillUp(file);
      mend();
      const db = tryOpen(file);
      if (db !== undefined) return { file, db, close: () => closeAndRemove(db, file) };
    }
    removeWithBeside(file);
    return undefined;
  } finally {
    removeWithBeside(fresh);
  }
}

function closeAndRemove(db: Db, file: string): void {
  if (db.open) db.close();
  removeWithBeside(file);
}

/** Open with its table of contents read and our tables in it, whatever state those are in. */
function tryOpen(file: string): Db | undefined {
  let db: Db | undefined;
  try {
    const fd = openSync(file, 'r');
    try {
      if (headerFault(fd) !== undefined) return undefined;
    } finally {
      closeSync(fd);
    }
    db = openDatabase(file);
    const here = tablesOf(db);
    if ([...(tablesByVersion()[0]?.tables ?? [])].every((table) => here.has(table))) {
      if (!mendWords(db)) return db;
      // read anew, as they are now
      db.close();
      db = openDatabase(file);
      return db;
    }
  } catch {
    // tried again after the next mend
  }
  db?.close();
  return undefined;
}

type VersionTables = readonly {
  readonly version: number;
  readonly tables: ReadonlySet<string>;
  /** What sqlite_schema says of each table and index, by name. */
  readonly sql: ReadonlyMap<string, string>;
}[];
let known: VersionTables | undefined;

/** The tables of each version, oldest first. */
function tablesByVersion(): VersionTables {
  known ??= makeEachVersion();
  return known;
}

function makeEachVersion(): VersionTables {
  const binding = process.env.BETTER_SQLITE3_BINDING;
  const growing = new Database(':memory:', binding ? { nativeBinding: binding } : {});
  try {
    return MIGRATIONS.map(({ version }, i) => {
      migrate(growing, MIGRATIONS.slice(0, i + 1));
      return { version, tables: tablesOf(growing), sql: sqlOf(growing) };
    });
  } finally {
    growing.close();
  }
}

function tablesOf(db: Db): ReadonlySet<string> {
  return new Set(db.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`).pluck().all() as string[]);
}

function sqlOf(db: Db): ReadonlyMap<string, string> {
  return new Map(db.prepare('SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL').raw().all() as [string, string][]);
}

/**
 * A flipped letter in the words of a table changes the name of a column, and SQLite believes it. Every word of
 * them is known, so in a copy they can be put right. True when something was.
 */
function mendWords(db: Db): boolean {
  const version = db.pragma('user_version', { simple: true }) as number;
  const expected = tablesByVersion().find((each) => each.version === version)?.sql;
  const wrong = [...sqlOf(db)].filter(([name, sql]) => (expected?.get(name) ?? sql) !== sql);
  if (expected === undefined || wrong.length === 0) return false;
  db.unsafeMode(true);
  db.pragma('writable_schema = on');
  for (const [name] of wrong) db.prepare('UPDATE sqlite_schema SET sql = ? WHERE name = ?').run(expected.get(name), name);
  db.pragma('writable_schema = off');
  return true;
}

/** Whether the database can be of this version: its tables are there, and none that only a later one has. A step may add none. */
export function canBeOfVersion(db: Db, version: number): boolean {
  const all = tablesByVersion();
  const own = all.find((each) => each.version === version)?.tables;
  const here = tablesOf(db);
  if (own === undefined) return false;
  const later = [...(all.at(-1)?.tables ?? [])].filter((table) => !own.has(table));
  return [...own].every((table) => here.has(table)) && !later.some((table) => here.has(table));
}

function makeFresh(file: string): string {
  removeWithBeside(file);
  const db = openDatabase(file);
  try {
    migrate(db);
    db.pragma('wal_checkpoint(TRUNCATE)');
  } finally {
    db.close();
  }
  return file;
}

function fillUp(file: string): void {
  withFile(file, (fd) => {
    const { size } = fstatSync(fd);
    const whole = Math.ceil(size / PAGE_SIZE);
    const header = Buffer.alloc(HEADER_SIZE);
    readSync(fd, header, 0, HEADER_SIZE, 0);
    const said = header.readUInt32BE(28);
    const pages = said > whole && said <= whole + MOST_PAGES_MORE && said <= whole * 16 ? said : whole;
    if (pages * PAGE_SIZE !== size) ftruncateSync(fd, pages * PAGE_SIZE);
  });
}

/** The donor's header, with this file's own size and without a list of free pages, which it could only have wrong. */
function mendHeader(file: string, donor: string): void {
  const header = readPage(donor, 1).subarray(0, HEADER_SIZE);
  withFile(file, (fd) => {
    header.writeUInt32BE(fstatSync(fd).size / PAGE_SIZE, 28);
    header.writeUInt32BE(header.readUInt32BE(24), 92);
    header.writeUInt32BE(0, 32);
    header.writeUInt32BE(0, 36);
    // write-ahead logging, as the app left it
    header[18] = 2;
    header[19] = 2;
    writeSync(fd, header, 0, HEADER_SIZE, 0);
  });
}

/**
 * Takes the table of contents (page 1 and the leaves below it) from a copy that was made page for page, in
 * which every table begins at the same page as here. Only where each of these pages still looks like the
 * beginning of a table of its kind; a database that was packed anew since the copy does not.
 */
function transplantContents(file: string, donor: string): boolean {
  const first = readPage(donor, 1);
  const pages: (readonly [number, Buffer])[] = [[1, first]];
  if (first[HEADER_SIZE] === INTERIOR_TABLE) {
    const cells = first.readUInt16BE(HEADER_SIZE + 3);
    const children = [first.readUInt32BE(HEADER_SIZE + 8)];
    for (let i = 0; i < cells; i++) children.push(first.readUInt32BE(first.readUInt16BE(HEADER_SIZE + 12 + 2 * i)));
    for (const child of children) pages.push([child, readPage(donor, child)]);
    if (pages.slice(1).some(([, page]) => page[0] !== LEAF_TABLE)) return false;
  }
  if (!rootsOf(donor).every(({ page, kinds }) => kinds.includes(readPage(file, page)[0] ?? -1))) return false;
  withFile(file, (fd) => {
    for (const [number, page] of pages) writeSync(fd, page, 0, PAGE_SIZE, (number - 1) * PAGE_SIZE);
  });
  mendHeader(file, donor);
  return true;
}

const INTERIOR_TABLE = 5;
const LEAF_TABLE = 13;
const INTERIOR_INDEX = 2;
const LEAF_INDEX = 10;

/** Where each table of a good database begins, and what the first byte of such a page can be. */
function rootsOf(donor: string): readonly { readonly page: number; readonly kinds: readonly number[] }[] {
  const db = openDatabase(donor, { readonly: true });
  try {
    const rows = db.prepare(
      `SELECT s.rootpage AS page, t.wr AS wr FROM sqlite_schema s JOIN pragma_table_list t ON t.name = s.name WHERE s.type = 'table' AND s.rootpage > 1`,
    );
    return (rows.all() as { page: number; wr: number }[]).map(({ page, wr }) => ({
      page,
      kinds: wr ? [INTERIOR_INDEX, LEAF_INDEX] : [INTERIOR_TABLE, LEAF_TABLE],
    }));
  } finally {
    db.close();
  }
}

function readPage(file: string, number: number): Buffer {
  const page = Buffer.alloc(PAGE_SIZE);
  const fd = openSync(file, 'r');
  try {
    readSync(fd, page, 0, PAGE_SIZE, (number - 1) * PAGE_SIZE);
  } finally {
    closeSync(fd);
  }
  return page;
}

function withFile(file: string, work: (fd: number) => void): void {
  const fd = openSync(file, 'r+');
  try {
    work(fd);
  } finally {
    closeSync(fd);
  }
}
