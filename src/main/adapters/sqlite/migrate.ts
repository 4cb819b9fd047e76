/** Numbered steps from an empty file to today's tables. A released step is never edited. */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FailureError, fail } from '../../core/domain/failure.ts';
import { migration as inbox } from './migrations/0001-inbox.ts';
import { migration as polls } from './migrations/0002-polls.ts';
import { migration as trust } from './migrations/0004-trust.ts';
import { migration as freshness } from './migrations/0005-freshness.ts';
import type { Db } from './open.ts';

export type Migration = { readonly version: number; readonly name: string; up(db: Db): void };

export const MIGRATIONS: readonly Migration[] = [inbox, polls, trust, freshness];

/**
 * Brings `db` up to the newest version, each step in a transaction of its own with its version number,
 * and, unless the database was empty, a copy of the file beside it before each step
 * (`backups/before-0002-polls.sqlite`). A database from a newer Tickline is refused untouched.
 */
export function migrate(db: Db, migrations: readonly Migration[] = MIGRATIONS): { from: number; to: number } {
  const from = db.pragma('user_version', { simple: true }) as number;
  const newest = migrations.at(-1)?.version ?? 0;
  if (from > newest) {
    throw new FailureError(
      fail('storage_unavailable', 'These records were written by a newer Tickline. Install the newer version again; nothing was changed.', {
        detail: `database version ${from}, this app knows ${newest}`,
      }).error,
    );
  }
  for (const step of migrations) {
    if (step.version <= from) continue;
    if (from > 0) backUp(db, step);
    db.transaction(() => {
      step.up(db);
      db.pragma(`user_version = ${step.version}`);
    }).immediate();
  }
  return { from, to: newest };
}

function backUp(db: Db, step: Migration): void {
  if (db.memory) return;
  const folder = join(dirname(db.name), 'backups');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const target = join(folder, `before-${String(step.version).padStart(4, '0')}-${step.name}.sqlite`);
  // A copy that was cut off by a crash is no copy.
  if (existsSync(target)) rmSync(target);
  db.prepare('VACUUM INTO ?').run(target);
}
