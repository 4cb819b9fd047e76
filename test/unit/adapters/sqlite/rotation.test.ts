import { describe, expect, it } from 'vitest';
import { toRemove } from '../../../../src/main/adapters/sqlite/safekeeping/rotation.ts';
import type { BackupKind } from '../../../../src/shared/contract/storage.ts';

const DAY = 86_400_000;
/** A Monday. */
const MONDAY = Date.UTC(2026, 1, 2);
const backup = (at: number, kind: BackupKind = 'daily') => ({ id: `${kind} ${at}`, kind, createdAt: at });

/** What is left after a year in which a backup is made at each of `times`, and the rest removed each time. */
function kept(times: readonly number[]) {
  let shelf: ReturnType<typeof backup>[] = [];
  for (const at of times) {
    shelf.push(backup(at));
    const gone = new Set(toRemove(shelf));
    shelf = shelf.filter(({ id }) => !gone.has(id));
  }
  return shelf.map(({ createdAt }) => (createdAt - MONDAY) / DAY);
}

describe('the rotation of backups', () => {
  it('keeps the last 7 days and the last of 4 weeks, however long it goes on', () => {
    const days = Array.from({ length: 100 }, (_, i) => MONDAY + i * DAY);
    // day 99 is a Tuesday; days 90 and 97 are Sundays
    expect(kept(days)).toEqual([83, 90, 93, 94, 95, 96, 97, 98, 99]);
  });

  it('keeps the last of several in one day', () => {
    expect(kept([MONDAY, MONDAY + DAY / 4, MONDAY + DAY / 2])).toEqual([0.5]);
  });

  it('lets days without a backup push nothing out', () => {
    expect(kept([MONDAY, MONDAY + 200 * DAY, MONDAY + 400 * DAY])).toEqual([0, 200, 400]);
  });

  it('keeps the 5 newest that were asked for and the 4 newest from before a change of form', () => {
    const many = (kind: BackupKind) => Array.from({ length: 8 }, (_, i) => backup(MONDAY + i, kind));
    const gone = toRemove([...many('asked'), ...many('migration'), backup(MONDAY + DAY)]);
    expect(gone.filter((id) => id.startsWith('asked'))).toHaveLength(3);
    expect(gone.filter((id) => id.startsWith('migration'))).toHaveLength(4);
    expect(gone).not.toContain(`asked ${MONDAY + 7}`);
  });

  it('never lets the newest go, and says the same whatever the order it is asked in', () => {
    const shelf = Array.from({ length: 60 }, (_, i) => backup(MONDAY + i * DAY * 0.4, i % 5 === 0 ? 'asked' : 'daily'));
    const gone = toRemove(shelf);
    expect(gone).not.toContain(shelf.at(-1)?.id);
    expect([...toRemove(shelf.toReversed())].sort()).toEqual([...gone].sort());
  });
});
