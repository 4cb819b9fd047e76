import { Worker } from 'node:worker_threads';
import type { Change } from '../../shared/contract/changes.ts';
import { type Failure, FailureError, fail } from '../core/domain/failure.ts';
import type { Log } from '../core/ports/log.ts';
import type { RestartReason } from '../core/ports/safekeeping.ts';
import type { Vault } from '../core/ports/vault.ts';
import type { Dispatch } from '../dispatch.ts';
import { within } from '../stopping.ts';
import type { EngineCalls, HostCalls, StartOptions } from '../threads/calls.ts';
import { createLink, type Link } from '../threads/port.ts';

export type EngineThreadOptions = {
  /** The built worker file. */
  readonly file: string;
  readonly start: StartOptions;
  readonly vault: Vault;
  readonly onChange: (change: Change) => void;
  /** A new thread runs: what a window shows may be stale. `why` when the engine itself wanted it; otherwise the old one died. */
  readonly onRestarted: (why?: RestartReason) => void;
  readonly log: Log;
};

export type EngineThread = {
  /** Answers `busy` while the engine is being started again. */
  readonly dispatch: Dispatch;
  exportFile(id: string): Promise<{ readonly path: string; readonly fileName: string } | undefined>;
  suspend(): void;
  wake(): void;
  /** A clean stop, given up after `ms`. Harmless when called twice. */
  stop(ms: number): Promise<void>;
};

type Running = { readonly worker: Worker; readonly link: Link<EngineCalls>; readonly startedAt: number };

/** Waits between two tries to start a dead engine again, in ms; the last one repeats. */
const WAITS = [500, 2_000, 10_000, 60_000];
/** An engine that ran this long, in ms, was healthy: the waits begin anew. */
const HEALTHY = 120_000;
/** How long an engine that is started again may take to stop, in ms. */
const STOP_TIME = 5_000;

/**
 * Runs the engine in a thread of its own and starts it again should it die. Rejects with the engine's
 * own failure when the first start does not succeed.
 */
export async function startEngineThread(options: EngineThreadOptions): Promise<EngineThread> {
  let running: Running | undefined;
  let stopping: Promise<void> | undefined;
  let deaths = 0;
  let timer: NodeJS.Timeout | undefined;
  let restarting: Promise<void> = Promise.resolve();

  const open = async () => {
    let wanted: RestartReason | undefined;
    const one = spawn(
      options,
      (why) => {
        if (running?.worker === one.worker) restart(why);
        else wanted ??= why;
      },
      (why) => {
        if (running?.worker !== one.worker) return;
        running = undefined;
        if (stopping === undefined) again(why, one.startedAt);
      },
    );
    try {
      await one.link.call('start', options.start);
    } catch (cause) {
      await one.worker.terminate();
      throw cause;
    }
    running = one;
    // wished for while it started
    if (wanted !== undefined) restart(wanted);
  };
  const again = (why: string, startedAt: number) => {
    deaths = performance.now() - startedAt > HEALTHY ? 0 : deaths;
    const wait = WAITS[Math.min(deaths, WAITS.length - 1)];
    deaths += 1;
    options.log.error('engine.died', { why, deaths, againInMs: wait });
    timer = setTimeout(() => {
      if (stopping === undefined)
        open().then(
          () => options.onRestarted(),
          (cause: unknown) => again(textOf(cause), performance.now()),
        );
    }, wait);
  };
  /** A clean stop and a new start, as the engine wished. One that cannot start is tried again like one that died. */
  function restart(why: RestartReason): void {
    const last = running;
    if (last === undefined || stopping !== undefined) return;
    running = undefined;
    options.log.info('engine.restarting', { why });
    restarting = (async () => {
      const clean = await within(STOP_TIME, last.link.call('stop')).catch(() => false);
      if (!clean) options.log.warn('engine.stop.late', { ms: STOP_TIME });
      last.link.close(fail('busy', RESTARTING, { retry: true, afterMs: 2000 }).error);
      await last.worker.terminate();
      if (stopping === undefined) await open().then(() => options.onRestarted(why));
    })().catch((cause: unknown) => again(textOf(cause), performance.now()));
  }
  await open();

  return {
    async dispatch(name, input) {
      if (running !== undefined) return running.link.call('request', name, input).catch(asFailure);
      return stopping ? fail('shutting_down', 'Tickline is closing.') : fail('busy', RESTARTING, { retry: true, afterMs: 2000 });
    },
    exportFile: async (id) => running?.link.call('exportFile', id),
    suspend: () => running?.link.tell('suspend'),
    wake: () => running?.link.tell('wake'),
    stop(ms) {
      stopping ??= (async () => {
        clearTimeout(timer);
        const last = running;
        if (last === undefined) return void (await within(ms, restarting));
        const clean = await within(ms, last.link.call('stop')).catch(() => false);
        if (!clean) options.log.warn('engine.stop.late', { ms });
        last.link.close();
        await last.worker.terminate();
      })();
      return stopping;
    },
  };
}

const RESTARTING = 'The engine of Tickline stopped and is being started again. Please try again in a moment.';

function spawn(
  { file, vault, onChange, log }: EngineThreadOptions,
  onRestart: (why: RestartReason) => void,
  onDeath: (why: string) => void,
): Running {
  const worker = new Worker(file, { name: 'engine' });
  const host: HostCalls = {
    change: onChange,
    restart: onRestart,
    vaultDescribe: () => vault.describe(),
    vaultPut: (slot, value) => vault.put(slot, value),
    vaultGet: (slot) => vault.get(slot),
    vaultList: (account) => vault.list(account),
    vaultRemoveAccount: (account) => vault.removeAccount(account),
  };
  const link = createLink<EngineCalls>(worker, host, (cause) => log.error('engine.link.broke', { cause: textOf(cause) }));
  let why = 'it ended by itself';
  worker.on('error', (cause) => {
    why = textOf(cause);
  });
  worker.on('exit', () => {
    link.close(fail('busy', RESTARTING, { retry: true, afterMs: 2000, detail: why }).error);
    onDeath(why);
  });
  return { worker, link, startedAt: performance.now() };
}

/** A link that closed under a request is an answer too; a bug of ours stays one. */
function asFailure(cause: unknown): { readonly ok: false; readonly error: Failure } {
  if (cause instanceof FailureError) return { ok: false, error: cause.failure };
  throw cause;
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}
