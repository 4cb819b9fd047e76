import { expect, it } from 'vitest';
import { createBreath } from '../../../../src/main/core/ingest/breath.ts';
import { createFakeClock } from '../../../support/fakeClock.ts';

/** Work in pieces of 10 ms until `end`; gives how much of the time it had. */
async function shareOfWork(webhooksEveryMs: number | undefined): Promise<number> {
  const clock = createFakeClock();
  const breath = createBreath({ clock, schedule: (task) => void clock.after(0, task) });
  let [worked, over] = [0, false];
  const work = async () => {
    while (!over) {
      await new Promise<void>((resolve) => void clock.after(10, resolve));
      worked += 10;
      await breath.breathe();
    }
  };
  const come = () => {
    breath.kept();
    clock.after(webhooksEveryMs ?? 0, come);
  };
  if (webhooksEveryMs !== undefined) come();
  const done = work();
  await clock.run(10_000);
  over = true;
  await clock.run(1_000);
  await done;
  return worked / 10_000;
}

it('long work has the thread to itself while no webhooks come in, and at most a fifth of it while they do', async () => {
  expect(await shareOfWork(undefined)).toBeGreaterThan(0.9);
  const busy = await shareOfWork(20);
  expect(busy).toBeLessThanOrEqual(0.25);
  expect(busy).toBeGreaterThan(0.12);
});
