import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { exportHandlers } from '../../src/main/handlers/exports.ts';
import type { ExportView } from '../../src/shared/contract/views.ts';
import { NOON, openCoreWorld } from '../support/coreWorld.ts';
import { tempDir } from '../support/tempDir.ts';
import { until } from '../support/until.ts';

async function shop(messages: number) {
  let number = 6;
  const dataFolder = await tempDir();
  const world = openCoreWorld(dataFolder);
  onTestFinished(() => world.close());
  world.hear(
    Array.from({ length: messages }, (_each, i) => ({
      body: {
        event: 'messages.update',
        timestamp: NOON,
        data: { update: { status: 3 }, key: { id: `W${i}`, remoteJid: '15550002222@s.whatsapp.net', fromMe: true } },
      },
    })),
  );
  const told: ExportView[] = [];
  const handlers = exportHandlers({
    store: world.store,
    clock: world.clock,
    randomBytes: (count) => Buffer.alloc(count, ++number),
    exportLink: () => null,
    settings: { get: () => ({ theme: 'system', storeText: false, density: 'comfortable', sharedScreen: false }) },
    breathe: () => new Promise((resolve) => setImmediate(resolve)),
    publisher: { export: (view) => told.push(view) },
    about: { dataFolder },
  });
  return { dataFolder, handlers, told, file: join(dataFolder, 'exports', `x${'07'.repeat(9)}.csv`) };
}

const start = { format: 'csv', filter: {}, redact: false } as const;
const ended = (told: readonly ExportView[]) => until(() => told.find((view) => view.state !== 'running'), 'the end of the export');

it.skipIf(!existsSync('/dev/full'))('an export onto a full disk fails in plain words, leaves no file, and harms nothing else', async () => {
  const { handlers, told, file, dataFolder } = await shop(1_200);
  mkdirSync(join(dataFolder, 'exports'));
  symlinkSync('/dev/full', file);
  await handlers['exports.start'](start);
  expect(await ended(told)).toMatchObject({ state: 'failed', error: expect.stringContaining('The disk is full') });
  await until(() => !existsSync(file), 'the file to be gone');
  expect(handlers.shelf.file(told[0]?.id ?? '')).toBeUndefined();
});

it('an export that is cancelled stays cancelled and leaves no file, however far it was', async () => {
  for (const after of [0, 1, 2, 3, 5, 8]) {
    const { handlers, told, file } = await shop(1_200);
    const { id } = await handlers['exports.start'](start);
    for (let turn = 0; turn < after; turn++) await new Promise((resolve) => setImmediate(resolve));
    const view = await handlers['exports.cancel']({ id });
    if (view.state === 'done') continue;
    await until(() => !existsSync(file) && told.at(-1)?.state === 'cancelled', 'the file to be gone');
    await new Promise((resolve) => setImmediate(resolve));
    expect((await handlers['exports.status']({ id })).exports).toMatchObject([{ state: 'cancelled', error: null }]);
  }
});

it('three exports may run at once, a fourth is told to wait, and stopping ends them all', async () => {
  const { handlers, told } = await shop(1_500);
  for (let i = 0; i < 3; i++) await handlers['exports.start'](start);
  expect(() => handlers['exports.start'](start)).toThrow(/Three exports are running already/);
  handlers.shelf.stop();
  await until(() => told.filter((view) => view.state === 'cancelled').length === 3, 'all to end');
  await handlers['exports.start'](start);
  await until(() => told.some((view) => view.state === 'done' && view.rows === 1_500), 'the next to be whole');
});
