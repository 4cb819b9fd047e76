/**
 * The engine of the browser way behind one face that stays the same when the engine is stopped and started again
 * on the same folder and ports: after a backup was put back, or to recover a damaged database.
 */
import type { Change } from '../shared/contract/changes.ts';
import { startEngine } from './compose/started.ts';
import type { ComposeOptions } from './compose.ts';
import { fail } from './core/domain/failure.ts';
import type { Log } from './core/ports/log.ts';
import { createDispatch, type Dispatch } from './dispatch.ts';
import type { Engine } from './engine.ts';
import { within } from './stopping.ts';

export type Restartable = {
  /** Answers `busy` while the engine is being started again. */
  readonly dispatch: Dispatch;
  readonly changes: Engine['changes'];
  exportFile: Engine['exportFile'];
  /** Where the webhook listener answers; the same after every restart. */
  readonly webhooksUrl: string;
  /** Harmless when called twice. */
  stop(): Promise<void>;
};

/** How long the old engine may take to stop, in ms. One that takes longer still holds the folder, and the new one waits for it. */
const STOP_TIME = 5_000;
/** Waits between two tries, in ms; the last one repeats: room on the disk may come back. */
const WAITS = [500, 2_000, 10_000, 60_000];

/** Rejects when the first start does not succeed. */
export async function startRestartable(options: Omit<ComposeOptions, 'restart'>, log: Log): Promise<Restartable> {
  const listeners = new Set<(change: Change) => void>();
  let running: { readonly engine: Engine; readonly dispatch: Dispatch } | undefined;
  let starting: Engine | undefined;
  let stopping: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  /** The same after every restart. */
  let port = options.webhookPort;

  async function open(webhookPort: number): Promise<Engine> {
    let own: Engine | undefined;
    let wanted: string | undefined;
    const onWish = (why: string) => {
      if (own === undefined) wanted ??= why;
      else if (own === running?.engine) void restart(why);
    };
    const engine = await startEngine({ ...options, webhookPort, restart: onWish }, (composed) => {
      starting = composed;
      composed.changes.subscribe((change) => {
        for (const listener of listeners) listener(change);
      });
    });
    own = engine;
    starting = undefined;
    port = Number(new URL(engine.webhooksUrl()).port);
    running = { engine, dispatch: createDispatch({ handlers: engine.handlers, log }) };
    // wished for while it started
    if (wanted !== undefined) void restart(wanted);
    return engine;
  }

  async function restart(why: string): Promise<void> {
    const old = running;
    if (old === undefined || stopping !== undefined) return;
    running = undefined;
    log.info('engine.restarting', { why });
    const clean = await within(STOP_TIME, old.engine.stop()).catch(() => false);
    if (!clean) log.warn('engine.stop.late', { ms: STOP_TIME });
    await again(0);
  }

  async function again(tries: number): Promise<void> {
    if (stopping !== undefined) return;
    try {
      await open(port);
    } catch (cause) {
      const wait = WAITS[Math.min(tries, WAITS.length - 1)];
      log.error('engine.not-restarted', { cause: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause), againInMs: wait });
      timer = setTimeout(() => void again(tries + 1), wait);
    }
  }

  const webhooksUrl = (await open(port)).webhooksUrl();
  return {
    async dispatch(name, input) {
      if (running !== undefined) return running.dispatch(name, input);
      return stopping ? fail('shutting_down', 'Tickline is closing.') : fail('busy', RESTARTING, { retry: true, afterMs: 2000 });
    },
    changes: {
      subscribe(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
    exportFile: (id) => running?.engine.exportFile(id),
    webhooksUrl,
    stop() {
      clearTimeout(timer);
      stopping ??= Promise.resolve((running?.engine ?? starting)?.stop());
      return stopping;
    },
  };
}

const RESTARTING = 'Tickline is starting again with the records as they are now. Please try again in a moment.';
