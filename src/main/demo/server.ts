/** The demo shop's door: node:http on loopback, JSON in, JSON out. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Clock } from '../core/ports/clock.ts';
import type { Log } from '../core/ports/log.ts';
import { type Answer, refuse } from './answers.ts';
import type { Api } from './api.ts';

const HOST = '127.0.0.1';
const BASE = '/api';
const MOST_BYTES = 1_048_576;

export interface ShopServer {
  /** Resolves to the port once it listens; rejects when `port` cannot be had. */
  open(port: number): Promise<number>;
  /** Harmless when called twice. */
  close(): Promise<void>;
}

export function createShopServer(parts: { readonly clock: Clock; readonly log: Log; readonly api: Api }): ShopServer {
  const server = createServer((request, response) => {
    void serve(request).then(
      (answer) => write(response, answer),
      (error: unknown) => {
        parts.log.error('demo.request.broken', { why: error instanceof Error ? error.message : 'unknown' });
        write(response, refuse(500, 'Server Error'));
      },
    );
  });

  async function serve(request: IncomingMessage): Promise<Answer> {
    const url = new URL(request.url ?? '/', `http://${HOST}`);
    const text = await readBody(request);
    if (text === undefined) return refuse(413, 'The request is too large.');
    if (!url.pathname.startsWith(`${BASE}/`)) return refuse(404, 'Not found.');
    const body = parseJson(text);
    if (!body.ok) return refuse(400, 'The body is not JSON.');
    const token = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    return parts.api.answer({
      method: request.method ?? 'GET',
      path: url.pathname.slice(BASE.length),
      query: url.searchParams,
      token,
      body: body.value,
    });
  }

  function write(response: ServerResponse, answer: Answer): void {
    if (response.destroyed) return;
    const text = answer.body === undefined ? '' : typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
    // The shop's own clock, which need not be the computer's.
    response.sendDate = false;
    response.writeHead(answer.status, { 'Content-Type': 'application/json', Date: new Date(parts.clock.now()).toUTCString(), ...answer.headers });
    response.end(text);
  }

  return {
    open: (port) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, HOST, () => {
          server.removeListener('error', reject);
          const address = server.address();
          if (address === null || typeof address === 'string') reject(new Error('the demo shop has no port'));
          else resolve(address.port);
        });
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const piece: unknown = chunk;
    if (!Buffer.isBuffer(piece)) continue;
    bytes += piece.length;
    if (bytes <= MOST_BYTES) chunks.push(piece);
  }
  return bytes > MOST_BYTES ? undefined : Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): { readonly ok: true; readonly value: unknown } | { readonly ok: false } {
  if (text.trim() === '') return { ok: true, value: undefined };
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false };
  }
}
