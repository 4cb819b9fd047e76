/**
 * A localtunnel server on loopback with faults on request. It speaks the real protocol: `GET /{name}` or
 * `/?new` gives `{id, port, max_conn_count, url}`, the client connects to `port`, and each public request
 * goes down one of those connections. The address that it gives works without DNS, because each name has a
 * public port of its own; one shared entrance (`entrance`) chooses by the `Host` header like the real one.
 */
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';

/** What is wrong at the moment. Faults of `give` concern new tunnels, faults of `answer` the public side of all. */
export type TunnelFaults = {
  /** `other`: never the wanted name; `forbidden`: 403; `unavailable`: 503; `nonsense`: not JSON; `silent`: no answer. */
  readonly give: 'wanted' | 'other' | 'forbidden' | 'unavailable' | 'nonsense' | 'silent';
  /** What happens at the data port. `refused`: nothing listens; `dropped`: each connection is closed at once. */
  readonly data: 'accepted' | 'refused' | 'dropped';
  readonly answer: 'passed' | 'black-hole' | 'interstitial' | 'firewall' | 'stranger' | 'unavailable' | 'redirect';
};

export interface FakeTunnelServer {
  /** For the client's `host` option. */
  readonly host: string;
  /** Public side for all names, chosen by `Host: <name>.lt.test`. */
  readonly entrance: string;
  set(faults: Partial<TunnelFaults>): void;
  /** Everything that is open breaks, and whoever comes is cut off; tunnels are forgotten. */
  die(): void;
  comeBack(): void;
  /** Closes one tunnel's connections and forgets it, as when the service restarts. */
  drop(name: string): void;
  /** The tunnels that are known, with the number of idle and busy data connections. */
  tunnels(): readonly { readonly name: string; readonly url: string; readonly connections: number }[];
  readonly counts: { registrations: number; dataConnections: number; publicRequests: number };
  close(): Promise<void>;
}

type Line = {
  readonly name: string;
  readonly data: net.Server;
  readonly agent: http.Agent;
  readonly sockets: Set<net.Socket>;
  readonly give: (socket: net.Socket) => void;
};

const HEALTHY: TunnelFaults = { give: 'wanted', data: 'accepted', answer: 'passed' };
const PAGES = {
  interstitial: { status: 401, body: '<html>Friendly reminder: enter the tunnel password</html>' },
  firewall: { status: 403, body: '<html>Request blocked by security policy</html>' },
  stranger: { status: 200, body: '<html>Somebody else lives here</html>' },
  unavailable: { status: 503, body: 'Tunnel Unavailable' },
} as const;

