/**
 * localtunnel 2.0.2 with the safety it lacks: an end to trying, a listener for its errors as long as it
 * lives, no reconnecting at full speed, and a word when its last connection is gone. Its registration is
 * replaced by ours (registration.ts); the piping of requests is the library's. `local_host` stays unset,
 * because with it the library corrupts bodies.
 *
 * Both the public server and everyone between it and this computer can read what passes: the inner leg is plain TCP.
 */
import type { Socket } from 'node:net';
import LibraryTunnel from 'localtunnel/lib/Tunnel.js';
import { FailureError, fail } from '../../core/domain/failure.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Tunnel, TunnelHandle, TunnelRequest } from '../../core/ports/tunnel.ts';
import { type AddressOf, AddressRefused, addressByCheckedLookup } from '../net/lookup.ts';
import { type Registration, register } from './registration.ts';

export type LocaltunnelOptions = {
  /** The server, e.g. `https://localtunnel.me`. */
  readonly host: string;
  readonly clock: Clock;
  readonly fetch: typeof fetch;
  /** The address that a server's name leads to, checked. The library would look it up itself, unchecked. */
  readonly addressOf?: AddressOf;
};

/** The server frees a name about one second after the last connection has closed. */
const REOPEN_AFTER_MS = 1_500;
/** A server may close all connections and take new ones at once; only when none came back is it trouble. */
const TROUBLE_AFTER_MS = 500;
/** The system's default would notice a forgotten connection after two hours. */
const KEEP_ALIVE_MS = 30_000;
/** A connection that carried nothing and died this young was refused, in effect. */
const YOUNG_MS = 1_000;
const LONGEST_RECONNECT_MS = 10_000;

export function createLocaltunnel(options: LocaltunnelOptions): Tunnel {
  return { kind: 'localtunnel', open: (request) => openTunnel(options, request) };
}

async function openTunnel(options: LocaltunnelOptions, request: TunnelRequest): Promise<TunnelHandle> {
  const ending = new AbortController();
  const abort = () => ending.abort(new FailureError(fail('shutting_down', 'Opening the tunnel was given up.').error));
  if (request.signal.aborted) abort();
  request.signal.addEventListener('abort', abort, { once: true });
  let stage = 'The tunnel service did not answer';
  const cancelDeadline = options.clock.after(request.deadlineMs, () => {
    const words = `${stage} within ${Math.round(request.deadlineMs / 1000)} seconds.`;
    ending.abort(new FailureError(fail('provider_unreachable', words, { retry: true }).error));
  });
  try {
    ending.signal.throwIfAborted();
    const host = options.host.replace(/\/+$/, '');
    const registration = await orAbort(register(host, request.name, options.fetch, ending.signal), ending.signal);
    const dataIp = registration.dataIp ?? (await orAbort(checkedAddress(registration.dataHost, options.addressOf), ending.signal));
    stage = `The tunnel service gave an address, but its port ${registration.dataPort} could not be reached`;
    const body = establish(host, { ...registration, dataIp }, request.port, options.clock);
    try {
      await orAbort(body.firstConnection, ending.signal);
    } catch (cause) {
      await body.handle.close();
      throw cause;
    }
    return body.handle;
  } finally {
    cancelDeadline();
    request.signal.removeEventListener('abort', abort);
  }
}

/** Where the data connections go to: a number, because between two look-ups a name may come to mean something else. */
async function checkedAddress(host: string, addressOf: AddressOf = addressByCheckedLookup): Promise<string> {
  try {
    return await addressOf(host);
  } catch (cause) {
    const refused = cause instanceof AddressRefused;
    const words = refused
      ? 'The name of the tunnel service leads to a place inside a network instead of the internet. A server of your own is entered by its number.'
      : 'The tunnel service cannot be reached.';
    throw new FailureError(fail('provider_unreachable', words, { retry: true, ...(refused ? { detail: cause.code } : {}) }).error);
  }
}

