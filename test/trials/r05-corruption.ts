import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { copyDatabase, factsOf } from '../../src/main/adapters/sqlite/safekeeping/copy.ts';
import { damageInWords, isDamage } from '../../src/main/adapters/sqlite/safekeeping/damage.ts';
import { createSafekeeping } from '../../src/main/adapters/sqlite/safekeeping/index.ts';
import { markDamaged } from '../../src/main/adapters/sqlite/safekeeping/pending.ts';
import { DATABASE_FILE, openStore, type SqliteStore } from '../../src/main/adapters/sqlite/store.ts';
import { createRandom, type Random } from '../../src/main/demo/random.ts';
import type { RecoveryReport } from '../../src/shared/contract/storage.ts';
import { DAMAGES, type Damage, EPOCH, entriesOf, hear, inflict, logOf, makeShop, needsLog, SCRATCH, type Shop, understand } from './damage.ts';
import type { Trial } from './trial.ts';

type Outcome = {
  /** It did not open, opened another time damaged, or anything else that must not be. */
  readonly wrong: readonly string[];
  readonly recovered: RecoveryReport | undefined;
  /** Entries that are gone and that no report tells of. */
  readonly silent: number;
  readonly missing: number;
  /** Entries whose bytes changed where SQLite keeps no sum of them. */
  readonly altered: number;
};

/** About 5 minutes at full scale. */
export const trial: Trial = {
  id: 'R5',
  title: 'a damaged database opens safely or is set aside and recovered, never in a loop, and no loss is silent',
  async run({ scale, seed, say }) {
    const copies = scale === 'full' ? 500 : DAMAGES.length;
    const shop = await makeShop(scale === 'full' ? 3_000 : 300);
    const other = await makeShop(60);
    const totals = { recovered: 0, needed: 0, silent: 0, missing: 0, salvaged: 0, altered: 0, whole: 0 };
    const wrong: string[] = [];
    const backups = scale === 'full' ? 100 : 3;
    let restored = 0;
    try {
      for (let i = 0; i < backups; i++) if (await restoreOne(shop, createRandom(seed).fork('restore', i))) restored++;
      say(`${restored} of ${backups} backups restored`);
      for (let i = 0; i < copies; i++) {
        const damage = DAMAGES[i % DAMAGES.length] ?? 'flip';
        const one = await damageOne(shop, damage, seed + i, logOf(other.killed));
        for (const words of one.wrong) wrong.push(`copy ${i} (${damage}): ${words}`);
        totals.silent += one.silent;
        totals.missing += one.missing;
        totals.altered += one.altered;
        if (one.recovered !== undefined) totals.recovered++;
        if (one.recovered?.base === 'whole') totals.whole++;
        totals.salvaged += one.recovered?.figures.entriesSalvaged ?? 0;
        if ((i + 1) % 50 === 0) say(`${i + 1} copies, ${totals.recovered} recovered, ${totals.missing} entries missing, ${wrong.length} wrong`);
      }
    } finally {
      shop.remove();
      other.remove();
    }
    const safe = copies - new Set(wrong.map((words) => words.split(':')[0])).size;
    return {
      figures: [
        { name: 'damaged copies', value: copies, target: `${copies}`, pass: true },
        { name: 'opened safely or recovered', value: (100 * safe) / copies, target: '≥ 99 %', pass: safe / copies >= 0.99 },
        { name: 'backups that restore', value: (100 * restored) / backups, target: '≥ 99 %', pass: restored / backups >= 0.99 },
        { name: 'recovered', value: totals.recovered, target: '> 0', pass: totals.recovered > 0 },
        { name: 'of these without a loss', value: totals.whole, target: 'told', pass: true },
        { name: 'entries salvaged', value: totals.salvaged, target: '> 0', pass: totals.salvaged > 0 },
        { name: 'entries missing and told', value: totals.missing - totals.silent, target: 'told', pass: true },
        { name: 'entries missing in silence', value: totals.silent, target: '0', pass: totals.silent === 0 },
        { name: 'entries altered within, which SQLite cannot see', value: totals.altered, target: 'told', pass: true },
        { name: 'wrong', value: wrong.slice(0, 5).join('; ') || 0, target: '0', pass: wrong.length === 0 },
      ],
    };
  },
};

