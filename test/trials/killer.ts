/**
 * Kills from a thread of its own. Timed by the client's own event loop, the kill would always fall between
 * two rounds of answers, and never into the moment at which a careless listener had thanked too early.
 */
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

type Order = { readonly pid: number; readonly afterMs: number };

export type Killer = {
  /** Sends SIGKILL after `afterMs` (a fraction counts). */
  kill(pid: number, afterMs: number): void;
  close(): Promise<void>;
};

export function startKiller(): Killer {
  const worker = new Worker(new URL(import.meta.url));
  return {
    kill: (pid, afterMs) => worker.postMessage({ pid, afterMs } satisfies Order),
    close: async () => void (await worker.terminate()),
  };
}

if (!isMainThread && parentPort !== null) {
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  parentPort.on('message', ({ pid, afterMs }: Order) => {
    Atomics.wait(sleeper, 0, 0, afterMs);
    process.kill(pid, 'SIGKILL');
  });
}
