/** The real app on a disk that misbehaves when told, with one account, and a client that counts what was acknowledged. */
import { mkdirSync, realpathSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DATABASE_FILE } from '../../../src/main/adapters/sqlite/store.ts';
import { type App, beginApp } from '../../support/app.ts';
import { createLedger, type Ledger } from '../ledger.ts';
import { type Posting, type PostingOptions, startPosting } from '../poster.ts';
import { createSteering, type Shim, type Steering } from './shim.ts';

export const SECRET = 'a-secret-of-the-webhook-0123456789';

export type ShimmedApp = {
  readonly data: string;
  readonly database: string;
  readonly journal: string;
  readonly steering: Steering;
  /** The app of now; started anew by `restart`. */
  app(): App;
  /** Numbers answered with 200 so far, in any life of the app. */
  readonly acknowledged: Set<number>;
  /** Answers other than 200, by status. */
  readonly refusals: Map<number, number>;
  readonly ledger: Ledger;
  /** Posts until stopped; what was not acknowledged is posted again first. */
  post(connections: number, options?: PostingOptions): Posting;
  /** Starts it again after it has ended. */
  restart(): Promise<void>;
  /** Ends everything and takes it away. */
  remove(): Promise<void>;
};

export async function startShimmed(options: {
  /** Without it the disk behaves. */
  readonly shim?: Shim;
  readonly entry: string;
  readonly journal?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Where the data folder is made; the temporary folder when left out. */
  readonly below?: string;
}): Promise<ShimmedApp> {
  const world = realpathSync(await mkdtemp(join(tmpdir(), 'tickline-faults-')));
  const data = options.below === undefined ? join(world, 'data') : join(options.below, 'data');
  mkdirSync(data, { mode: 0o700 });
  const database = join(data, DATABASE_FILE);
  const control = join(world, 'control');
  const journal = join(world, 'journal');
  const steering = createSteering(control);
  const env = { ...options.shim?.env(database, control, options.journal ? journal : undefined), ...options.env };
  const begin = () => beginApp({ data, entry: options.entry, env }).ready;
  const acknowledged = new Set<number>();
  const refusals = new Map<number, number>();
  const again: number[] = [];
  const epoch = Date.now() - 10_000_000;
  let highest = -1;
  let app = await begin().catch(async (error: unknown) => {
    steering.close();
    await rm(world, { recursive: true, force: true });
    throw error;
  });
  const { webhookPath: path } = await app.rpc('accounts.create', {
    provider: 'wasenderapi',
    name: 'The shop',
    secrets: { webhookSecret: SECRET },
    tunnel: { kind: 'none' },
  });

  return {
    data,
    database,
    journal,
    steering,
    app: () => app,
    acknowledged,
    refusals,
    ledger: createLedger(data, acknowledged, (number) => number <= highest),
    post(connections, more = {}) {
      const target = { port: Number(new URL(app.webhooks).port), path, secret: SECRET, epoch };
      return startPosting(target, connections, () => again.shift() ?? ++highest, {
        ...more,
        onOutcome(number, status) {
          if (status === 200) acknowledged.add(number);
          else again.push(number);
          if (status !== undefined && status !== 200) refusals.set(status, (refusals.get(status) ?? 0) + 1);
          more.onOutcome?.(number, status);
        },
      });
    },
    async restart() {
      app = await begin();
    },
    async remove() {
      await app.kill('SIGKILL');
      steering.close();
      await rm(world, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