/** A backup made at a random moment of the shop's life, put back over what came later: everything that it said it holds is there. */
async function restoreOne(shop: Shop, random: Random): Promise<boolean> {
  const folder = mkdtempSync(join(SCRATCH, 'tickline-restored-'));
  try {
    cpSync(shop.closed, folder, { recursive: true });
    const safekeeping = createSafekeeping(folder);
    let store = openStore(folder, () => EPOCH);
    hear(store, 100_000, 100_000 + random.int(0, 50));
    const result = await safekeeping.copy('asked', EPOCH + 5_000_000, () => undefined);
    hear(store, 200_000, 200_000 + random.int(1, 50));
    store.close();
    if (!('made' in result) || result.made.facts === null) return false;
    safekeeping.decideRestore(result.made.id, EPOCH + 6_000_000);
    store = openStore(folder, () => EPOCH);
    const now = factsOf(store.db);
    store.close();
    return now.entries === result.made.facts.entries && now.messages === result.made.facts.messages && now.lastEntry === result.made.facts.lastEntry;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function damageOne(shop: Shop, damage: Damage, seed: number, otherLog: string): Promise<Outcome> {
  const folder = mkdtempSync(join(SCRATCH, 'tickline-damaged-'));
  try {
    cpSync(needsLog(damage) ? shop.killed : shop.closed, folder, { recursive: true });
    const done = inflict(folder, damage, createRandom(seed), otherLog);
    const before = digest(folder);
    return await lookAfter(shop, folder, before, done);
  } catch (error) {
    return {
      wrong: [error instanceof Error ? (error.stack ?? error.message).slice(0, 400) : String(error)],
      recovered: undefined,
      silent: 0,
      missing: 0,
      altered: 0,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function lookAfter(shop: Shop, folder: string, before: string, done: string): Promise<Outcome> {
  const wrong: string[] = [];
  let store = openStore(folder, () => EPOCH);
  const atOnce = asideOf(folder).length > 0;
  try {
    understand(store);
  } catch (error) {
    if (!isDamage(error)) throw error;
    store = again(folder, store, error);
  }
  // what did not show yet is found by the day's backup, which reads every page
  try {
    await copyDatabase(join(folder, DATABASE_FILE), join(folder, 'backups', 'check.sqlite'), () => undefined);
  } catch (error) {
    if (!isDamage(error)) throw error;
    store = again(folder, store, error);
  }
  understand(store);
  const aside = asideOf(folder);
  if (aside.length > 1) wrong.push(`recovered ${aside.length} times (${done})`);
  const text = store.settings.get('recovery');
  const recovered = text === undefined ? undefined : (JSON.parse(text) as RecoveryReport);
  if (aside.length > 0 && recovered === undefined) wrong.push('set aside, and no report');
  if (atOnce && digest(join(folder, 'set-aside', aside[0] ?? '')) !== before) wrong.push(`what was set aside is not what was there (${done})`);
  if (store.db.pragma('integrity_check', { simple: true }) !== 'ok') wrong.push(`not in order afterwards (${done})`);
  const found = compare(shop, store, recovered);
  for (const words of found.wrong) wrong.push(`${words} (${done}, ${recovered?.base ?? 'not recovered'})`);
  store.close();
  // and once more: what was recovered stays
  openStore(folder, () => EPOCH).close();
  if (asideOf(folder).length !== aside.length) wrong.push(`recovered again at the next start (${done})`);
  return { wrong, recovered, ...found.counts };
}

function again(folder: string, store: SqliteStore, error: unknown): SqliteStore {
  markDamaged(folder, damageInWords(error), EPOCH + 1);
  store.close();
  return openStore(folder, () => EPOCH + 1);
}

function asideOf(folder: string): readonly string[] {
  const path = join(folder, 'set-aside');
  return existsSync(path) ? readdirSync(path) : [];
}

function digest(folder: string): string {
  const hash = createHash('sha256');
  for (const end of ['', '-wal']) {
    const file = join(folder, DATABASE_FILE + end);
    if (existsSync(file)) hash.update(end).update(readFileSync(file));
  }
  return hash.digest('hex');
}

/** What is there against what was there: entries by number and meaning, and messages that all entries of can be judged. */
function compare(shop: Shop, store: SqliteStore, report: RecoveryReport | undefined) {
  const wrong: string[] = [];
  const now = entriesOf(store);
  let silent = 0;
  let missing = 0;
  let altered = 0;
  for (const [number, body] of shop.entries) {
    const found = now.get(number);
    if (found === undefined) {
      missing++;
      if (!isTold(number, report)) silent++;
    } else if (found !== body) altered++;
  }
  if (silent > 0) wrong.push(`${silent} entries are missing in silence`);
  if (missing === 0 && altered === 0) {
    const statuses = new Map(store.db.prepare('SELECT wa_id, status FROM messages').raw().all() as [string, string][]);
    const different = [...shop.statuses].filter(([waId, status]) => statuses.get(waId) !== status);
    // a flipped letter in a message's own row is as invisible to SQLite as one in an entry's
    if (report !== undefined && report.base !== 'whole' && different.length > 0) {
      const words = different.slice(0, 3).map(([waId, status]) => `${waId} was ${status} and is ${statuses.get(waId) ?? 'not there'}`);
      wrong.push(`${different.length} messages say something else: ${words.join(', ')}`);
    }
  }
  if (store.accounts.list().length !== 1) wrong.push(`${store.accounts.list().length} accounts`);
  return { wrong, counts: { silent, missing, altered } };
}

function isTold(number: number, report: RecoveryReport | undefined): boolean {
  if (report === undefined) return false;
  const { ranges, after } = report.missing;
  return (after !== null && number > after) || ranges.some(([from, to]) => number >= from && number <= to);
}
