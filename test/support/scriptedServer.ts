/** A real HTTP server on loopback that plays the far end of the network, as a test scripts it. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Heard = {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
};

/** What to answer: a value, or a function that does as it likes with the socket. */
export type Script =
  | { readonly status?: number; readonly headers?: Readonly<Record<string, string>>; readonly json?: unknown; readonly text?: string }
  | ((response: ServerResponse, request: IncomingMessage, heard: Heard) => void);

export interface ScriptedServer {
  readonly url: string;
  /** Everything asked so far, oldest first. */
  readonly heard: readonly Heard[];
  /** Answers `METHOD /path` (query left out) from now on; the latest script for it holds. */
  on(route: string, script: Script): void;
  close(): Promise<void>;
}

/** Everything not scripted is answered with 404 and an error as JSON. */
export async function startScriptedServer(): Promise<ScriptedServer> {
  const heard: Heard[] = [];
  const scripts = new Map<string, Script>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const one: Heard = { method, url, headers, body: Buffer.concat(chunks).toString() };
      heard.push(one);
      play(scripts.get(`${method} ${url.split('?')[0]}`) ?? { status: 404, json: { success: false, message: 'Not found' } }, response, request, one);
    });
  });
  server.keepAliveTimeout = 100;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    heard,
    on: (route, script) => {
      scripts.set(route, script);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function play(script: Script, response: ServerResponse, request: IncomingMessage, heard: Heard): void {
  if (typeof script === 'function') {
    script(response, request, heard);
    return;
  }
  const { status = 200, headers = {}, json, text } = script;
  response.writeHead(status, { 'content-type': json === undefined ? 'text/html' : 'application/json', ...headers });
  response.end(json === undefined ? (text ?? '') : JSON.stringify(json));
}
