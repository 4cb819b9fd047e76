/** The one file that names real adapters; the entry brings its own vault. */
import { randomBytes } from 'node:crypto';
import { createSystemClock } from './adapters/clock/system.ts';
import { listen } from './adapters/http/listen.ts';
import { createLineLog, writeToStderr } from './adapters/log/lines.ts';
import { wasenderapi } from './adapters/provider/wasenderapi/index.ts';
import { createPolls } from './adapters/sqlite/polls.ts';
import { createReconcileRuns } from './adapters/sqlite/reconciles.ts';
import { openStore } from './adapters/sqlite/store.ts';
import { createTunnel } from './adapters/tunnel/index.ts';
import { createSecretBook } from './core/connect/secrets.ts';
import type { Provider, ProviderKey } from './core/ports/provider.ts';
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
};

/** Joins the real adapters to the engine. Rejects with a FailureError when the store cannot be opened. */
export async function composeEngine(options: ComposeOptions): Promise<Engine> {
  const clock = createSystemClock();
  const secrets = createSecretBook(options.vault);
  const log = createLineLog({ now: clock.now, write: writeToStderr, knownSecrets: secrets.all });
  const store = openStore(options.dataFolder);
  const providers: ReadonlyMap<ProviderKey, Provider> = new Map([
    ['wasenderapi', wasenderapi()],
    ['demo', wasenderapi({ key: 'demo', name: 'Demo shop' })],
  ]);
  return createEngine({
    store,
    polls: createPolls(store.db),
    runs: createReconcileRuns(store.db),
    providers,
    vault: options.vault,
    secrets,
    clock,
    log,
    random: Math.random,
    randomBytes,
    fetch,
    schedule: setImmediate,
    tunnelFor: (settings) => ({ tunnel: createTunnel(settings, { clock, fetch }), ...(settings.kind === 'localtunnel' ? { name: settings.name } : {}) }),
    listen: (parts) => listen({ port: options.webhookPort, log, ...parts }),
    // Each run is another day in the shop: the same messages again would only be repeats.
    createShop: (connected) => createDemoShop({ clock, log, connected, seed: randomBytes(4).readUInt32LE() }),
    demo: options.demo,
    mode: options.mode,
    version: options.version,
    dataFolder: options.dataFolder,
    exportLink: options.exportLink,
  });
}
