/**
 * The webhook listener: node:http on 127.0.0.1, its own port, nothing but webhook paths. Reads at most
 * our limit, keeps the exact bytes, and hands a plain value to `receive`.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Answer, Receiver } from '../../core/ingest/receive.ts';
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
  /** Counts what was refused before it reached `receive`. */
  readonly onRefused?: (why: 'too-large' | 'unknown-path') => void;
};

/** Starts listening; rejects when the port is taken. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const server = createServer(
    {
      maxHeaderSize: LIMITS.headerBytes,
      keepAliveTimeout: LIMITS.keepAlive,
      noDelay: true,
    },
    (request, response) => handle(options, request, response),
  );
  server.maxHeadersCount = LIMITS.headers;
  server.maxConnections = LIMITS.sockets;
  const { headersTimeout: headers, requestTimeout: request, silent, keepAlive: silentWhenCrowded, checkEvery } = LIMITS;
  watchDeadlines(server, { headers, request, silent, silentWhenCrowded, checkEvery }, LIMITS.sockets / 2);
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    else socket.destroy();
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

function handle(options: ListenOptions, request: IncomingMessage, response: ServerResponse): void {
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
  if (Number(request.headers['content-length'] ?? 0) > LIMITS.body) return refuseBody(options, request, response);
  const pathSecret = match[1] as string;
  const query = match[2] ?? '';
  let chunks: Buffer | Buffer[] | undefined;
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > LIMITS.body) {
      request.removeAllListeners('data');
      request.removeAllListeners('end');
      return refuseBody(options, request, response);
    }
    // Nearly every webhook comes in one piece, and then nothing is copied.
    if (chunks === undefined) chunks = chunk;
    else if (Array.isArray(chunks)) chunks.push(chunk);
    else chunks = [chunks, chunk];
  });
  request.on('end', () => {
    const body = chunks === undefined ? EMPTY : Array.isArray(chunks) ? Buffer.concat(chunks, size) : chunks;
    const answer = options.receive({
      method: request.method ?? '',
      headers: request.headers as Record<string, string | undefined>,
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

const EMPTY = Buffer.alloc(0);

const TOO_LARGE = 'HTTP/1.1 413 Payload Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';
/** How long a sender has to read that its body is too large. */
const LAST_WORD_MS = 1_000;

/**
 * Over the limit: said at once, and the rest of the body is not read. A socket that is closed with something
 * unread in it takes our answer along, so it is only ended first, which `response` cannot do.
 */
function refuseBody(options: ListenOptions, request: IncomingMessage, response: ServerResponse): void {
  options.onRefused?.('too-large');
  request.pause();
  const { socket } = response;
  // It has none while an earlier answer on this connection is still to come; that one may have a body of this size in its way.
  if (socket === null) return void request.destroy();
  socket.end(TOO_LARGE);
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
