/** Suppression, erasures and retention of one store, joined. */

import { understandEntry } from '../ingest/understand.ts';
import type { Provider } from '../ports/provider.ts';
import type { StoredEntry } from '../ports/store.ts';
import { createErasures, type EraseDeps, type Erasures } from './erase.ts';
import { createRetention, type Retention } from './retention.ts';
import { createSuppression, type Suppression } from './suppression.ts';

/** What lies beside the database, and how to open a copy of it. */
export type Surroundings = Pick<EraseDeps, 'files' | 'openCopy' | 'carryOver'>;

export type Privacy = {
  readonly suppression: Suppression;
  readonly erasures: Erasures;
  readonly retention: Retention;
  /** Goes on with what was left undone, and sweeps from time to time. */
  start(): void;
  stop(): Promise<void>;
};

type Deps = Pick<EraseDeps, 'store' | 'clock' | 'log' | 'randomBytes' | 'breathe' | 'drainAll' | 'onChanged'> & {
  readonly surroundings: Surroundings;
  readonly providerOf: (account: StoredEntry['account']) => Provider | undefined;
  readonly countExports: Parameters<typeof createRetention>[0]['countExports'];
  readonly removeExports: Parameters<typeof createRetention>[0]['removeExports'];
};

export function createPrivacy(deps: Deps): Privacy {
  const suppression = createSuppression(deps);
  const understand = (entry: StoredEntry) => understandEntry(entry, deps.providerOf(entry.account));
  const erasures = createErasures({ ...deps, ...deps.surroundings, suppression, understand });
  const retention = createRetention({ ...deps, onRemoved: deps.onChanged });
  return {
    suppression,
    erasures,
    retention,
    start() {
      erasures.resume();
      retention.start();
    },
    async stop() {
      await Promise.all([erasures.stop(), retention.stop()]);
    },
  };
}
