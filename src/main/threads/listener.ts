/**
 * The listener's own thread: sockets, signatures and masking here, commits in the engine's thread, so that
 * neither waits for the other and a flood of bad requests costs the engine nothing.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { type Listener, listen } from '../adapters/http/listen.ts';
import { pack, type ToEngine } from '../adapters/http/parcels.ts';
import { createLineLog, writeToStderr } from '../adapters/log/lines.ts';
import { createProviders } from '../adapters/provider/all.ts';
import { QUEUE_LIMIT } from '../core/ingest/keep.ts';
import { createDoors, createGate, createReceiver } from '../core/ingest/receive.ts';
import type { DoorSpec, KeptAll } from '../core/ports/listener.ts';
import type { NewEntry } from '../core/ports/store.ts';

export type ToListener =
  | { readonly kind: 'doors'; readonly doors: readonly DoorSpec[] }
  | { readonly kind: 'kept'; readonly number: number; readonly result: KeptAll }
  | { readonly kind: 'answer'; readonly id: number; readonly words: string | undefined }
  | { readonly kind: 'close' };

const port = parentPort;
if (port === null) throw new Error('this file runs as a worker thread');
const tell = (message: ToEngine, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);

let secrets: readonly string[] = [];
const log = createLineLog({ now: Date.now, write: writeToStderr, knownSecrets: () => secrets });
const doors = createDoors(createProviders());

/** One parcel is being committed, the next waits at the engine's door: enough to keep it busy. */
const PARCELS_OUT = 2;
type Waiting = { readonly entry: NewEntry; readonly done: (result: KeptAll) => void };
let gathering: Waiting[] = [];
let scheduled = false;
let numbers = 0;
const out = new Map<number, readonly Waiting[]>();

function keep(entry: NewEntry): Promise<KeptAll> {
  if (gathering.length >= QUEUE_LIMIT) return Promise.resolve('full');
  return new Promise((done) => {
    gathering.push({ entry, done });
    if (scheduled || out.size >= PARCELS_OUT) return;
    scheduled = true;
    setImmediate(send);
  });
}

/** Everything that arrived while the engine was busy shares its next commit. */
function send(): void {
  scheduled = false;
  if (gathering.length === 0 || out.size >= PARCELS_OUT) return;
  const parcel = pack(
    ++numbers,
    gathering.map(({ entry }) => entry),
  );
  out.set(parcel.number, gathering);
  gathering = [];
  tell({ kind: 'parcel', parcel }, [parcel.bytes.buffer]);
}

let rejected = 0;
function reject(): void {
  if (rejected++ > 0) return;
  setTimeout(() => {
    tell({ kind: 'rejected', count: rejected });
    rejected = 0;
  }, 500).unref();
}

let asked = 0;
const asking = new Map<number, (words: string | undefined) => void>();
/** Whether the self-check is ours only the engine knows. */
function answerTo(nonce: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    asking.set(++asked, resolve);
    tell({ kind: 'nonce', id: asked, nonce });
  });
}

const receive = createReceiver({ doors, keep, now: Date.now, onReject: reject });

const listening: Promise<Listener | undefined> = listen({
  port: (workerData as { port: number }).port,
  receive,
  answerTo,
  log,
  gate: createGate({ doors, onReject: reject }),
  onRefused: reject,
}).then(
  (listener) => {
    tell({ kind: 'listening', port: listener.port });
    return listener;
  },
  (error: NodeJS.ErrnoException) => {
    tell({ kind: 'failed', words: String(error), code: error.code });
    return undefined;
  },
);

port.on('message', (message: ToListener) => {
  switch (message.kind) {
    case 'kept': {
      const parcel = out.get(message.number);
      out.delete(message.number);
      for (const { done } of parcel ?? []) done(message.result);
      return send();
    }
    case 'doors':
      secrets = message.doors.flatMap((door) => [door.pathSecret, ...Object.values(door.secrets).filter((secret) => secret !== undefined)]);
      return doors.setAll(message.doors);
    case 'answer': {
      asking.get(message.id)?.(message.words);
      asking.delete(message.id);
      return;
    }
    case 'close':
      return void listening.then(async (listener) => {
        await listener?.close();
        tell({ kind: 'closed' });
      });
  }
});
