import { expect, it } from 'vitest';
import { createEntrance } from '../../../../src/main/core/connect/entrance.ts';
import type { ListenerDeps, ListenerHandle } from '../../../../src/main/core/ports/listener.ts';
import { createFakeClock } from '../../../support/fakeClock.ts';
import { createMemoryLog } from '../../../support/memoryLog.ts';

function world() {
  const clock = createFakeClock();
  const asked: { readonly deps: ListenerDeps; readonly answer: (handle?: ListenerHandle) => void }[] = [];
  const closed: string[] = [];
  const handle = (name: string): ListenerHandle => ({
    url: `http://127.0.0.1:4000`,
    port: 4_000,
    setDoors() {},
    async close() {
      closed.push(name);
    },
  });
  const entrance = createEntrance({
    listen: (deps) =>
      new Promise((resolve, reject) => {
        asked.push({ deps, answer: (given) => (given === undefined ? reject(new Error('EADDRINUSE')) : resolve(given)) });
      }),
    keep: async () => 'kept',
    answerTo: () => undefined,
    doors: () => [],
    clock,
    log: createMemoryLog(),
    onDeath: () => undefined,
  });
  async function openThenDie(): Promise<void> {
    const opened = entrance.open();
    asked[0]?.answer(handle('first'));
    await opened;
    asked[0]?.deps.onDeath('a bug');
  }
  return { clock, asked, closed, handle, entrance, openThenDie };
}

it('a listener that comes up after the end is closed again, and the end waits for it', async () => {
  const { asked, closed, handle, entrance, openThenDie } = world();
  await openThenDie();
  const ended = entrance.close();
  asked[1]?.answer(handle('second'));
  await ended;
  expect(closed).toContain('second');
});

it('a listener that could not be opened again is not tried any more after the end', async () => {
  const { clock, asked, entrance, openThenDie } = world();
  await openThenDie();
  asked[1]?.answer();
  await clock.run(0);
  expect(clock.waiting()).toBe(1);
  await entrance.close();
  expect(clock.waiting()).toBe(0);
});
