import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { createSystemClock } from '../../../../src/main/adapters/clock/system.ts';

describe('the system clock', () => {
  it('tells integer milliseconds and a time that only rises', () => {
    const clock = createSystemClock();
    expect(Number.isInteger(clock.now())).toBe(true);
    const earlier = clock.monotonic();
    expect(clock.monotonic()).toBeGreaterThanOrEqual(earlier);
  });

  it('runs a task once after its wait and never after it was cancelled', async () => {
    const clock = createSystemClock();
    const ran: string[] = [];
    const cancel = clock.after(1, () => ran.push('cancelled'));
    cancel();
    cancel();
    await new Promise<void>((resolve) => {
      clock.after(5, () => {
        ran.push('kept');
        resolve();
      });
    });
    expect(ran).toEqual(['kept']);
  });

  it('does not run a wait of two months at once', async () => {
    const clock = createSystemClock();
    let ran = false;
    const cancel = clock.after(60 * 86_400_000, () => {
      ran = true;
    });
    await new Promise<void>((resolve) => {
      clock.after(5, resolve);
    });
    expect(ran).toBe(false);
    cancel();
  });

  it('does not keep the process alive', () => {
    const file = new URL('../../../../src/main/adapters/clock/system.ts', import.meta.url).href;
    const code = `import { createSystemClock } from '${file}'; createSystemClock().after(60000, () => {});`;
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', code], { timeout: 10_000 });
    expect(run.status).toBe(0);
  });
});
