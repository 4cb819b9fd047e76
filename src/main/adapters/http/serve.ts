import { createReadStream } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { Change } from '../../../shared/contract/changes.ts';
import { type Failure, type FailureCode, fail } from '../../core/domain/failure.ts';
import type { Log } from '../../core/ports/log.ts';
import type { Dispatch } from '../../dispatch.ts';
import { type Page, pageHeaders } from '../../page.ts';
import { openChangesSocket } from './changesSocket.ts';
import { connectSources, createGuard, type Guard, hostIsOurs, originIsOurs } from './guard.ts';

/** The largest request body, in bytes. */
const LARGEST_INPUT = 1024 * 1024;

export type ServeOptions = {
  readonly dispatch: Dispatch;
  readonly changes: { subscribe(listener: (change: Change) => void): () => void };
  /** What a page or a script must show with every request. */
  readonly token: string;
  readonly page: Page;
  readonly exportFile: (id: string) => { readonly path: string; readonly fileName: string } | undefined;
  /** 0 for any free one. */
  readonly port: number;
  readonly log: Log;
};

export type Serving = { readonly port: number; readonly url: string; close(): Promise<void> };

/**
 * The browser way's bridge on 127.0.0.1: the page, `POST /rpc/<name>`, the WebSocket `/changes` and
 * `GET /exports/<id>`. The page itself is public (it holds nothing); all else needs the token.
 * Rejects when the port cannot be had.
 */
export async function createServe(options: ServeOptions): Promise<Serving> {
  const server = createServer({ maxHeaderSize: 16 * 1024 });
  server.headersTimeout = 5_000;
  server.requestTimeout = 30_000;
  server.maxConnections = 256;
  await listen(server, options.port);
  const { port } = server.address() as AddressInfo;
  const guard = createGuard(port, options.token);

  server.on('request', (request, response) => {
    answer(request, response, options, guard).catch((cause: unknown) => {
      // a caller that hung up in the middle is no fault of ours
      if (request.destroyed && !request.complete) return void response.destroy();
      options.log.error('serve.broke', { cause: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause) });
      if (!response.headersSent) sendFailure(response, fail('our_fault', 'Something went wrong inside Tickline.').error);
      else response.destroy();
    });
  });
  const socket = openChangesSocket({
    server,
    changes: options.changes,
    isAllowed: (request) => hostIsOurs(request, guard) && originIsOurs(request, guard),
    isToken: guard.isToken,
  });

  let closing: Promise<void> | undefined;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    close() {
      closing ??= new Promise((resolve) => {
        socket.close();
        server.close(() => resolve());
        server.closeAllConnections();
      });
      return closing;
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, options: ServeOptions, guard: Guard): Promise<void> {
  // another name that points to 127.0.0.1 is a page elsewhere trying to reach us (DNS rebinding)
  if (!hostIsOurs(request, guard)) return sendFailure(response, fail('unauthorized', 'This address is not served here.').error, 403);
  const path = (request.url ?? '/').split(/[?#]/, 1)[0] ?? '/';
  if (path.startsWith('/rpc/')) return answerRequest(request, response, path.slice('/rpc/'.length), options, guard);
  if (path.startsWith('/exports/')) return answerExport(request, response, path.slice('/exports/'.length), options, guard);
  return answerPage(request, response, path, options.page, guard);
}

async function answerPage(request: IncomingMessage, response: ServerResponse, path: string, page: Page, guard: Guard): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return sendFailure(response, fail('not_found', 'There is nothing at this address.').error, 405);
  const file = page.file(path);
  if (file === undefined) return sendFailure(response, fail('not_found', 'There is nothing at this address.').error, 404);
  response.writeHead(200, { ...pageHeaders(connectSources(guard)), 'content-type': file.type, 'content-length': file.body.byteLength });
  response.end(request.method === 'HEAD' ? undefined : file.body);
}

async function answerRequest(request: IncomingMessage, response: ServerResponse, name: string, options: ServeOptions, guard: Guard): Promise<void> {
  const refusal = refuse(request, guard);
  if (refusal !== undefined) return sendFailure(response, refusal);
  if (request.method !== 'POST') return sendFailure(response, fail('bad_input', 'Requests are made with POST.').error, 405);
  const body = await readBody(request);
  if (body === undefined)
    return sendFailure(response, fail('bad_input', 'The input is too large.', { detail: `input: at most ${LARGEST_INPUT} bytes` }).error, 413);
  const input = parseJson(body);
  if (!input.ok) return sendFailure(response, fail('bad_input', 'The input is not JSON.', { detail: 'input: expected JSON' }).error);
  const result = await options.dispatch(name, input.value);
  if (!result.ok) return sendFailure(response, result.error);
  sendJson(response, 200, { ok: true, value: result.value ?? null });
}

async function answerExport(request: IncomingMessage, response: ServerResponse, id: string, options: ServeOptions, guard: Guard): Promise<void> {
  const refusal = refuse(request, guard);
  if (refusal !== undefined) return sendFailure(response, refusal);
  const file = request.method === 'GET' ? options.exportFile(id) : undefined;
  if (file === undefined)
    return sendFailure(response, fail('not_found', 'There is no such export. It may have been cancelled or removed.').error, 404);
  const stream = createReadStream(file.path);
  const opened = await new Promise<boolean>((resolve) => stream.once('open', () => resolve(true)).once('error', () => resolve(false)));
  if (!opened) return sendFailure(response, fail('not_found', 'The file of this export is gone. Please export again.').error, 404);
  response.writeHead(200, {
    'content-type': file.fileName.endsWith('.csv') ? 'text/csv; charset=utf-8' : 'application/x-ndjson; charset=utf-8',
    'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(file.fileName)}`,
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  });
  // a reader that goes away in the middle is its own business
  await pipeline(stream, response).catch(() => undefined);
}

function refuse(request: IncomingMessage, guard: Guard): Failure | undefined {
  const [, token] = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (token === undefined || !guard.isToken(token)) {
    return fail('unauthorized', 'This needs the token that Tickline printed when it started.').error;
  }
  return originIsOurs(request, guard) ? undefined : fail('unauthorized', 'Another page may not ask this.', { detail: 'Origin' }).error;
}

/** The whole body as text, or `undefined` once it proves larger than we take. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > LARGEST_INPUT) return undefined;
  const parts: Buffer[] = [];
  let size = 0;
  // leaving the loop early must not close the connection: the refusal still has to go out on it
  for await (const part of request.iterator({ destroyOnReturn: false })) {
    size += part.length;
    if (size > LARGEST_INPUT) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function parseJson(text: string): { ok: true; value: unknown } | { ok: false } {
  try {
    return { ok: true, value: text.trim() === '' ? undefined : JSON.parse(text) };
  } catch {
    return { ok: false };
  }
}

/** All other failures were understood and answered with 200: that the answer is "no" stands in the body. */
const HTTP_STATUS: Partial<Readonly<Record<FailureCode, number>>> = { bad_input: 400, unauthorized: 401, unknown_request: 404, our_fault: 500 };

function sendFailure(response: ServerResponse, error: Failure, status = HTTP_STATUS[error.code] ?? 200): void {
  sendJson(response, status, { ok: false, error });
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(JSON.stringify(value));
  // after a refusal the rest of a body may still be on its way: do not wait for it
  const unread = status >= 400 ? { connection: 'close' } : {};
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': body.byteLength,
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    ...unread,
  });
  response.end(body);
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}
