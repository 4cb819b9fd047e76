import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../support/fakeClock.ts';

describe('the fake clock', () => {
  it('runs due tasks in the order of their time, each at its own moment, also those asked for on the way', () => {
    const clock = createFakeClock(1000);
    const ran: string[] = [];
    clock.after(20, () => ran.push(`b${clock.now()}`));
    clock.after(10, () => {
      ran.push(`a${clock.now()}`);
      clock.after(5, () => ran.push(`c${clock.now()}`));
    });
    clock.after(30, () => ran.push('late'));
    clock.advance(25);
    expect(ran).toEqual(['a1010', 'c1015', 'b1020']);
    expect(clock.now()).toBe(1025);
    expect(clock.waiting()).toBe(1);
    expect(clock.nextIn()).toBe(5);
  });

  it('moves chains of awaits on with run', async () => {
    const clock = createFakeClock(0);
    const pause = (ms: number) => new Promise<void>((resolve) => clock.after(ms, resolve));
    const times: number[] = [];
    const chain = (async () => {
      for (let i = 0; i < 3; i++) {
        await pause(10);
        times.push(clock.now());
      }
    })();
    await clock.run(100);
    await chain;
    expect(times).toEqual([10, 20, 30]);
  });

  it('jumps the wall clock without running anything', () => {
    const clock = createFakeClock(5000);
    clock.after(1, () => {
      throw new Error('must not run');
    });
    clock.jump(-4000);
    expect(clock.now()).toBe(1000);
    expect(clock.monotonic()).toBe(0);
  });
});
