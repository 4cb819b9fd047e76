/** The whole app as a process: the browser way's own entry under plain Node, spoken to over real HTTP. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';
import type { Change } from '../../src/shared/contract/changes.ts';
import type { Answer } from '../../src/shared/contract/errors.ts';
import type { RequestName } from '../../src/shared/contract/names.ts';
import type { In, Out } from '../../src/shared/contract/requests.ts';

const SOURCE = resolve(import.meta.dirname, '../../src/main/headless.ts');

export type AppOptions = {
  /** The data folder; without it a fresh one that `stop()` removes. */
  readonly data?: string;
  readonly demo?: boolean;
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The program; without it the sources as they are. A bundle (see bundle.ts) starts in half the time. */
  readonly entry?: string;
};

export type ChangesFeed = {
  /** Everything pushed so far, oldest first. */
  readonly seen: readonly Change[];
  close(): void;
  /** Closes as a page does when its window is closed; resolves once the other side has said goodbye too. */
  leave(): Promise<void>;
};

export type App = {
  /** The page's address, `http://127.0.0.1:PORT`. */
  readonly api: string;
  /** The webhook listener's address. */
  readonly webhooks: string;
  readonly token: string;
  readonly data: string;
  readonly pid: number;
  /** One request; throws an Error that names the failure's code when the answer is no. */
  rpc<N extends RequestName>(name: N, input?: In<N>): Promise<Out<N>>;
  /** One request, its answer as a value; any name and any input. */
  ask(name: string, input?: unknown): Promise<Answer<unknown>>;
  /** Posts one webhook; `path` is an account's `webhookPath`. */
  post(path: string, body: string | Uint8Array<ArrayBuffer>, headers?: Readonly<Record<string, string>>): Promise<number>;
  /** Listens to `/changes`; resolves when the socket is open. */
  changes(): Promise<ChangesFeed>;
  /** Everything written to standard error so far. */
  stderr(): string;
  /** Everything written to standard output so far: the ready line and nothing else. */
  stdout(): string;
  /** Resolves when the process has ended, however it ended, to its exit code (null after a signal). */
  readonly ended: Promise<number | null>;
  /** Sends a signal and resolves when the process has ended, to its exit code (null after SIGKILL). */
  kill(signal?: NodeJS.Signals): Promise<number | null>;
  /** Ends it cleanly and removes a folder that was made for it. Harmless when called twice. */
  stop(): Promise<number | null>;
};

type Ready = { readonly ready: true; readonly url: string; readonly api: string; readonly token: string; readonly webhooks: string };

export type Starting = {
  readonly child: ChildProcess;
  /** Rejects, with what the process wrote, when it ends before it is ready. */
  readonly ready: Promise<App>;
};

/** The app, ready. Whoever starts it stops it (in tests: `openApp`). */
export async function startApp(options: AppOptions = {}): Promise<App> {
  const data = options.data ?? (await mkdtemp(join(tmpdir(), 'tickline-app-')));
  const removeData = options.data === undefined;
  return beginApp({ ...options, data, removeData }).ready;
}

/** The same in two steps, for those who want to end it before it is ready. */
export function beginApp(options: AppOptions & { readonly data: string; readonly removeData?: boolean }): Starting {
  const flags = ['--data', options.data, '--port', '0', '--webhook-port', '0', ...(options.demo ? ['--demo'] : []), ...(options.flags ?? [])];
  const child = spawn(process.execPath, [options.entry ?? SOURCE, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
  });
  // nobody is left to stop it when we end in the middle
  const abandon = () => void child.kill('SIGKILL');
  process.once('exit', abandon);
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (part: string) => {
      written[name] += part;
    });
  }
  const ended = new Promise<number | null>((done) => {
    child.once('close', (code) => {
      process.off('exit', abandon);
      done(code);
    });
  });
  const ready = firstLine(child, ended, written).then((line) => appOf(line, child, ended, written, options));
  ready.catch(() => undefined);
  return { child, ready };
}

async function firstLine(child: ChildProcess, ended: Promise<number | null>, written: { readonly stderr: string }): Promise<Ready> {
  if (child.stdout === null) throw new Error('no standard output');
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([once(lines, 'line'), ended]);
  if (!Array.isArray(first)) throw new Error(`the app ended (${first}) before it was ready:\n${written.stderr}`);
  const line: Ready = JSON.parse(first[0]);
  return line;
}

function appOf(
  line: Ready,
  child: ChildProcess,
  ended: Promise<number | null>,
  written: { readonly stdout: string; readonly stderr: string },
  options: { readonly data: string; readonly removeData?: boolean },
): App {
  const authorization = `Bearer ${line.token}`;
  async function ask(name: string, input: unknown = {}): Promise<Answer<unknown>> {
    const answer = await fetch(`${line.api}/rpc/${name}`, { method: 'POST', headers: { authorization }, body: JSON.stringify(input) });
    const value: Answer<unknown> = JSON.parse(await answer.text());
    return value;
  }
  async function kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> {
    child.kill(signal);
    return ended;
  }
  return {
    api: line.api,
    webhooks: line.webhooks,
    token: line.token,
    data: options.data,
    pid: child.pid ?? 0,
    ask,
    async rpc<N extends RequestName>(name: N, input?: In<N>): Promise<Out<N>> {
      const answer = await ask(name, input);
      if (!answer.ok) throw new Error(`${name}: ${answer.error.code}: ${answer.error.message} ${answer.error.detail ?? ''}`);
      // the contract's table pairs each name with what it gives; nothing at run time could check more
      return answer.value as Out<N>;
    },
    async post(path, body, headers = {}) {
      const answer = await fetch(line.webhooks + path, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
      await answer.arrayBuffer();
      return answer.status;
    },
    async changes() {
      const socket = new WebSocket(`${line.api.replace('http', 'ws')}/changes`, ['tickline', `token.${line.token}`]);
      const seen: Change[] = [];
      socket.on('message', (frame) => seen.push(JSON.parse(String(frame))));
      await once(socket, 'open');
      return {
        seen,
        close: () => socket.terminate(),
        async leave() {
          const closed = once(socket, 'close');
          socket.close();
          await closed;
        },
      };
    },
    stderr: () => written.stderr,
    stdout: () => written.stdout,
    ended,
    kill,
    async stop() {
      const code = await kill('SIGTERM');
      if (options.removeData) await rm(options.data, { recursive: true, force: true, maxRetries: 3 });
      return code;
    },
  };
}
