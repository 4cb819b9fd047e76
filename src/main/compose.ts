/** The one file that names real adapters; the entry brings its own vault. */
import { randomBytes } from 'node:crypto';
import { uptime } from 'node:os';
import { createSystemClock } from './adapters/clock/system.ts';
import { createHost } from './adapters/host/node.ts';
import { startListenerThread } from './adapters/http/listenerThread.ts';
import { listenHere } from './adapters/http/listenHere.ts';
import { createProcessLoad } from './adapters/load/process.ts';
import { createLineLog, writeToStderr } from './adapters/log/lines.ts';
import { createGuardedFetch } from './adapters/net/guardedFetch.ts';
import { watchNetwork } from './adapters/network/watch.ts';
import { createProviders } from './adapters/provider/all.ts';
import { createSurroundings } from './adapters/sqlite/copies.ts';
import { createPolls } from './adapters/sqlite/polls.ts';
import { createReconcileRuns } from './adapters/sqlite/reconciles.ts';
import { createSafekeeping } from './adapters/sqlite/safekeeping/index.ts';
import { DATABASE_FILE, openStore } from './adapters/sqlite/store.ts';
import { createTunnel } from './adapters/tunnel/index.ts';
import type { FrameFacts } from './core/ports/host.ts';
import type { RestartReason } from './core/ports/safekeeping.ts';
import type { Vault } from './core/ports/vault.ts';
import { createDemoShop } from './demo/index.ts';
import { createEngine, type Engine } from './engine.ts';

export type ComposeOptions = {
  readonly dataFolder: string;
  readonly vault: Vault;
  readonly mode: 'desktop' | 'browser';
  /** 0 for any free one. */
  readonly webhookPort: number;
  /** Start with the demo shop connected. */
  readonly demo: boolean;
  readonly version: string;
  readonly exportLink: (id: string) => string | null;
  /** What the window runs on, in the desktop app. */
  readonly frame?: FrameFacts;
  /** The program of the listener's thread; without it the listener shares the engine's. */
  readonly listenerThread?: string;
  /** The program of the thread that copies the database; without it the engine's own thread does. */
  readonly copyThread?: string;
  /** Starts the engine again after a restore, or to recover a damaged database. */
  readonly restart?: (why: RestartReason) => void;
  /** Where log lines go, when not to standard error. */
  readonly writeLog?: (line: string) => void;
};

/** Joins the real adapters to the engine. Rejects with a FailureError when the store cannot be opened. */
export async function composeEngine(options: ComposeOptions): Promise<Engine> {
  const clock = createSystemClock();
  let secrets: () => readonly string[] = () => [];
  const log = createLineLog({ now: clock.now, write: options.writeLog ?? writeToStderr, knownSecrets: () => secrets() });
  const store = openStore(options.dataFolder);
  try {
    const providers = createProviders();
    const fetch = createGuardedFetch();
    return createEngine({
      store,
      surroundings: createSurroundings(options.dataFolder),
      polls: store.attach(createPolls),
      runs: store.attach(createReconcileRuns),
      providers,
      load: createProcessLoad(),
      vault: options.vault,
      clock,
      log,
      random: Math.random,
      randomBytes,
      fetch,
      uptime: () => uptime() * 1000,
      watchNetwork: (onChange) => watchNetwork({ clock }, onChange),
      schedule: setImmediate,
      tunnelFor: (settings) => ({
        tunnel: createTunnel(settings, { clock, fetch }),
        ...(settings.kind === 'localtunnel' ? { name: settings.name } : {}),
      }),
      listen: (deps, port = options.webhookPort) =>
        options.listenerThread === undefined
          ? listenHere({ port, now: clock.now, log, providers }, deps)
          : startListenerThread(options.listenerThread, port, deps),
      // Each run is another day in the shop: the same messages again would only be repeats.
      createShop: (connected) => createDemoShop({ clock, log, fetch, connected, seed: randomBytes(4).readUInt32LE() }),
      demo: options.demo,
      mode: options.mode,
      version: options.version,
      dataFolder: options.dataFolder,
      host: createHost({ folder: options.dataFolder, databaseFile: DATABASE_FILE, ...(options.frame === undefined ? {} : { frame: options.frame }) }),
      exportLink: options.exportLink,
      safekeeping: createSafekeeping(options.dataFolder, options.copyThread),
      restart: options.restart ?? ((why) => log.error('engine.restart-wanted', { why })),
      onSecrets(all) {
        secrets = all;
      },
    });
  } catch (error) {
    // an engine that does not come to be must not hold the folder
    store.close();
    throw error;
  }
}
