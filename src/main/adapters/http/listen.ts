/**
 * The webhook listener: node:http on 127.0.0.1, its own port, nothing but webhook paths. Reads at most
 * our limit, keeps the exact bytes, and hands a plain value to `receive`.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Answer, Gate, Receiver } from '../../core/ingest/receive.ts';
import type { Log } from '../../core/ports/log.ts';
import { watchDeadlines } from './deadlines.ts';

export type Listener = {
  readonly port: number;
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Stops taking connections and waits, at most `graceMs`, for answers under way. */
  close(graceMs?: number): Promise<void>;
};

/** The receiver's rules: sizes in bytes, times in milliseconds. */
export const LIMITS = {
  body: 256 * 1024,
  headerBytes: 16 * 1024,
  headers: 64,
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAlive: 5_000,
  /** For connections that a tunnel holds ready. */
  silent: 600_000,
  checkEvery: 500,
  sockets: 256,
  /** So many of the sockets are kept free for whoever comes: the slowest speakers make room. */
  room: 64,
  /** A body up to here is always taken in; nobody's memory is filled by as many as there are sockets. */
  small: 32 * 1024,
  /** What all unfinished larger bodies may hold together: 64 of the largest. */
  held: 64 * 256 * 1024,
} as const;

const PATH = /^\/w\/([A-Za-z0-9_-]{16,128})(?:\?(.*))?$/;
const NONCE_PATH = /^\/n\/([A-Za-z0-9_-]{8,128})$/;

export type ListenOptions = {
  /** 0 for any free one. */
  readonly port: number;
  readonly receive: Receiver;
  /** The answer to an outstanding self-check, or undefined. */
  readonly answerTo: (nonce: string) => Promise<string | undefined>;
  readonly log: Log;
  /** Refuses large bodies unheard where their heads are reason enough. */
  readonly gate?: Gate;
  /** Counts what was refused before it reached `receive`. */
  readonly onRefused?: (why: 'too-large' | 'unknown-path' | 'too-much') => void;
};

/** Starts listening; rejects when the port is taken. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const hold: Hold = { bytes: 0 };
  const server = createServer(
    {
      maxHeaderSize: LIMITS.headerBytes,
      keepAliveTimeout: LIMITS.keepAlive,
      noDelay: true,
    },
    (request, response) => handle(options, hold, request, response),
  );
  server.maxHeadersCount = LIMITS.headers;
  server.maxConnections = LIMITS.sockets;
  const { headersTimeout: headers, requestTimeout: request, silent, keepAlive: silentWhenCrowded, checkEvery } = LIMITS;
  watchDeadlines(
    server,
    { headers, request, silent, silentWhenCrowded, checkEvery },
    { crowded: LIMITS.sockets / 2, full: LIMITS.sockets - LIMITS.room },
  );
  server.on('clientError', (_error, socket) => {
    if (!socket.writable) return void socket.destroy();
    // whatever else they send is not read any more
    socket.pause();
    socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    setTimeout(() => socket.destroy(), LAST_WORD_MS).unref();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', (error) => options.log.error('listener.error', { error: String(error) }));
  const { port } = server.address() as AddressInfo;
  return { port, url: `http://127.0.0.1:${port}`, close: (graceMs = 2_000) => close(server, graceMs) };
}

/** Bytes of larger bodies that are not complete yet. */
type Hold = { bytes: number };

