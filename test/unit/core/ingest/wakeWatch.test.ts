import { beforeEach, describe, expect, it } from 'vitest';
import { createWakeWatch, type WakeWatch } from '../../../../src/main/core/ingest/wakeWatch.ts';
import { createFakeClock, type FakeClock } from '../../../support/fakeClock.ts';

const HOUR = 3_600_000;

describe('finding out that the computer slept', () => {
  let clock: FakeClock;
  /** What the system's uptime counted besides the rising clock. */
  let hidden: number;
  let watch: WakeWatch;
  let told: string[];

  function begin(withUptime = true): void {
    clock = createFakeClock();
    hidden = 0;
    told = [];
    watch = createWakeWatch({
      clock,
      ...(withUptime ? { uptime: () => Math.floor((clock.monotonic() + hidden) / 1000) * 1000 } : {}),
      onSlept: (from, to) => told.push(`slept ${Math.round((to - from) / 1000)} s until ${to - clock.now()}`),
      onClockSet: (by) => told.push(`set by ${Math.round(by / 60_000)} min`),
    });
    watch.start();
  }
  beforeEach(() => begin());

  /** As on Linux: the rising clock and every timer stand still while the computer sleeps. */
  function suspend(ms: number): void {
    hidden += ms;
    clock.jump(ms);
  }

  it('says nothing of an ordinary day', () => {
    clock.advance(24 * HOUR);
    expect(told).toEqual([]);
  });

  it('finds a sleep through which the rising clock stood still', () => {
    clock.advance(60_000);
    suspend(HOUR);
    clock.advance(1_000);
    expect(told).toEqual([expect.stringMatching(/^slept 360[0-6] s until 0$/)]);
    clock.advance(HOUR);
    expect(told).toHaveLength(1);
  });

  it('finds a sleep through which the rising clock ran on, by its late timer', () => {
    // without the timer in between: the clock is read first when an hour has gone by
    watch.stop();
    const readings = { wall: 1_770_000_000_000, rising: 0 };
    const late: string[] = [];
    const asleep = createWakeWatch({
      clock: { now: () => readings.wall, monotonic: () => readings.rising, after: () => () => {} },
      onSlept: (from, to) => late.push(`slept ${(to - from) / 1000} s`),
      onClockSet: () => late.push('set'),
    });
    asleep.start();
    readings.wall += HOUR;
    readings.rising += HOUR;
    expect(asleep.look()).toBe(true);
    expect(late).toEqual(['slept 3600 s']);
  });

  it('does not take a clock that was set for a sleep', () => {
    clock.jump(HOUR);
    clock.advance(1_000);
    clock.jump(-2 * HOUR);
    clock.advance(1_000);
    expect(told).toEqual(['set by 60 min', 'set by -120 min']);
  });

  it('tells a sleep and a clock set in it apart, and dates the sleep by the clock as it is now', () => {
    suspend(HOUR);
    clock.jump(-10 * HOUR);
    clock.advance(1_000);
    expect(told).toEqual(['set by -600 min', expect.stringMatching(/^slept 360[0-6] s until 0$/)]);
  });

  it('takes a short stall for what it is', () => {
    suspend(15_000);
    clock.advance(1_000);
    expect(told).toEqual([]);
  });

  it('can be asked to look at once', () => {
    suspend(HOUR);
    expect(watch.look()).toBe(true);
    expect(watch.look()).toBe(false);
    clock.advance(60_000);
    expect(told).toHaveLength(1);
  });

  it('without an uptime knows only the late timer', () => {
    begin(false);
    suspend(HOUR);
    clock.advance(1_000);
    expect(told).toEqual(['set by 60 min']);
  });
});
