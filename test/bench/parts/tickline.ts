/** The app as it ships (the built browser way) with one account whose webhooks the benchmarks post. */
import { join, resolve } from 'node:path';
import { type App, startApp } from '../../support/app.ts';
import { SECRET } from './processes.ts';

const ROOT = resolve(import.meta.dirname, '../../..');

export type Bench = {
  readonly app: App;
  readonly port: number;
  readonly path: string;
  readonly account: string;
  settled(): Promise<{ readonly seconds: number; readonly stored: number }>;
  stop(): Promise<void>;
};

export async function startTickline(): Promise<Bench> {
  const app = await startApp({ entry: join(ROOT, 'out/main/headless.js') });
  const { accountId, webhookPath } = await app.rpc('accounts.create', { provider: 'wasenderapi', name: 'Bench', secrets: { webhookSecret: SECRET } });
  return {
    app,
    port: Number(new URL(app.webhooks).port),
    path: webhookPath,
    account: accountId,
    /** Waits until everything kept is understood; how long that took, and how many entries there are. */
    async settled() {
      const started = performance.now();
      for (;;) {
        const { counts } = await app.rpc('inbox.page', { limit: 1 });
        if (counts.kept === 0)
          return { seconds: (performance.now() - started) / 1000, stored: counts.applied + counts.duplicate + counts.ignored + counts.quarantined };
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    async stop() {
      await app.stop();
    },
  };
}