function handle(options: ListenOptions, hold: Hold, request: IncomingMessage, response: ServerResponse): void {
  const url = request.url ?? '';
  const match = PATH.exec(url);
  if (match === null) {
    const nonce = request.method === 'GET' ? NONCE_PATH.exec(url)?.[1] : undefined;
    request.resume();
    if (nonce !== undefined)
      return void options.answerTo(nonce).then((words) => send(response, words === undefined ? { status: 404 } : { status: 200, body: words }, true));
    options.onRefused?.('unknown-path');
    return send(response, { status: 404 }, true);
  }
  const length = Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY);
  if (length > LIMITS.body && length !== Number.POSITIVE_INFINITY) return refuseBody(options, request, response);
  const pathSecret = match[1] as string;
  // Most bodies are small, and then one look is enough: when they are read.
  const refused =
    length > LIMITS.small && request.method === 'POST'
      ? options.gate?.({ method: request.method ?? '', headers: headersOf(request), pathSecret })
      : undefined;
  if (refused !== undefined) return refuseBody(options, request, response, REFUSALS[refused.status] ?? UNAUTHORIZED, false);
  const query = match[2] ?? '';
  let chunks: Buffer | Buffer[] | undefined;
  let size = 0;
  let held = 0;
  const letGo = () => {
    hold.bytes -= held;
    held = 0;
  };
  const giveUp = (words: string, why: 'too-large' | 'too-much') => {
    request.removeAllListeners('data');
    request.removeAllListeners('end');
    chunks = undefined;
    letGo();
    options.onRefused?.(why);
    refuseBody(options, request, response, words, false);
  };
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > LIMITS.body) return giveUp(TOO_LARGE, 'too-large');
    if (size > LIMITS.small) {
      if (held === 0) request.once('close', letGo);
      hold.bytes += size - held;
      held = size;
      if (hold.bytes > LIMITS.held) return giveUp(NOT_NOW, 'too-much');
    }
    // Nearly every webhook comes in one piece, and then nothing is copied.
    if (chunks === undefined) chunks = chunk;
    else if (Array.isArray(chunks)) chunks.push(chunk);
    else chunks = [chunks, chunk];
  });
  request.on('end', () => {
    letGo();
    const body = chunks === undefined ? EMPTY : Array.isArray(chunks) ? Buffer.concat(chunks, size) : chunks;
    const answer = options.receive({
      method: request.method ?? '',
      headers: headersOf(request),
      body,
      pathSecret,
      query,
    });
    if (answer instanceof Promise) {
      answer.then(
        (value) => send(response, value),
        (error: unknown) => {
          options.log.error('listener.receive-failed', { error: String(error) });
          send(response, { status: 503, retryAfterSeconds: 5 });
        },
      );
    } else send(response, answer);
  });
}

function headersOf(request: IncomingMessage): Record<string, string | undefined> {
  return request.headers as Record<string, string | undefined>;
}

const EMPTY = Buffer.alloc(0);

const NOT_FOUND = 'HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';
const UNAUTHORIZED = 'HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';
const NOT_NOW = 'HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 5\r\nContent-Length: 0\r\n\r\n';
const TOO_LARGE = 'HTTP/1.1 413 Payload Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';
/** The last word for each answer that the gate gives. */
const REFUSALS: Readonly<Record<number, string>> = { 404: NOT_FOUND, 503: NOT_NOW };
/** How long a sender has to read that its body is too large. */
const LAST_WORD_MS = 1_000;

/**
 * Over the limit: said at once, and the rest of the body is not read. A socket that is closed with something
 * unread in it takes our answer along, so it is only ended first, which `response` cannot do.
 */
function refuseBody(options: ListenOptions, request: IncomingMessage, response: ServerResponse, words = TOO_LARGE, counts = true): void {
  if (counts) options.onRefused?.('too-large');
  request.pause();
  // a request in the middle of handing over a piece asks its socket for more, now and in a moment
  request._read = () => undefined;
  process.nextTick(() => request.socket.pause());
  const { socket } = response;
  // It has none while an earlier answer on this connection is still to come; that one may have a body of this size in its way.
  if (socket === null) return void request.destroy();
  socket.end(words);
  setTimeout(() => socket.destroy(), LAST_WORD_MS).unref();
}

const EMPTY_HEADERS = { 'content-length': '0' };

function send(response: ServerResponse, answer: Answer, closing = false): void {
  if (response.headersSent || response.destroyed) return;
  // The self-check reads the clock of whoever stamped its answer, so ours must not stand there.
  response.sendDate = false;
  if (!closing && answer.body === undefined && answer.retryAfterSeconds === undefined) {
    response.writeHead(answer.status, EMPTY_HEADERS);
    response.end();
    return;
  }
  const body = answer.body ?? '';
  response.writeHead(answer.status, {
    'content-length': String(Buffer.byteLength(body)),
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
    ...(answer.retryAfterSeconds === undefined ? {} : { 'retry-after': String(answer.retryAfterSeconds) }),
    ...(closing ? { connection: 'close' } : {}),
  });
  response.end(body);
}

function close(server: Server, graceMs: number): Promise<void> {
  if (!server.listening) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
