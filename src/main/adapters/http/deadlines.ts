/**
 * Time limits for senders that have begun to speak, and for those alone. Node's own limits also hang up on
 * connections that are still silent, with an unasked-for 408; but a tunnel opens its connections beforehand
 * and keeps them for the webhooks to come. Each that is hung up on is a moment in which a webhook is lost.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** All in milliseconds. */
export type Deadlines = {
  /** From the first byte to the end of the headers. */
  readonly headers: number;
  /** From the first byte to the end of the body. */
  readonly request: number;
  /** How long a connection may stay silent while there is room for others, and when there is little. */
  readonly silent: number;
  readonly silentWhenCrowded: number;
  readonly checkEvery: number;
};

type Sender = {
  /** How much it had sent when it was last seen to be silent. */
  quietBytes: number;
  quietSince: number;
  /** When it was first seen to speak since. */
  begunAt: number | undefined;
  request: IncomingMessage | undefined;
  response: ServerResponse | undefined;
};

const TOO_SLOW = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';

/** In connections: from how many on there is little room, and none for those who make no haste. */
export type Crowding = { readonly crowded: number; readonly full: number };

/** Nobody who began to speak this recently, in ms, has to make room: honest senders are done by then. */
const YOUNG_MS = 100;

/** Watches `server` until it closes. */
export function watchDeadlines(server: Server, limits: Deadlines, { crowded, full }: Crowding): void {
  server.headersTimeout = 0;
  server.requestTimeout = 0;
  const senders = new Map<Socket, Sender>();

  server.on('connection', (socket) => {
    if (senders.size >= full) makeRoom();
    senders.set(socket, { quietBytes: 0, quietSince: performance.now(), begunAt: undefined, request: undefined, response: undefined });
    socket.once('close', () => senders.delete(socket));
  });
  // turned away by the system of the server, before there is a connection
  server.on('drop', makeRoom);
  server.prependListener('request', (request, response) => {
    const sender = senders.get(request.socket);
    if (sender === undefined) return;
    sender.begunAt ??= performance.now();
    sender.request = request;
    sender.response = response;
  });

  const timer = setInterval(() => {
    const now = performance.now();
    for (const [socket, sender] of senders) if (isTooSlow(socket, sender, now)) hangUp(socket);
    if (senders.size >= full) makeRoom();
  }, limits.checkEvery);
  timer.unref();
  server.once('close', () => clearInterval(timer));

  function isTooSlow(socket: Socket, sender: Sender, now: number): boolean {
    if (sender.request !== undefined && sender.begunAt !== undefined) {
      // Heard to the end: what takes time now is our own work.
      if (!sender.request.complete) return now - sender.begunAt > limits.request;
      if (sender.response?.writableFinished !== true) return false;
      sender.request = sender.response = undefined;
      rest(socket, sender, now);
    }
    if (socket.bytesRead > sender.quietBytes) {
      sender.begunAt ??= now;
      return now - sender.begunAt > limits.headers;
    }
    return now - sender.quietSince > (senders.size >= crowded ? limits.silentWhenCrowded : limits.silent);
  }

  /** Those who have been speaking for longest without coming to an end go; a thousand who dribble then keep nobody out. */
  function makeRoom(): void {
    const latest = performance.now() - YOUNG_MS;
    const slow: [since: number, socket: Socket][] = [];
    for (const [socket, sender] of senders) {
      const speaks = sender.request === undefined ? socket.bytesRead > sender.quietBytes : !sender.request.complete;
      const since = sender.begunAt ?? sender.quietSince;
      if (speaks && since < latest) slow.push([since, socket]);
    }
    slow.sort(([a], [b]) => a - b);
    for (const [, socket] of slow.slice(0, senders.size - full + 1)) {
      senders.delete(socket);
      socket.destroy();
    }
  }

  function rest(socket: Socket, sender: Sender, now: number): void {
    sender.quietBytes = socket.bytesRead;
    sender.quietSince = now;
    sender.begunAt = undefined;
  }

  function hangUp(socket: Socket): void {
    if (socket.writable) socket.write(TOO_SLOW);
    socket.destroySoon();
  }
}
