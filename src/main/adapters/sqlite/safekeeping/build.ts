/**
 * Builds the database that takes the place of the present one, in a file beside it. The present files are
 * only read, so a kill at any moment costs nothing but the work, which is done again from the start.
 */
import { join } from 'node:path';
import type { BackupView, RecoveryReport } from '../../../../shared/contract/storage.ts';
import { diskTroubleOf } from '../../../core/domain/diskTrouble.ts';
import { FailureError, fail } from '../../../core/domain/failure.ts';
import { MIGRATIONS, markOfVersion, migrate, versionInMark } from '../migrate.ts';
import { type Db, openDatabase } from '../open.ts';
import { carryErasures } from './carry.ts';
import { checkDatabase, makeSingle, removeWithBeside } from './copy.ts';
import { DamageError } from './damage.ts';
import { copyDurably, flushFile, renameDurably, SET_ASIDE } from './files.ts';
import { type Graft, graft } from './graft.ts';
import type { Pending } from './pending.ts';
import { abandoned, KEPT_MS, RECOVERY_KEY } from './reports.ts';
import { nothingGrafted, wordsOf } from './reportWords.ts';
import { canBeOfVersion, openScratch, type Scratch } from './scratch.ts';
import { backupPath, findBackup, listBackups } from './shelf.ts';

export function incomingPath(data: string, stamp: string): string {
  return join(data, `incoming-${stamp}.sqlite`);
}

/** So often the salvage may end the process before it is left out: a computer that is switched off twice is no sign of a fault in it. */
const SALVAGE_TRIES = 5;

/** Makes `incoming-<stamp>.sqlite`, whole and flushed, and the report of what is in it. Throws when that cannot be done. */
export function build(data: string, pending: Pending): RecoveryReport {
  const partial = `${incomingPath(data, pending.stamp)}.partial`;
  removeWithBeside(partial);
  try {
    const report = pending.kind === 'restore' ? buildRestored(data, pending, partial) : buildRecovered(data, pending, partial);
    writeReport(partial, report);
    makeSingle(partial);
    flushFile(partial);
    renameDurably(partial, incomingPath(data, pending.stamp));
    return report;
  } finally {
    removeWithBeside(partial);
  }
}

function buildRestored(data: string, pending: Pending, partial: string): RecoveryReport {
  const backup = findBackup(data, pending.backup ?? '');
  if (backup === undefined) throw new FailureError(fail('not_found', 'That backup is not there any more.').error);
  takeBackup(data, backup, partial);
  carryErasures(data, partial);
  return reportOf(pending, { base: 'backup', backup, grafted: nothingGrafted });
}

function buildRecovered(data: string, pending: Pending, partial: string): RecoveryReport {
  const left = abandoned(data);
  const backups = listBackups(data).filter((backup) => !left(backup.createdAt));
  const scratch = pending.tries > SALVAGE_TRIES ? undefined : openScratch(data, pending.stamp, pending.log, donorAmong(data, backups));
  try {
    if (scratch !== undefined && isWhole(scratch.db)) return takeWhole(pending, scratch, partial);
    const backup = backups.find((each) => tookBackup(data, each, partial));
    const base = openDatabase(partial);
    try {
      // a copy from before a change of form may be the newest good one
      migrate(base, MIGRATIONS, { copies: false });
      const grafted = scratch === undefined ? { ...nothingGrafted, after: highestEntry(base) } : graft(base, scratch.db, pending.log === 'trusted');
      const newestAt = base.prepare('SELECT received_at FROM inbox ORDER BY id DESC LIMIT 1').pluck().get() as number | undefined;
      return reportOf(pending, {
        base: backup === undefined ? 'fresh' : 'backup',
        ...(backup === undefined ? {} : { backup }),
        grafted,
        newestAt: newestAt ?? null,
        unread: scratch === undefined && pending.tries > SALVAGE_TRIES,
      });
    } finally {
      base.close();
    }
  } finally {
    scratch?.close();
  }
}

/** The newest good copy that was made page for page; those from before a change of form were packed anew. */
function donorAmong(data: string, backups: readonly BackupView[]): () => string | undefined {
  let found: { readonly path: string | undefined } | undefined;
  return () => {
    found ??= {
      path: backups
        .filter(({ kind }) => kind !== 'migration')
        .map(({ id }) => backupPath(data, id))
        .find(isGood),
    };
    return found.path;
  };
}

function isGood(file: string): boolean {
  try {
    return checkDatabase(file).version <= newestVersion();
  } catch {
    return false;
  }
}

function newestVersion(): number {
  return MIGRATIONS.at(-1)?.version ?? 0;
}

/** Copies the backup and proves the copy; throws in plain words. */
function takeBackup(data: string, backup: BackupView, partial: string): void {
  removeWithBeside(partial);
  copyDurably(backupPath(data, backup.id), partial);
  const facts = checkDatabase(partial);
  if (facts.version > newestVersion()) throw new FailureError(fail('storage_unavailable', 'That backup was made by a newer Tickline.').error);
}

