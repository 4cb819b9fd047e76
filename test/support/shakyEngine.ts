/** An engine's thread that breaks on request; stands in for the real one in tests of whoever looks after it. */
import { existsSync, writeFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { raise } from '../../src/main/core/domain/failure.ts';
import type { EngineCalls, HostCalls } from '../../src/main/threads/calls.ts';
import { createLink } from '../../src/main/threads/port.ts';

if (parentPort === null) throw new Error('this file runs as a worker thread');

const calls: EngineCalls = {
  async start({ version }) {
    if (version === 'broken') raise('storage_unavailable', 'The database cannot be opened.');
    // wishes to be started again while it starts, the first time
    if (version.startsWith('/') && !existsSync(version)) {
      writeFileSync(version, '');
      host.tell('restart', 'damaged');
    }
    return { webhooks: 'http://127.0.0.1:1' };
  },
  async request(name, input) {
    if (name === 'die') setImmediate(() => raise('our_fault', 'a bug in the engine'));
    if (name === 'die' || name === 'hang') return new Promise(() => undefined);
    if (name === 'restore') host.tell('restart', 'restore');
    if (name === 'secret') return { ok: true, value: await host.call('vaultGet', { account: 'a', name: 'key' }) };
    return { ok: true, value: { name, input, run: process.pid } };
  },
  exportFile: () => undefined,
  suspend: () => undefined,
  wake: () =>
    host.tell('change', {
      name: 'notice.raised',
      value: { seq: 1, notice: { id: 'awake', level: 'info', message: 'awake', detail: null, at: 0, account: null } },
    }),
  stop: () => (process.env.SHAKY_STOP === 'never' ? new Promise(() => undefined) : Promise.resolve()),
};

const host = createLink<HostCalls>(parentPort, calls, () => undefined);
