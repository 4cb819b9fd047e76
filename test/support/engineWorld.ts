/**
 * The whole engine with real SQLite, real HTTP and real tunnels, on a clock that moves only when it is told to and
 * stands still while a request is under way. For trials of hours and days.
 */
import { randomBytes } from 'node:crypto';
import { createHost } from '../../src/main/adapters/host/node.ts';
import { listenHere } from '../../src/main/adapters/http/listenHere.ts';
import { createProcessLoad } from '../../src/main/adapters/load/process.ts';
import { createProviders } from '../../src/main/adapters/provider/all.ts';
import { createSurroundings } from '../../src/main/adapters/sqlite/copies.ts';
import { createPolls } from '../../src/main/adapters/sqlite/polls.ts';
import { createReconcileRuns } from '../../src/main/adapters/sqlite/reconciles.ts';
import { createSafekeeping } from '../../src/main/adapters/sqlite/safekeeping/index.ts';
import { DATABASE_FILE, openStore, type SqliteStore } from '../../src/main/adapters/sqlite/store.ts';
import { createTunnel } from '../../src/main/adapters/tunnel/index.ts';
import type { Vault } from '../../src/main/core/ports/vault.ts';
import { createRandom } from '../../src/main/demo/random.ts';
import { createDispatch } from '../../src/main/dispatch.ts';
import { createEngine, type Engine } from '../../src/main/engine.ts';
import type { Change } from '../../src/shared/contract/changes.ts';
import type { RequestName } from '../../src/shared/contract/names.ts';
import type { In, Out } from '../../src/shared/contract/requests.ts';
import { createFakeClock, type FakeClock } from './fakeClock.ts';
import { createMemoryLog } from './memoryLog.ts';
import { createMemoryVault } from './memoryVault.ts';

export type EngineWorldOptions = {
  readonly folder: string;
  readonly seed: number;
  readonly clock?: FakeClock;
  readonly vault?: Vault;
  /** Other work that the clock waits for, e.g. the far end's own requests. */
  readonly busyToo?: () => number;
  /** Stands between the engine and its store, e.g. for a disk that fails. */
  readonly around?: (store: SqliteStore) => SqliteStore;
};

export interface EngineWorld {
  readonly clock: FakeClock;
  readonly engine: Engine;
  readonly store: SqliteStore;
  readonly changes: readonly Change[];
  readonly log: ReturnType<typeof createMemoryLog>;
  /** Puts real trouble into requests: gives the address to ask instead, or throws. */
  reroute: (url: string) => string;
  /** Whether a request that leaves now may hang, so that the clock must go on without it. */
  mayHang: (url: string) => boolean;
  rpc<N extends RequestName>(name: N, input?: In<N>): Promise<Out<N>>;
  /** Lets `ms` pass. */
  run(ms: number): Promise<void>;
  /** Lets time pass, `stepMs` at a time, until `met`; gives how many ms it took. Rejects after `mostMs` of it. */
  runUntil(met: () => boolean | Promise<boolean>, what: string, mostMs: number, stepMs?: number): Promise<number>;
  /** The computer sleeps for `ms`: no timer runs, and of the clocks only the wall and the uptime go on. */
  sleep(ms: number): void;
  /** As `sleep`, while the world outside goes on. */
  stop(): Promise<void>;
}

/** Turns of the event loop without a request before the world counts as quiet. */
const CALM_TURNS = 4;

export async function openEngineWorld(options: EngineWorldOptions): Promise<EngineWorld> {
  const clock = options.clock ?? createFakeClock();
  const log = createMemoryLog();
  const opened = openStore(options.folder);
  const store = options.around?.(opened) ?? opened;
  const providers = createProviders();
  const random = createRandom(options.seed).fork('engine').next;
  const changes: Change[] = [];
  let asking = 0;
  let hidden = 0;

  const countingFetch: typeof fetch = async (input, init) => {
    const waited = world.mayHang(String(input)) ? 0 : 1;
    asking += waited;
    try {
      return await fetch(world.reroute(String(input)), init);
    } finally {
      // the body follows its headers within the turns that are waited for
      asking -= waited;
    }
  };

  const engine = createEngine({
    store,
    polls: store.attach(createPolls),
    runs: store.attach(createReconcileRuns),
    providers,
    load: createProcessLoad(),
    host: createHost({ folder: options.folder, databaseFile: DATABASE_FILE }),
    vault: options.vault ?? createMemoryVault(clock.now),
    clock,
    log,
    random,
    randomBytes,
    fetch: countingFetch,
    uptime: () => Math.floor((clock.monotonic() + hidden) / 1000) * 1000,
    schedule: setImmediate,
    tunnelFor: (settings) => ({
      tunnel: createTunnel(settings, { clock, fetch: countingFetch }),
      ...(settings.kind === 'localtunnel' ? { name: settings.name } : {}),
    }),
    listen: (deps, port = 0) => listenHere({ port, now: clock.now, log, providers }, deps),
    createShop: () => {
      throw new Error('no demo shop in this world');
    },
    demo: false,
    mode: 'browser',
    version: '0.0.0',
    dataFolder: options.folder,
    surroundings: createSurroundings(options.folder),
    exportLink: () => null,
    safekeeping: createSafekeeping(options.folder),
    restart: () => undefined,
    onSecrets: () => undefined,
  });
  engine.changes.subscribe((change) => changes.push(change));
  const dispatch = createDispatch({ handlers: engine.handlers, log });

  async function quiet(): Promise<void> {
    for (let calm = 0; calm < CALM_TURNS; ) {
      await new Promise((resolve) => setImmediate(resolve));
      calm = asking + (options.busyToo?.() ?? 0) === 0 ? calm + 1 : 0;
    }
  }

  const world: EngineWorld = {
    clock,
    engine,
    store,
    changes,
    log,
    reroute: (url) => url,
    mayHang: () => false,
    async rpc<N extends RequestName>(name: N, input?: In<N>): Promise<Out<N>> {
      const answer = await dispatch(name, input);
      if (!answer.ok) throw new Error(`${name}: ${answer.error.code}: ${answer.error.message} ${answer.error.detail ?? ''}`);
      // the contract's table pairs each name with what it gives; nothing at run time could check more
      return answer.value as Out<N>;
    },
    async run(ms) {
      const end = clock.monotonic() + ms;
      for (;;) {
        await quiet();
        const left = end - clock.monotonic();
        const next = clock.nextIn();
        clock.advance(next === undefined ? left : Math.min(next, left));
        if (clock.monotonic() >= end) break;
      }
      await quiet();
    },
    async runUntil(met, what, mostMs, stepMs = 1_000) {
      const start = clock.monotonic();
      while (!(await met())) {
        if (clock.monotonic() - start > mostMs) throw new Error(`${what} did not come within ${mostMs} ms of the clock`);
        await world.run(stepMs);
      }
      return clock.monotonic() - start;
    },
    sleep(ms) {
      hidden += ms;
      clock.jump(ms);
    },
    stop: () => {
      // closing waits for timers of its own
      const stopping = engine.stop();
      let stopped = false;
      void stopping.finally(() => {
        stopped = true;
      });
      return (async () => {
        while (!stopped) {
          await new Promise((resolve) => setTimeout(resolve, 1));
          clock.advance(Math.min(clock.nextIn() ?? 100, 100));
        }
        await stopping;
      })();
    },
  };
  await engine.start();
  return world;
}
