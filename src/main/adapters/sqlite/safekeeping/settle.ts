/**
 * Carries out what is pending, before the database is opened. Every step can be killed and begun again:
 *
 * 1. `build`: the new database is made in `incoming-<stamp>.sqlite.partial` from files that are only read,
 *    and gets its name when it is whole and flushed. Killed before: built again from the start.
 * 2. The marker says `swap`, durably. From here on the new file is what counts. Killed before: step 1 again;
 *    nothing was moved.
 * 3. The present files move to `set-aside/<stamp>/`, one rename each. Killed between two: those that are
 *    still there move next time; nobody opens the database meanwhile, because the marker stands.
 * 4. The new file is renamed to the database's name. Killed before: step 3 finds nothing more to move, then
 *    this. Killed after: the new file is gone from its old name, which tells that the swap is done, so the
 *    new database is never moved aside in its turn.
 * 5. The marker is removed. Each step is flushed with its folder before the next.
 */
import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { FailureError, fail } from '../../../core/domain/failure.ts';
import { build, incomingPath } from './build.ts';
import { removeWithBeside } from './copy.ts';
import { BESIDE, DATABASE_FILE, flushFolder, ownFolder, renameDurably, SET_ASIDE, writeDurably } from './files.ts';
import { markLog } from './logMark.ts';
import { type Pending, readPending, removePending, writePending } from './pending.ts';
import { KEPT_MS, REPORT_FILE, readReports } from './reports.ts';

/** More recoveries than this within an hour mean that the disk itself fails: another would only wear it down. */
const MOST_AN_HOUR = 3;
const HOUR = 3_600_000;

/** Does nothing when nothing is pending. Throws a FailureError in plain words when it cannot be done now; it stays pending. */
export function settlePending(data: string, now: number): void {
  const pending = readPending(data);
  if (pending === undefined) return;
  const ready = pending.phase === 'swap' ? pending : prepare(data, pending, now);
  if (ready === undefined) return;
  try {
    swap(data, ready);
  } catch (error) {
    // half moved or not: what is there is whole, and the next start goes on from here
    throw cannotNow('The records that are to take the place of the present ones are ready, but could not be moved there.', error);
  }
}

/** Builds the new database; undefined when a backup could not be put back and everything stays as it is. */
function prepare(data: string, pending: Pending, now: number): Pending | undefined {
  if (pending.kind === 'recover') assertNotFailingAgain(data, now);
  // Written before the work and taken back when it merely failed: what is counted are ends of the whole process.
  writePending(data, { ...pending, tries: pending.tries + 1 });
  try {
    const ready: Pending = { ...pending, phase: 'swap', report: build(data, { ...pending, tries: pending.tries + 1 }) };
    writePending(data, ready);
    return ready;
  } catch (error) {
    if (pending.kind === 'restore') {
      notRestored(data, pending, error);
      return undefined;
    }
    writePending(data, pending);
    if (error instanceof FailureError) throw error;
    throw cannotNow('The saved data is damaged and could not be recovered now.', error);
  }
}

function cannotNow(what: string, error: unknown): FailureError {
  const detail = error instanceof Error ? error.message : String(error);
  return new FailureError(
    fail('storage_unavailable', `${what} Nothing is lost; see that the disk has room and start Tickline again.`, { detail }).error,
  );
}

function swap(data: string, pending: Pending): void {
  const incoming = incomingPath(data, pending.stamp);
  if (existsSync(incoming)) {
    const aside = ownFolder(data, SET_ASIDE, pending.stamp);
    for (const end of BESIDE) {
      const name = `${DATABASE_FILE}${end}`;
      if (existsSync(join(data, name))) renameSync(join(data, name), join(aside, name));
    }
    writeDurably(join(aside, REPORT_FILE), `${JSON.stringify(pending.report, null, 2)}\n`);
    flushFolder(join(data, SET_ASIDE));
    flushFolder(data);
    // the log that it named went aside with its database
    markLog(data, 'unsure');
    renameDurably(incoming, join(data, DATABASE_FILE));
  }
  removePending(data);
}

/** A backup that cannot be put back leaves everything as it is, and the owner is told. */
function notRestored(data: string, pending: Pending, error: unknown): void {
  const why = error instanceof Error ? error.message : String(error);
  const aside = ownFolder(data, SET_ASIDE, pending.stamp);
  writeDurably(
    join(aside, REPORT_FILE),
    JSON.stringify({
      id: pending.stamp,
      at: pending.at,
      kind: 'not-restored',
      why: pending.why,
      words: [`The backup could not be put back: ${why}. Nothing was changed.`],
      base: 'whole',
      backup: null,
      setAside: null,
      keptUntil: pending.at + KEPT_MS,
      figures: { entriesKept: 0, entriesSalvaged: 0, entriesMissing: 0, messagesSalvaged: 0, otherRowsSalvaged: 0 },
      missing: { ranges: [], after: null, newestAt: null },
    }),
  );
  removeWithBeside(incomingPath(data, pending.stamp));
  removePending(data);
}

function assertNotFailingAgain(data: string, now: number): void {
  const recent = readReports(data).filter((report) => report.kind === 'recovered' && Math.abs(now - report.at) < HOUR);
  if (recent.length < MOST_AN_HOUR) return;
  throw new FailureError(
    fail(
      'storage_unavailable',
      `The saved data was damaged ${recent.length + 1} times within an hour, so the disk itself is likely to be failing. Nothing was changed this time. Copy the data folder to another disk, and start Tickline there with --data in an hour.`,
    ).error,
  );
}
