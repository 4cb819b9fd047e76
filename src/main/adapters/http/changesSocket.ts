import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Change } from '../../../shared/contract/changes.ts';

/** How much may wait for a slow page, in bytes, before it is cut off and has to ask afresh. */
const LARGEST_BACKLOG = 4 * 1024 * 1024;
/** WebSocket close code 1013, "try again later": the page reconnects and asks for a new snapshot. */
const TRY_AGAIN = 1013;
const GOING_AWAY = 1001;

export type ChangesSocketOptions = {
  readonly server: Server;
  readonly changes: { subscribe(listener: (change: Change) => void): () => void };
  readonly isAllowed: (request: IncomingMessage) => boolean;
  readonly isToken: (text: string) => boolean;
};

/**
 * `/changes`: every change as one JSON frame `{name, value}`. A browser cannot set headers here, so the
 * token comes as a second subprotocol: `['tickline', 'token.…']`. What a page sends is not read.
 */
export function openChangesSocket(options: ChangesSocketOptions): { close(): void } {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1024, handleProtocols: () => 'tickline', perMessageDeflate: false });
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refusal = refuse(request, options);
    if (refusal !== undefined) {
      socket.on('error', () => socket.destroy());
      socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (page) => page.on('error', () => page.terminate()));
  };
  options.server.on('upgrade', onUpgrade);

  const unsubscribe = options.changes.subscribe((change) => {
    if (sockets.clients.size === 0) return;
    const frame = JSON.stringify(change);
    for (const page of sockets.clients) send(page, frame);
  });

  return {
    close() {
      unsubscribe();
      options.server.off('upgrade', onUpgrade);
      for (const page of sockets.clients) {
        page.close(GOING_AWAY);
        page.terminate();
      }
      sockets.close();
    },
  };
}

function send(page: WebSocket, frame: string): void {
  if (page.readyState !== page.OPEN) return;
  if (page.bufferedAmount <= LARGEST_BACKLOG) {
    page.send(frame);
    return;
  }
  // the close frame would wait behind the backlog, which is what must go
  page.close(TRY_AGAIN, 'too slow');
  page.terminate();
}

function refuse(request: IncomingMessage, { isAllowed, isToken }: ChangesSocketOptions): string | undefined {
  if (request.url?.split('?', 1)[0] !== '/changes') return '404 Not Found';
  if (!isAllowed(request)) return '403 Forbidden';
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  const token = offered.find((name) => name.startsWith('token.'))?.slice('token.'.length);
  return offered.includes('tickline') && token !== undefined && isToken(token) ? undefined : '401 Unauthorized';
}
