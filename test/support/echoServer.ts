/** A web server on loopback that answers with what it was asked. */
import { once } from 'node:events';
import http from 'node:http';

export type Echo = { readonly port: number; readonly requests: () => number; readonly close: () => Promise<void> };

/** Answers `METHOD path body`; or whatever `answer` gives for the path, where it gives something (`''` = 404). */
export async function startEcho(answer: (path: string) => string | undefined = () => undefined): Promise<Echo> {
  let requests = 0;
  const server = http.createServer((request, response) => {
    requests += 1;
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('error', () => undefined);
    request.on('end', () => {
      const path = request.url ?? '/';
      const text = answer(path) ?? `${request.method} ${path} ${Buffer.concat(parts).toString('utf8')}`;
      response.statusCode = text === '' ? 404 : 200;
      response.end(text);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    port: address.port,
    requests: () => requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
