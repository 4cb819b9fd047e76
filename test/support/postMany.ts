/** Posts by the thousand over raw, kept-alive sockets: no client library mends what a test breaks on purpose. */
import { connect, type Socket } from 'node:net';

export type RawPost = {
  readonly path: string;
  /** As they go over the wire: repeated names, odd bytes and all. */
  readonly headers: readonly (readonly [name: string, value: string | Uint8Array])[];
  readonly body: Uint8Array;
  readonly method?: string;
};

/** The HTTP status of each, in their order; 0 where the connection was closed without an answer. `onAnswer` hears how long each took. */
export async function postMany(
  origin: string,
  posts: readonly RawPost[],
  connections = 16,
  onAnswer: (index: number, ms: number) => void = () => undefined,
): Promise<readonly number[]> {
  const { port, hostname } = new URL(origin);
  const statuses = new Array<number>(posts.length).fill(0);
  let next = 0;
  async function work(): Promise<void> {
    let line: Line | undefined;
    for (let index = next++; index < posts.length; index = next++) {
      const post = posts[index];
      if (post === undefined) break;
      line ??= await openLine(Number(port), hostname);
      const bytes = bytesOf(post);
      const began = performance.now();
      const answer = await line.ask(bytes);
      onAnswer(index, performance.now() - began);
      statuses[index] = answer.status;
      if (answer.closes) {
        line.close();
        line = undefined;
      }
    }
    line?.close();
  }
  await Promise.all(Array.from({ length: Math.min(connections, posts.length) }, work));
  return statuses;
}

/** One post over a connection that is kept for the next: its HTTP status, 0 when it was closed without an answer. The next one opens another then. */
export function keptLine(origin: string): { post(post: RawPost): Promise<number>; close(): void } {
  const { port, hostname } = new URL(origin);
  let line: Line | undefined;
  const close = () => {
    line?.close();
    line = undefined;
  };
  return {
    async post(post) {
      line ??= await openLine(Number(port), hostname);
      const { status, closes } = await line.ask(bytesOf(post));
      if (closes) close();
      return status;
    },
    close,
  };
}

function bytesOf({ method = 'POST', path, headers, body }: RawPost): Buffer {
  const head = [Buffer.from(`${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${body.length}\r\n`)];
  for (const [name, value] of headers) head.push(Buffer.from(`${name}: `), Buffer.from(value), Buffer.from('\r\n'));
  return Buffer.concat([...head, Buffer.from('\r\n'), body]);
}

type Line = { ask(request: Buffer): Promise<{ readonly status: number; readonly closes: boolean }>; close(): void };

function openLine(port: number, host: string): Promise<Line> {
  return new Promise((resolve, reject) => {
    let buffered = '';
    let onAnswer: ((answer: { status: number; closes: boolean }) => void) | undefined;
    const answer = (status: number, closes: boolean) => {
      buffered = '';
      const done = onAnswer;
      onAnswer = undefined;
      done?.({ status, closes });
    };
    const socket: Socket = connect({ port, host, noDelay: true });
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      buffered += chunk;
      const head = buffered.indexOf('\r\n\r\n');
      if (head === -1) return;
      const length = Number(/content-length: *(\d+)/i.exec(buffered)?.[1] ?? 0);
      if (buffered.length >= head + 4 + length) answer(Number(buffered.slice(9, 12)), /connection: *close/i.test(buffered.slice(0, head)));
    });
    socket.on('connect', () =>
      resolve({
        ask: (request) =>
          new Promise((done) => {
            onAnswer = done;
            if (socket.destroyed) answer(0, true);
            else socket.write(request);
          }),
        close: () => socket.destroy(),
      }),
    );
    // a refusal may close the connection while a long body is still on its way
    socket.on('error', (error) => {
      reject(error);
      answer(0, true);
    });
    socket.on('close', () => answer(0, true));
  });
}