function tookBackup(data: string, backup: BackupView, partial: string): boolean {
  try {
    takeBackup(data, backup, partial);
    return true;
  } catch (error) {
    // without room for a copy nothing can be recovered; the next start tries again
    if ((error as { code?: unknown }).code === 'ENOSPC') throw error;
    removeWithBeside(partial);
    return false;
  }
}

/**
 * Whether every page is in order. Indexes repeat what the tables hold, and the list of free pages holds nothing:
 * where only these disagree they are made anew, and nothing is lost.
 */
function isWhole(db: Db): boolean {
  try {
    let faults = integrity(db);
    if (!faults.every((fault) => INDEX_FAULT.test(fault) || FREE_PAGE_FAULT.test(fault))) return false;
    if (faults.some((fault) => INDEX_FAULT.test(fault))) {
      db.exec('REINDEX');
      faults = integrity(db);
    }
    if (faults.length > 0) {
      if (!faults.every((fault) => FREE_PAGE_FAULT.test(fault))) return false;
      db.exec('VACUUM');
      if (integrity(db).length > 0) return false;
    }
    if (db.prepare('SELECT count(*) FROM drain').pluck().get() !== 1) return false;
    // which of the two that stand in the header was right
    const told = db.pragma('user_version', { simple: true }) as number;
    const again = versionInMark(db.pragma('application_id', { simple: true }) as number) ?? told;
    const version = [again, told].find((each) => canBeOfVersion(db, each));
    if (version === undefined) return false;
    if (told !== version) db.pragma(`user_version = ${version}`);
    if (again !== version) db.pragma(`application_id = ${markOfVersion(version)}`);
    return true;
  } catch (error) {
    if (diskTroubleOf(error) === 'full') throw error;
    return false;
  }
}

const INDEX_FAULT = / index |^non-unique entry/i;
const FREE_PAGE_FAULT = /never used|^Freelist/i;

function integrity(db: Db): readonly string[] {
  const rows = db.pragma('integrity_check(50)') as { integrity_check: string }[];
  return rows.flatMap((row) => row.integrity_check.split('\n')).filter((words) => words !== 'ok' && words !== '' && !words.startsWith('***'));
}

function takeWhole(pending: Pending, scratch: Scratch, partial: string): RecoveryReport {
  const { db, file } = scratch;
  const newestAt = db.prepare('SELECT received_at FROM inbox ORDER BY id DESC LIMIT 1').pluck().get() as number | undefined;
  const entries = db.prepare('SELECT count(*) FROM inbox').pluck().get() as number;
  // a mended log may have lost its own end
  const after = pending.log !== 'trusted' ? highestEntry(db) : null;
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
  copyDurably(file, partial);
  return reportOf(pending, { base: 'whole', grafted: { ...nothingGrafted, entriesKept: entries, after }, newestAt: newestAt ?? null });
}

function highestEntry(db: Db): number {
  return db.prepare('SELECT max(coalesce((SELECT max(id) FROM inbox), 0), (SELECT mark FROM drain))').pluck().get() as number;
}

function reportOf(
  pending: Pending,
  what: { base: RecoveryReport['base']; backup?: BackupView; grafted: Graft; newestAt?: number | null; unread?: boolean },
): RecoveryReport {
  const { grafted } = what;
  const report: Omit<RecoveryReport, 'words'> = {
    id: pending.stamp,
    at: pending.at,
    kind: pending.kind === 'restore' ? 'restored' : 'recovered',
    why: pending.why,
    base: what.base,
    backup: what.backup === undefined ? null : { id: what.backup.id, createdAt: what.backup.createdAt },
    setAside: `${SET_ASIDE}/${pending.stamp}`,
    keptUntil: pending.at + KEPT_MS,
    figures: {
      entriesKept: grafted.entriesKept,
      entriesSalvaged: grafted.entriesSalvaged,
      entriesMissing: grafted.ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0),
      messagesSalvaged: grafted.messagesSalvaged,
      otherRowsSalvaged: grafted.otherRowsSalvaged,
    },
    missing: { ranges: grafted.ranges, after: grafted.after, newestAt: what.newestAt ?? null },
  };
  return { ...report, words: wordsOf(report, what.unread ? SALVAGE_TRIES : undefined) };
}

/** Also inside the database, so that the report outlives the files set aside. */
function writeReport(partial: string, report: RecoveryReport): void {
  const db = openDatabase(partial);
  try {
    if (db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'settings'`).get() === undefined)
      throw new DamageError('the new database has no settings');
    db.prepare('INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)').run(RECOVERY_KEY, JSON.stringify({ ...report, seen: false }));
  } finally {
    db.close();
  }
}
