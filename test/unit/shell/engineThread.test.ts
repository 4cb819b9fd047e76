import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Vault } from '../../../src/main/core/ports/vault.ts';
import { startEngineThread } from '../../../src/main/shell/engineThread.ts';
import type { Change } from '../../../src/shared/contract/changes.ts';
import { createMemoryLog } from '../../support/memoryLog.ts';
import { tempDir } from '../../support/tempDir.ts';

const vault: Vault = {
  describe: async () => ({ backend: 'fake', protects: true, words: 'Keys are encrypted.' }),
  put: async () => undefined,
  get: async ({ name }) => `the ${name}`,
  list: async () => [],
  removeAccount: async () => undefined,
};

async function start(version = '1') {
  const log = createMemoryLog();
  const changes: Change[] = [];
  let restarts = 0;
  const reasons: (string | undefined)[] = [];
  const thread = await startEngineThread({
    file: resolve(import.meta.dirname, '../../support/shakyEngine.ts'),
    start: { dataFolder: '/nowhere', webhookPort: 0, demo: false, version },
    vault,
    onChange: (change) => changes.push(change),
    onRestarted: (why) => {
      reasons.push(why);
      restarts += 1;
    },
    log,
  });
  onTestFinished(() => thread.stop(50));
  return { thread, log, changes, restarts: () => restarts, reasons };
}

describe("the engine's thread", () => {
  it('answers requests, tells of changes and asks the keyring of the other side', async () => {
    const { thread, changes } = await start();
    expect(await thread.dispatch('app.status', { a: 1 })).toMatchObject({ ok: true, value: { name: 'app.status', input: { a: 1 } } });
    expect(await thread.dispatch('secret', {})).toEqual({ ok: true, value: 'the key' });
    thread.wake();
    await vi.waitFor(() => expect(changes).toMatchObject([{ name: 'notice.raised' }]));
  });

  it('that cannot start says why, and no other is started in its place', async () => {
    await expect(start('broken')).rejects.toMatchObject({ failure: { code: 'storage_unavailable', message: 'The database cannot be opened.' } });
  });

  it('that dies gives up what it was asked with a word to try again, is logged, and started again', async () => {
    const { thread, log, restarts } = await start();
    const hanging = thread.dispatch('hang', {});
    const dying = thread.dispatch('die', {});
    expect(await hanging).toMatchObject({ ok: false, error: { code: 'busy', retry: true } });
    expect(await dying).toMatchObject({ ok: false, error: { code: 'busy' } });
    expect(await thread.dispatch('app.status', {})).toMatchObject({ ok: false, error: { code: 'busy', retry: true } });
    await vi.waitFor(() => expect(restarts()).toBe(1), { timeout: 10_000 });
    expect(await thread.dispatch('app.status', {})).toMatchObject({ ok: true });
    expect(log.lines).toMatchObject([{ level: 'error', event: 'engine.died', facts: { deaths: 1 } }]);
    expect(log.lines[0]?.facts.why).toContain('a bug in the engine');
  });

  it('that wishes to be started again is stopped cleanly first, and what is asked meanwhile is told to wait', async () => {
    const { thread, log, reasons } = await start();
    await thread.dispatch('restore', {});
    await vi.waitFor(() => expect(log.lines).toMatchObject([{ event: 'engine.restarting', facts: { why: 'restore' } }]));
    expect(await thread.dispatch('app.status', {})).toMatchObject({ ok: false, error: { code: 'busy', retry: true } });
    await vi.waitFor(() => expect(reasons).toEqual(['restore']), { timeout: 10_000 });
    expect(await thread.dispatch('app.status', {})).toMatchObject({ ok: true });
    expect(log.lines).toHaveLength(1);
  });

  it('that wishes to be started again while it starts is started again once it has', async () => {
    const { thread, reasons } = await start(join(await tempDir(), 'wished'));
    await vi.waitFor(() => expect(reasons).toEqual(['damaged']), { timeout: 10_000 });
    expect(await thread.dispatch('app.status', {})).toMatchObject({ ok: true });
  });

  it('that does not stop is ended when its time is up; stopping twice is harmless', async () => {
    vi.stubEnv('SHAKY_STOP', 'never');
    onTestFinished(() => void vi.unstubAllEnvs());
    const { thread, log } = await start();
    await Promise.all([thread.stop(20), thread.stop(20)]);
    expect(log.lines).toMatchObject([{ level: 'warn', event: 'engine.stop.late' }]);
    expect(await thread.dispatch('app.status', {})).toMatchObject({ ok: false });
  });
});
