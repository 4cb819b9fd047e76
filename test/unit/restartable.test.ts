import { expect, it, vi } from 'vitest';
import type { ComposeOptions } from '../../src/main/compose.ts';
import type { Engine } from '../../src/main/engine.ts';
import { startRestartable } from '../../src/main/restartable.ts';
import { createMemoryLog } from '../support/memoryLog.ts';
import { createMemoryVault } from '../support/memoryVault.ts';

/** What each start of an engine does before it has started. */
const starts: ((options: ComposeOptions) => void)[] = [];
const ports: number[] = [];
let stopped = 0;

vi.mock('../../src/main/compose/started.ts', () => ({
  async startEngine(options: ComposeOptions, onComposed: (engine: Engine) => void): Promise<Engine> {
    const engine = {
      handlers: { 'app.status': async () => ({}) },
      changes: { subscribe: () => () => undefined },
      webhooksUrl: () => 'http://127.0.0.1:41999',
      stop: async () => {
        stopped += 1;
      },
    } as unknown as Engine;
    ports.push(options.webhookPort);
    onComposed(engine);
    starts.shift()?.(options);
    return engine;
  },
}));

it('an engine that wishes to be started again while it starts is started again once it has, at the same port', async () => {
  starts.push((options) => options.restart?.('damaged'));
  const log = createMemoryLog();
  const options = {
    dataFolder: '/nowhere',
    vault: createMemoryVault(Date.now),
    mode: 'browser',
    webhookPort: 0,
    demo: false,
    version: 'test',
  } as const;
  const engine = await startRestartable({ ...options, exportLink: () => null }, log);
  await vi.waitFor(() => expect(ports).toEqual([0, 41_999]));
  expect(stopped).toBe(1);
  expect(log.lines).toMatchObject([{ event: 'engine.restarting', facts: { why: 'damaged' } }]);
  await engine.stop();
  expect(stopped).toBe(2);
});