export async function startFakeTunnelServer(
  options: { readonly connections?: number; readonly freeNameAfterMs?: number } = {},
): Promise<FakeTunnelServer> {
  const wantedConnections = options.connections ?? 4;
  const lines = new Map<string, Line>();
  const fronts = new Map<string, http.Server>();
  const everySocket = new Set<net.Socket>();
  const counts = { registrations: 0, dataConnections: 0, publicRequests: 0 };
  let faults = HEALTHY;
  let dead = false;
  let strangers = 0;

  function track(socket: net.Socket): void {
    if (dead) {
      socket.destroy();
      return;
    }
    everySocket.add(socket);
    socket.on('error', () => undefined).once('close', () => everySocket.delete(socket));
  }

  function forget(line: Line): void {
    if (lines.get(line.name) === line) lines.delete(line.name);
    for (const socket of line.sockets) socket.destroy();
    line.agent.destroy();
    line.data.close();
  }

  async function createLine(name: string): Promise<Line> {
    const idle: net.Socket[] = [];
    const waiting: ((error: Error | null, socket: net.Socket) => void)[] = [];
    const sockets = new Set<net.Socket>();
    const give = (socket: net.Socket) => {
      const next = waiting.shift();
      if (next !== undefined) next(null, socket);
      else idle.push(socket);
    };
    // like the real server: requests wait for a connection of the client's, and use it for one request
    const agent = new http.Agent({ keepAlive: false });
    agent.createConnection = (_options, callback) => {
      const ready = idle.shift();
      if (ready !== undefined) return ready;
      if (callback !== undefined) waiting.push(callback as (error: Error | null, socket: net.Socket) => void);
      return undefined;
    };
    const data = net.createServer((socket) => {
      counts.dataConnections += 1;
      track(socket);
      if (faults.data === 'dropped') socket.destroy();
      if (socket.destroyed) return;
      sockets.add(socket);
      socket.once('close', () => {
        sockets.delete(socket);
        const at = idle.indexOf(socket);
        if (at >= 0) idle.splice(at, 1);
        setTimeout(() => sockets.size === 0 && forget(line), options.freeNameAfterMs ?? 50).unref();
      });
      give(socket);
    });
    const line: Line = { name, data, agent, sockets, give };
    await listen(data);
    lines.set(name, line);
    return line;
  }

  async function frontOf(name: string): Promise<http.Server> {
    const known = fronts.get(name);
    if (known !== undefined) return known;
    const front = http.createServer((request, response) => answerPublic(name, request, response));
    front.on('connection', track);
    fronts.set(name, front);
    await listen(front);
    return front;
  }

  function answerPublic(name: string, request: http.IncomingMessage, response: http.ServerResponse): void {
    counts.publicRequests += 1;
    request.resume();
    switch (faults.answer) {
      case 'black-hole':
        return;
      case 'redirect':
        response.writeHead(302, { location: 'https://example.test/' }).end();
        return;
      case 'passed':
        passOn(name, request, response);
        return;
      default:
        response.writeHead(PAGES[faults.answer].status, { 'content-type': 'text/html' }).end(PAGES[faults.answer].body);
    }
  }

  function passOn(name: string, request: http.IncomingMessage, response: http.ServerResponse): void {
    const line = lines.get(name);
    if (line === undefined) {
      response.writeHead(404).end('404');
      return;
    }
    const { method, url, headers } = request;
    const onward = http.request({ agent: line.agent, method, path: url, headers, setHost: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on('error', () => response.destroy());
      answer.pipe(response);
    });
    onward.on('error', () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
    request.pipe(onward);
  }

  async function register(path: string, response: http.ServerResponse): Promise<void> {
    counts.registrations += 1;
    if (faults.give === 'silent') return;
    if (faults.give === 'nonsense') return void response.end('<html>welcome</html>');
    if (faults.give === 'unavailable') return void response.writeHead(503).end();
    const wanted = path.startsWith('/?new') ? undefined : path.slice(1);
    const wellFormed = wanted === undefined || /^(?:[a-z0-9][a-z0-9-]{4,63}[a-z0-9]|[a-z0-9]{4,63})$/.test(wanted);
    if (faults.give === 'forbidden' || !wellFormed) return void response.writeHead(403).end(JSON.stringify({ message: 'Invalid subdomain.' }));
    const other = `some-other-name-${++strangers}`;
    const name = wanted === undefined || faults.give === 'other' || lines.has(wanted) ? other : wanted;
    const line = await createLine(name);
    const front = await frontOf(name);
    const port = portOf(line.data);
    if (faults.data === 'refused') line.data.close();
    const body = JSON.stringify({ id: name, port, max_conn_count: wantedConnections, url: `http://127.0.0.1:${portOf(front)}` });
    response.writeHead(200, { 'content-type': 'application/json' }).end(body);
  }

  const registrar = http.createServer((request, response) => void register(request.url ?? '/', response));
  const entrance = http.createServer((request, response) => answerPublic((request.headers.host ?? '').split('.')[0] ?? '', request, response));
  registrar.on('connection', track);
  entrance.on('connection', track);
  await Promise.all([listen(registrar), listen(entrance)]);

  function breakAll(): void {
    for (const line of [...lines.values()]) forget(line);
    for (const socket of everySocket) socket.destroy();
  }

  return {
    host: `http://127.0.0.1:${portOf(registrar)}`,
    entrance: `http://127.0.0.1:${portOf(entrance)}`,
    set: (changed) => {
      faults = { ...faults, ...changed };
    },
    die() {
      dead = true;
      breakAll();
    },
    comeBack() {
      dead = false;
    },
    drop(name) {
      const line = lines.get(name);
      if (line !== undefined) forget(line);
    },
    tunnels: () =>
      [...lines.values()].map((line) => ({
        name: line.name,
        url: `http://127.0.0.1:${portOf(fronts.get(line.name))}`,
        connections: line.sockets.size,
      })),
    counts,
    async close() {
      dead = true;
      breakAll();
      const servers = [registrar, entrance, ...fronts.values()].filter((server) => server.listening);
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

async function listen(server: net.Server): Promise<void> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}

function portOf(server: net.Server | undefined): number {
  const address = server?.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