/** `work`, or the signal's reason as soon as it aborts, whether or not `work` ever ends. */
function orAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason);
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}

/** The library's client without its endless registration: it is handed one that was made already. */
class RegisteredTunnel extends LibraryTunnel {
  readonly #registration: Registration;
  readonly #localPort: number;

  constructor(host: string, registration: Registration, localPort: number) {
    super({ host, port: localPort });
    this.#registration = registration;
    this.#localPort = localPort;
  }

  override _init(callback: Parameters<LibraryTunnel['_init']>[0]): void {
    const { name, url, connections, dataHost, dataIp, dataPort } = this.#registration;
    callback(null, {
      name,
      url,
      max_conn: connections,
      remote_host: dataHost,
      remote_ip: dataIp,
      remote_port: dataPort,
      local_port: this.#localPort,
    });
  }
}

type Established = { readonly handle: TunnelHandle; readonly firstConnection: Promise<void> };

function establish(host: string, registration: Registration, localPort: number, clock: Clock): Established {
  const client = new RegisteredTunnel(host, registration, localPort);
  const open = new Set<Socket>();
  const timers = new Set<() => void>();
  let refused = 0;
  let youngDeaths = 0;
  let listener: ((words: string) => void) | undefined;
  let trouble: string | undefined;

  const later = (ms: number, task: () => void) => {
    const cancel = clock.after(ms, () => {
      timers.delete(cancel);
      task();
    });
    timers.add(cancel);
  };

  const sayTrouble = () => {
    if (open.size > 0 || client.closed) return;
    trouble = 'All connections to the tunnel service are closed.';
    listener?.(trouble);
  };

  const firstConnection = new Promise<void>((resolve, reject) => {
    // stays attached for good: an error event that nobody hears would end the process
    client.on('error', () => {
      refused += 1;
      if (open.size === 0 && refused >= registration.connections) {
        reject(new FailureError(refusedPort(registration.dataPort)));
        later(TROUBLE_AFTER_MS, sayTrouble);
      }
    });
    client.open((error) => (error ? reject(error) : undefined));
    client.tunnelCluster.on('open', (socket) => {
      resolve();
      follow(socket);
    });
  });
  firstConnection.catch(() => undefined);

  function follow(socket: Socket): void {
    if (client.closed) return;
    const bornAt = clock.monotonic();
    open.add(socket);
    trouble = undefined;
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.once('close', () => {
      open.delete(socket);
      const young = socket.bytesRead === 0 && clock.monotonic() - bornAt < YOUNG_MS;
      youngDeaths = young ? youngDeaths + 1 : 0;
      if (open.size === 0 && !client.closed) later(TROUBLE_AFTER_MS, sayTrouble);
    });
  }

  // the library opens a new connection at once for each that ends, over a thousand times a second if the server keeps closing them
  const openNow = client.tunnelCluster.open.bind(client.tunnelCluster);
  client.tunnelCluster.open = () => {
    if (client.closed) return;
    if (youngDeaths === 0) openNow();
    else later(Math.min(LONGEST_RECONNECT_MS, 50 * 2 ** Math.min(youngDeaths, 10)), openNow);
  };

  async function close(): Promise<void> {
    if (client.closed) return;
    client.close();
    for (const cancel of timers) cancel();
    timers.clear();
    await Promise.all([...open].map((socket) => new Promise<void>((resolve) => (socket.closed ? resolve() : socket.once('close', () => resolve())))));
  }

  const handle: TunnelHandle = {
    url: registration.url,
    reopenAfterMs: REOPEN_AFTER_MS,
    onTrouble(hear) {
      listener = hear;
      if (trouble !== undefined) hear(trouble);
    },
    close,
  };
  return { handle, firstConnection };
}

function refusedPort(port: number) {
  const words = `The tunnel service gave an address, but refused connections at its port ${port}. A firewall may let only web traffic through.`;
  return fail('provider_unreachable', words, { retry: true }).error;
}
