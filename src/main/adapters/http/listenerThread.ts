/** Starts the listener's thread and speaks with it. */
import { Worker } from 'node:worker_threads';
import type { KeptAll, ListenerDeps, ListenerHandle } from '../../core/ports/listener.ts';
import type { ToListener } from '../../threads/listener.ts';
import { type ToEngine, unpack } from './parcels.ts';

/** Rejects like `listen` when the port cannot be had. `file` is the thread's own program. */
export async function startListenerThread(file: string, port: number, deps: ListenerDeps): Promise<ListenerHandle> {
  const worker = new Worker(file, { workerData: { port }, name: 'listener' });
  const tell = (message: ToListener) => worker.postMessage(message);
  let closed: Promise<void> | undefined;
  let ended = false;
  let onClosed = () => {};

  const listening = new Promise<number>((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the listener ended before it listened')));
    worker.on('message', (message: ToEngine) => {
      switch (message.kind) {
        case 'listening':
          return resolve(message.port);
        case 'failed':
          return reject(Object.assign(new Error(message.words), { code: message.code }));
        case 'parcel':
          return void deps.keep(unpack(message.parcel)).then(
            (result: KeptAll) => tell({ kind: 'kept', number: message.parcel.number, result }),
            // whoever sends comes again
            () => tell({ kind: 'kept', number: message.parcel.number, result: 'storage' }),
          );
        case 'nonce':
          return tell({ kind: 'answer', id: message.id, words: deps.answerTo(message.nonce) });
        case 'rejected':
          return deps.onRejected(message.count);
        case 'closed':
          return onClosed();
      }
    });
  });
  let actual: number;
  try {
    actual = await listening;
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  let dead: string | undefined;
  worker.on('error', (error) => {
    dead = String(error);
  });
  worker.once('exit', () => {
    ended = true;
    if (closed === undefined) deps.onDeath(dead ?? 'it ended without a word');
    onClosed();
  });

  return {
    port: actual,
    url: `http://127.0.0.1:${actual}`,
    setDoors: (doors) => tell({ kind: 'doors', doors }),
    close() {
      closed ??= (async () => {
        if (ended) return;
        await new Promise<void>((resolve) => {
          onClosed = resolve;
          tell({ kind: 'close' });
        });
        await worker.terminate();
      })();
      return closed;
    },
  };
}
