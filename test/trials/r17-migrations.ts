import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { MIGRATIONS, migrate } from '../../src/main/adapters/sqlite/migrate.ts';
import { type Db, openDatabase } from '../../src/main/adapters/sqlite/open.ts';
import { DATABASE_FILE, openStore } from '../../src/main/adapters/sqlite/store.ts';
import { FailureError } from '../../src/main/core/domain/failure.ts';
import { createRandom, type Random } from '../../src/main/demo/random.ts';
import type { Trial } from './trial.ts';

const STORE = resolve(import.meta.dirname, '../../src/main/adapters/sqlite/store.ts');
const NEWEST = MIGRATIONS.at(-1)?.version ?? 0;
const ACCOUNT = 'acc_0000000000000017';

/** Every version that there was; each is brought up from as often as the others. About 8 minutes at full scale. */
export const trial: Trial = {
  id: 'R17',
  title: 'records of every earlier version come up to the newest whole, however often that is cut off, with a copy from before the first step',
  async run({ scale, seed, say }) {
    const rows = scale === 'full' ? 100_000 : 2_000;
    const kills = scale === 'full' ? 50 : 4;
    const versions = MIGRATIONS.filter(({ version }) => version < NEWEST).map(({ version }) => version);
    const random = createRandom(seed);
    const totals = { kills: 0, inside: 0, resumed: 0, lost: 0, copies: 0 };
    const wrong: string[] = [];
    const root = mkdtempSync(join(tmpdir(), 'tickline-migrations-'));
    try {
      const olds = versions.map((version) => makeOld(join(root, `v${version}`), version, rows));
      for (let i = 0; totals.kills < kills || i < olds.length; i++) {
        const old = olds[i % olds.length];
        if (old === undefined) break;
        const folder = join(root, 'work');
        cpSync(old.folder, folder, { recursive: true });
        const left = Math.max(1, Math.min(4, kills - totals.kills));
        const cut = await bringUp(folder, random, left);
        totals.kills += cut.kills;
        totals.inside += cut.inside;
        if (cut.kills > 0) totals.resumed++;
        const found = compare(old, folder);
        totals.lost += found.lost;
        totals.copies += found.copies;
        for (const words of found.wrong) wrong.push(`from version ${old.version}: ${words}`);
        rmSync(folder, { recursive: true, force: true });
        say(`${totals.kills} kills, ${totals.inside} while it was at work, ${totals.lost} rows lost, ${wrong.length} wrong`);
      }
      wrong.push(...refusesNewer(join(root, 'newer')));
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
    return {
      figures: [
        { name: 'versions', value: versions.length, target: `${versions.length}`, pass: true },
        { name: 'rows in each', value: rows, target: `≥ ${rows}`, pass: true },
        { name: 'kills', value: totals.kills, target: `≥ ${kills}`, pass: totals.kills >= kills },
        { name: 'of these at work', value: totals.inside, target: '> 0', pass: totals.inside > 0 },
        { name: 'rows lost', value: totals.lost, target: '0', pass: totals.lost === 0 },
        { name: 'copies from before a step', value: totals.copies, target: '> 0', pass: totals.copies > 0 },
        { name: 'wrong', value: wrong.slice(0, 5).join('; ') || 0, target: '0', pass: wrong.length === 0 },
      ],
    };
  },
};

type Old = { readonly folder: string; readonly file: string; readonly version: number; readonly columns: ReadonlyMap<string, string> };

/** A folder as that version left it, with about `rows` rows. */
function makeOld(folder: string, version: number, rows: number): Old {
  mkdirSync(folder);
  const file = join(folder, DATABASE_FILE);
  const db = openDatabase(file);
  migrate(
    db,
    MIGRATIONS.filter((step) => step.version <= version),
  );
  // versions 1 and 2 were released before the version stood in the header twice
  if (version <= 2) db.pragma('application_id = 0');
  fill(db, Math.ceil(rows / 4));
  const names = db.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`).pluck().all() as string[];
  const columns = new Map(
    names.map((name) => [name, (db.pragma(`table_info(${name})`) as { name: string }[]).map((column) => column.name).join(', ')]),
  );
  db.close();
  return { folder, file, version, columns };
}

function fill(db: Db, each: number): void {
  const numbers = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${each})`;
  db.exec(`
    BEGIN;
    INSERT INTO accounts (id, provider, name, demo, settings, tunnel, webhook_token, created_at) VALUES ('${ACCOUNT}', 'demo', 'Shop', 1, '{}', '{"kind":"none"}', 'w', 1);
    ${numbers} INSERT INTO inbox (account_id, source, shape, received_at, headers, body) SELECT '${ACCOUNT}', 'webhook', 'webhook', i, '{}', CAST('{"event":' || i || '}' AS BLOB) FROM n;
    UPDATE drain SET mark = ${each};
    ${numbers} INSERT INTO messages (account_id, wa_id, provider_id, kind, first_at, status, status_at, steps) SELECT '${ACCOUNT}', 'W' || i, 'P' || i, 'person', i, 'read', i, '{"read":{"at":' || i || ',"how":"stated"}}' FROM n;
    ${numbers} INSERT INTO receipts SELECT i, 'k' || i, i, '', 'read', i, 'stated', NULL, 'webhook', NULL FROM n;
    ${numbers} INSERT INTO contacts SELECT '${ACCOUNT}', '+1555' || i, 'Person ' || i FROM n;
    INSERT INTO tallies SELECT account_id, first_at / 900000, status, count(*) FROM messages GROUP BY 2, 3;
    INSERT INTO gaps (account_id, from_at, why) VALUES ('${ACCOUNT}', 1, 'asleep');
    COMMIT;
  `);
}

/** Opens the folder in a process of its own and kills that, up to `most` times, then once more to the end. */
async function bringUp(folder: string, random: Random, most: number): Promise<{ readonly kills: number; readonly inside: number }> {
  let kills = 0;
  let inside = 0;
  while (kills < most) {
    const child = opener(folder);
    await once(child.stdout as NonNullable<ChildProcess['stdout']>, 'data');
    // where it ended by itself before, this does nothing
    const timer = setTimeout(() => child.kill('SIGKILL'), random.next() * 1_500 * (random.chance(0.5) ? 0.15 : 1));
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    clearTimeout(timer);
    if (signal !== 'SIGKILL') {
      if (code !== 0) throw new Error(`the opening ended with ${code}`);
      break;
    }
    kills++;
    if (versionOf(join(folder, DATABASE_FILE)) < NEWEST) inside++;
  }
  openStore(folder).close();
  return { kills, inside };
}

function opener(folder: string): ChildProcess {
  const program = `
    const { openStore } = await import(${JSON.stringify(STORE)});
    process.stdout.write('begins');
    openStore(${JSON.stringify(folder)}).close();
  `;
  return spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
}

function versionOf(file: string): number {
  const db = openDatabase(file, { readonly: true });
  try {
    return db.pragma('user_version', { simple: true }) as number;
  } finally {
    db.close();
  }
}

/** Every row of the old tables against the new ones, in the columns that the old ones had, and every copy. */
function compare(old: Old, folder: string) {
  const wrong: string[] = [];
  const file = join(folder, DATABASE_FILE);
  let lost = lostIn(file, old, wrong, NEWEST);
  let copies = 0;
  if (existsSync(join(folder, 'set-aside'))) wrong.push('something was set aside');
  let before = old.version;
  for (const [n, step] of MIGRATIONS.filter(({ version }) => version > old.version).entries()) {
    const copy = join(folder, 'backups', `before-${String(step.version).padStart(4, '0')}-${step.name}.sqlite`);
    // One before the first step; another where a kill made a later step the first of its run.
    if (!existsSync(copy)) {
      if (n === 0) wrong.push(`no copy from before step ${step.version}`);
    } else {
      lost += lostIn(copy, old, wrong, before);
      copies++;
    }
    before = step.version;
  }
  return { lost, copies, wrong };
}

function lostIn(file: string, old: Old, wrong: string[], version: number): number {
  const db = openDatabase(file, { readonly: true });
  try {
    if (db.pragma('integrity_check(1)', { simple: true }) !== 'ok') wrong.push(`${file} is not in order`);
    const found = db.pragma('user_version', { simple: true });
    if (found !== version) wrong.push(`${file} has version ${found}, not ${version}`);
    db.prepare('ATTACH ? AS old').run(old.file);
    let lost = 0;
    for (const [table, columns] of old.columns)
      lost += db
        .prepare(`SELECT count(*) FROM (SELECT ${columns} FROM old.${table} EXCEPT SELECT ${columns} FROM main.${table})`)
        .pluck()
        .get() as number;
    return lost;
  } finally {
    db.close();
  }
}

/** What a newer Tickline wrote is refused in plain words and not touched. */
function refusesNewer(folder: string): string[] {
  openStore(folder).close();
  const file = join(folder, DATABASE_FILE);
  const db = openDatabase(file);
  migrate(db, [...MIGRATIONS, { version: NEWEST + 1, name: 'tomorrow', up: (each) => void each.exec('CREATE TABLE tomorrow (a TEXT) STRICT') }], {
    copies: false,
  });
  db.close();
  const before = readFileSync(file);
  const wrong: string[] = [];
  try {
    openStore(folder).close();
    wrong.push('a newer database was opened');
  } catch (error) {
    if (!(error instanceof FailureError) || !/newer Tickline.*nothing was changed/.test(error.message))
      wrong.push(`a newer database was refused with: ${String(error)}`);
  }
  if (!readFileSync(file).equals(before)) wrong.push('a newer database was touched');
  return wrong;
}
