import { describe, expect, it } from 'vitest';
import type { CopyResult, Safekeeping } from '../../../../src/main/core/ports/safekeeping.ts';
import { type BackupNotice, createBackups } from '../../../../src/main/core/safety/backups.ts';
import type { BackupView } from '../../../../src/shared/contract/storage.ts';
import { createFakeClock } from '../../../support/fakeClock.ts';
import { createMemoryLog } from '../../../support/memoryLog.ts';

const NOON = 1_770_000_000_000;
const HOUR = 3_600_000;

function world(outcome: (at: number) => CopyResult | undefined = () => undefined) {
  const clock = createFakeClock(NOON);
  const shelf: BackupView[] = [];
  const asked: string[] = [];
  const notices: BackupNotice[] = [];
  const damage: string[] = [];
  const facts = { records: true, decided: false, free: 1e12 };
  const safekeeping: Safekeeping = {
    list: () => [...shelf].reverse(),
    find: () => undefined,
    async copy(kind, at) {
      asked.push(kind);
      const given = outcome(at);
      if (given !== undefined) return given;
      const made: BackupView = { id: `${kind} ${at}`, kind, createdAt: at, bytes: 1, facts: null };
      shelf.push(made);
      return { made };
    },
    look: async () => ({ failed: 'not here' }),
    decideRestore() {},
    decideRecovery() {},
    decided: () => facts.decided,
    sizes: () => ({ database: 1e9, log: 0, free: facts.free }),
    lastReport: () => undefined,
    tidy() {},
  };
  const backups = createBackups({
    safekeeping,
    clock,
    log: createMemoryLog(),
    hasRecords: () => facts.records,
    onNotice: (notice) => notices.push(notice),
    onChange: () => undefined,
    onDamage: (words) => damage.push(words),
  });
  backups.start();
  const pass = (hours: number) => clock.run(hours * HOUR);
  return { clock, backups, shelf, asked, notices, damage, facts, pass };
}

describe('automatic backups', () => {
  it('are made within the first hour that brings something, and then once a day', async () => {
    const { asked, facts, pass } = world();
    facts.records = false;
    await pass(5);
    expect(asked).toEqual([]);
    facts.records = true;
    await pass(1);
    expect(asked).toEqual(['daily']);
    await pass(22);
    expect(asked).toEqual(['daily']);
    await pass(26);
    expect(asked).toEqual(['daily', 'daily', 'daily']);
  });

  it('wait while a backup is about to be put back', async () => {
    const { backups, asked, facts, pass } = world();
    facts.decided = true;
    await pass(30);
    expect(asked).toEqual([]);
    expect(await backups.make('asked')).toHaveProperty('failed');
  });

  it('go on after a copy that threw', async () => {
    let broken = true;
    const { asked, pass, backups } = world(() => {
      if (broken) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      return undefined;
    });
    await pass(3);
    expect(backups.view()).toMatchObject({ running: null, problem: expect.stringContaining('no space left') });
    broken = false;
    await pass(2);
    expect(backups.view()).toMatchObject({ running: null, problem: null });
    expect(asked.length).toBeGreaterThan(1);
  });

  it('that fail are told of once, tried again each hour, and the problem goes when one succeeds', async () => {
    let full = true;
    const { backups, notices, shelf, pass } = world(() => (full ? { failed: 'ENOSPC: no space left on device' } : undefined));
    await pass(5);
    expect(notices).toHaveLength(1);
    expect(backups.view().problem).toContain('ENOSPC');
    full = false;
    await pass(2);
    expect(shelf).toHaveLength(1);
    expect(backups.view().problem).toBeNull();
  });

  it('are not begun where the disk has no room for one, and that is said', async () => {
    const { asked, facts, notices, pass } = world();
    facts.free = 5e8;
    await pass(1);
    expect(asked).toEqual([]);
    expect(notices).toMatchObject([{ level: 'warning', detail: expect.stringMatching(/500 MB free, and a backup needs 1 068 MB/) }]);
  });

  it('show damage only when two copies in a row are damaged', async () => {
    let bad = 1;
    const once = world(() => (bad-- > 0 ? { damaged: 'a page is not in order' } : undefined));
    await once.pass(1);
    expect(once.damage).toEqual([]);
    expect(once.shelf).toHaveLength(1);
    const always = world(() => ({ damaged: 'a page is not in order' }));
    await always.pass(1);
    expect(always.damage).toEqual(['a page is not in order']);
  });
});
