/** Which backups stay. Pure: the same list gives the same answer whenever it is asked. */
import type { BackupView } from '../../../../shared/contract/storage.ts';

const DAYS = 7;
const WEEKS = 4;
/** Copies that the owner asked for stay beside the others; so many of them. */
const ASKED = 5;
/** Copies from before a change of the database's form. */
const MIGRATIONS = 4;

const DAY_MS = 86_400_000;

/**
 * Ids of the backups that may go: what stays is the last of each of the newest 7 days that have one, the last
 * of each of the newest 4 weeks that have one, the 5 newest that were asked for, and the 4 newest from before
 * a change of form. Days without a backup push nothing out, so a computer that was off for a month keeps all.
 */
export function toRemove(backups: readonly Pick<BackupView, 'id' | 'kind' | 'createdAt'>[]): readonly string[] {
  const newestFirst = [...backups].sort((a, b) => b.createdAt - a.createdAt);
  const ofKind = (kind: BackupView['kind']) => newestFirst.filter((backup) => backup.kind === kind);
  const regular = newestFirst.filter((backup) => backup.kind !== 'migration');
  const stay = new Set([
    ...lastOfEach(regular, (at) => Math.floor(at / DAY_MS), DAYS),
    // 1 January 1970 was a Thursday: three days on, weeks begin on Mondays
    ...lastOfEach(regular, (at) => Math.floor((at / DAY_MS + 3) / 7), WEEKS),
    ...ofKind('asked')
      .slice(0, ASKED)
      .map(({ id }) => id),
    ...ofKind('migration')
      .slice(0, MIGRATIONS)
      .map(({ id }) => id),
  ]);
  return newestFirst.filter(({ id }) => !stay.has(id)).map(({ id }) => id);
}

function lastOfEach(
  newestFirst: readonly { readonly id: string; readonly createdAt: number }[],
  span: (at: number) => number,
  most: number,
): readonly string[] {
  const last = new Map<number, string>();
  for (const { id, createdAt } of newestFirst) {
    const key = span(createdAt);
    if (!last.has(key)) last.set(key, id);
  }
  return [...last.values()].slice(0, most);
}
