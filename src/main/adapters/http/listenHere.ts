/** The listener in the engine's own thread; the same rules, for tests and small machines. */
import { createDoors, createGate, createReceiver } from '../../core/ingest/receive.ts';
import type { ListenerDeps, ListenerHandle } from '../../core/ports/listener.ts';
import type { Log } from '../../core/ports/log.ts';
import type { Provider, ProviderKey } from '../../core/ports/provider.ts';
import { listen } from './listen.ts';

export async function listenHere(
  options: { port: number; now: () => number; log: Log; providers: ReadonlyMap<ProviderKey, Provider> },
  deps: ListenerDeps,
): Promise<ListenerHandle> {
  const doors = createDoors(options.providers);
  const receive = createReceiver({ doors, keep: (entry) => deps.keep([entry]), now: options.now, onReject: () => deps.onRejected(1) });
  const listener = await listen({
    port: options.port,
    receive,
    answerTo: async (nonce) => deps.answerTo(nonce),
    log: options.log,
    gate: createGate({ doors, onReject: () => deps.onRejected(1) }),
    onRefused: () => deps.onRejected(1),
  });
  return { port: listener.port, url: listener.url, setDoors: doors.setAll, close: () => listener.close() };
}
