import { describe, expect, it } from 'vitest';
import { createStorageGuard, guardTimers, type StorageNotice } from '../../../../src/main/core/ingest/storageGuard.ts';
import { createFakeClock } from '../../../support/fakeClock.ts';
import { createMemoryLog } from '../../../support/memoryLog.ts';

const sqlite = (code: string) => Object.assign(new Error(code), { code });

function aGuard() {
  const clock = createFakeClock();
  const log = createMemoryLog();
  const notices: StorageNotice[] = [];
  const disk = { reopens: 0, commits: 0, opens: true, takes: true };
  const damages: unknown[] = [];
  const guard = createStorageGuard({
    clock,
    log,
    reopen() {
      disk.reopens++;
      if (!disk.opens) throw sqlite('SQLITE_CANTOPEN');
    },
    tryCommit() {
      disk.commits++;
      if (!disk.takes) throw sqlite('SQLITE_FULL');
    },
    onNotice: (notice) => notices.push(notice),
    onDamaged: (error) => damages.push(error),
  });
  return { clock, log, notices, disk, guard, damages };
}

describe('the guard of the disk', () => {
  it('is told of a full disk a hundred times, tells the owner once, and does not give the connection up', () => {
    const { guard, notices, disk, clock, log } = aGuard();
    disk.takes = false;
    for (let i = 0; i < 100; i++) {
      guard.failed(sqlite('SQLITE_FULL'), 2);
      clock.advance(1_000);
    }
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatchObject({ level: 'error', message: expect.stringMatching(/^The disk is full/) });
    expect(log.lines.filter((line) => line.level === 'error')).toHaveLength(1);
    expect(guard.trouble()).toMatchObject({ kind: 'full', refused: 200, detail: 'SQLITE_FULL' });
    expect(disk.reopens).toBe(0);
    expect(guard.usable()).toBe(true);
  });

  it('believes in damage only what a new connection meets again, because SQLite calls a refused read the same', () => {
    const { guard, disk, damages, notices, clock } = aGuard();
    guard.failed(sqlite('SQLITE_CORRUPT'));
    expect([damages.length, disk.reopens]).toEqual([0, 1]);
    expect(notices[0]?.message).toMatch(/^The disk reports errors/);
    guard.worked();
    clock.advance(10_000);
    expect(guard.trouble()).toBeUndefined();
    // another episode begins anew
    guard.failed(sqlite('SQLITE_CORRUPT'));
    expect([damages.length, disk.reopens]).toEqual([0, 2]);
    guard.failed(sqlite('SQLITE_CORRUPT'));
    expect(damages).toHaveLength(1);
  });

  it('finds by itself that there is space again, and says so once it stays so', () => {
    const { guard, notices, disk, clock } = aGuard();
    disk.takes = false;
    guard.failed(sqlite('SQLITE_FULL'), 3);
    clock.advance(30_000);
    expect(guard.trouble()).toBeDefined();
    disk.takes = true;
    clock.advance(5_000);
    expect(guard.trouble()).toBeUndefined();
    expect(notices.map(({ message }) => message)).toEqual([expect.stringMatching(/full/), 'Saving works again.']);
    expect(notices[1]?.detail).toMatch(/3 were turned away/);
    expect(clock.waiting()).toBe(0);
  });

  it('makes one episode of a disk that takes every other commit', () => {
    const { guard, notices, clock } = aGuard();
    for (let i = 0; i < 50; i++) {
      guard.failed(sqlite('SQLITE_FULL'), 1);
      guard.worked();
      clock.advance(900);
    }
    expect(notices).toHaveLength(1);
    clock.advance(5_000);
    expect(notices).toHaveLength(2);
  });

  it('gives the connection up at once after an error of input or output', () => {
    const { guard, disk } = aGuard();
    guard.failed(sqlite('SQLITE_IOERR_FSYNC'), 1);
    expect(disk.reopens).toBe(1);
    expect(guard.usable()).toBe(true);
  });

  it('lets nothing be written until a new connection is there, and waits longer and longer for it', () => {
    const { guard, disk, clock } = aGuard();
    disk.opens = false;
    guard.failed(sqlite('SQLITE_IOERR_WRITE'), 1);
    expect(guard.usable()).toBe(false);
    clock.advance(60_000);
    expect(guard.usable()).toBe(false);
    expect(disk.commits).toBe(0);
    expect(disk.reopens).toBeGreaterThan(10);
    expect(disk.reopens).toBeLessThan(20);
    disk.opens = true;
    clock.advance(5_000);
    expect(guard.usable()).toBe(true);
    clock.advance(5_000);
    expect(guard.trouble()).toBeUndefined();
  });

  it('does not open connections without end where each opens and then fails', () => {
    const { guard, disk, clock } = aGuard();
    for (let i = 0; i < 1_000; i++) {
      if (guard.usable()) guard.failed(sqlite('SQLITE_IOERR_FSYNC'), 1);
      clock.advance(10);
    }
    expect(disk.reopens).toBeLessThan(10);
  });

  it('passes over what is none of the disk’s, and does nothing after its stop', () => {
    const { guard, notices, disk, clock } = aGuard();
    guard.failed(new Error('a bug'));
    guard.failed(undefined);
    guard.failed(sqlite('SQLITE_CONSTRAINT'));
    guard.stop();
    guard.failed(sqlite('SQLITE_IOERR'));
    expect(notices).toEqual([]);
    expect(disk.reopens).toBe(0);
    expect(clock.waiting()).toBe(0);
  });

  it('hears of trouble in timers, and of nothing else', () => {
    const { guard, clock } = aGuard();
    const timers = guardTimers(clock, () => guard);
    timers.after(1, () => {
      throw sqlite('SQLITE_IOERR_READ');
    });
    clock.advance(1);
    expect(guard.trouble()?.detail).toBe('SQLITE_IOERR_READ');
    timers.after(1, () => {
      throw new Error('a bug');
    });
    expect(() => clock.advance(1)).toThrow('a bug');
  });
});
