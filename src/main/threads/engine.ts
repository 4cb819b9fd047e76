/** The engine's own thread inside the desktop app, so that a commit never makes the window wait. */
import { extname, join } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { createSystemClock } from '../adapters/clock/system.ts';
import { createLineLog, writeToStderr } from '../adapters/log/lines.ts';
import { rememberingVault } from '../adapters/vault/remembering.ts';
import { decideIfDamaged, startEngine } from '../compose/started.ts';
import type { ComposeOptions } from '../compose.ts';
import { raise } from '../core/domain/failure.ts';
import type { Vault } from '../core/ports/vault.ts';
import { createDispatch, type Dispatch } from '../dispatch.ts';
import type { Engine } from '../engine.ts';
import { explainPort } from '../portFailure.ts';
import type { EngineCalls, HostCalls } from './calls.ts';
import { createLink } from './port.ts';

const port = parentPort;
if (port === null) throw new Error('this file runs as a worker thread');

const log = createLineLog({ now: createSystemClock().now, write: writeToStderr, knownSecrets: () => seen() });
let running: { readonly engine: Engine; readonly dispatch: Dispatch } | undefined;

const calls: EngineCalls = {
  async start(options) {
    const program = (name: string) => join(import.meta.dirname, `${name}${extname(import.meta.filename)}`);
    const composing: ComposeOptions = {
      ...options,
      vault,
      mode: 'desktop',
      exportLink: () => null,
      listenerThread: program('listener'),
      copyThread: program('copy'),
      restart: (why) => host.tell('restart', why),
    };
    // the thread ends of it, and is started again by the other side
    process.on('uncaughtExceptionMonitor', (cause) => decideIfDamaged(options.dataFolder, cause));
    const engine = await startEngine(composing, (each) => {
      each.changes.subscribe((change) => host.tell('change', change));
      running = { engine: each, dispatch: createDispatch({ handlers: each.handlers, log }) };
    }).catch((cause: unknown) => {
      throw explainPort(cause, 'webhooks', options.webhookPort, '--webhook-port');
    });
    return { webhooks: engine.webhooksUrl() };
  },
  request: (name, input) => (running ?? notYet()).dispatch(name, input),
  exportFile: (id) => running?.engine.exportFile(id),
  suspend: () => running?.engine.suspend(),
  wake: () => running?.engine.wake(),
  // the thread itself is ended by the other side, once it has this answer
  stop: async () => running?.engine.stop(),
};

const host = createLink<HostCalls>(port, calls, (cause) => {
  throw cause;
});

/** The keyring lives in the main process; this one only asks it. */
const { vault, seen } = rememberingVault({
  describe: () => host.call('vaultDescribe'),
  put: (slot, value) => host.call('vaultPut', slot, value),
  get: (slot) => host.call('vaultGet', slot),
  list: (account) => host.call('vaultList', account),
  removeAccount: (account) => host.call('vaultRemoveAccount', account),
} satisfies Vault);

function notYet(): never {
  return raise('busy', 'Tickline is still starting. Please try again in a moment.', { retry: true, afterMs: 1000 });
}
