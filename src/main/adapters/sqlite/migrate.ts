/** Numbered steps from an empty file to today's tables. A released step is never edited. */
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FailureError, fail } from '../../core/domain/failure.ts';
import { migration as inbox } from './migrations/0001-inbox.ts';
import { migration as polls } from './migrations/0002-polls.ts';
import { migration as privacy } from './migrations/0003-privacy.ts';
import { migration as trust } from './migrations/0004-trust.ts';
import { migration as freshness } from './migrations/0005-freshness.ts';
import { migration as reading } from './migrations/0007-reading.ts';
import type { Db } from './open.ts';
import { flushFile, renameDurably } from './safekeeping/files.ts';

export type Migration = { readonly version: number; readonly name: string; up(db: Db): void };

export const MIGRATIONS: readonly Migration[] = [inbox, polls, privacy, trust, freshness, reading];

/**
 * Brings `db` up to the newest version, each step in a transaction of its own with its version number,
 * and, unless the database was empty, a copy of the file beside it before the first of them
 * (`backups/before-0002-polls.sqlite`; not with `copies: false`, for what is a copy itself): one way back is enough, and
 * a large database may not have room for more. A database from a newer Tickline is refused untouched.
 */
export function migrate(db: Db, migrations: readonly Migration[] = MIGRATIONS, options: { copies?: boolean } = {}): { from: number; to: number } {
  const from = db.pragma('user_version', { simple: true }) as number;
  const newest = migrations.at(-1)?.version ?? 0;
  if (from > newest) {
    throw new FailureError(
      fail('storage_unavailable', 'These records were written by a newer Tickline. Install the newer version again; nothing was changed.', {
        detail: `database version ${from}, this app knows ${newest}`,
      }).error,
    );
  }
  const steps = migrations.filter(({ version }) => version > from);
  const [first] = steps;
  if (first !== undefined && from > 0 && options.copies !== false) backUp(db, first);
  for (const step of steps) {
    db.transaction(() => {
      step.up(db);
      db.pragma(`user_version = ${step.version}`);
      db.pragma(`application_id = ${markOfVersion(step.version)}`);
    }).immediate();
  }
  // a database from before there was this mark
  if (versionInMark(db.pragma('application_id', { simple: true }) as number) !== newest) db.pragma(`application_id = ${markOfVersion(newest)}`);
  return { from, to: newest };
}

const MARK = 0x54490000;

/** What `application_id` is for a version: "TI" and the number, so that a flipped bit of either is noticed. */
export function markOfVersion(version: number): number {
  return MARK + version;
}

/** The version in such a mark; undefined when it is none of ours. */
export function versionInMark(mark: number): number | undefined {
  return (mark & 0xffff0000) === MARK ? mark & 0xffff : undefined;
}

function backUp(db: Db, step: Migration): void {
  if (db.memory) return;
  const folder = join(dirname(db.name), 'backups');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const target = join(folder, `before-${String(step.version).padStart(4, '0')}-${step.name}.sqlite`);
  // Written beside and renamed once it is whole and flushed: a copy that was cut off by a crash is no copy.
  const partial = `${target}.partial`;
  rmSync(partial, { force: true });
  try {
    closeSync(openSync(partial, 'wx', 0o600));
    db.prepare('VACUUM INTO ?').run(partial);
    flushFile(partial);
    renameDurably(partial, target);
  } catch (error) {
    // On a full disk it would take the room that is missing.
    rmSync(partial, { force: true });
    throw error;
  }
}
