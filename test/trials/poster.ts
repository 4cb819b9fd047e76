/** Many connections that post without pause, and the one list that counts: what was answered with 200. */
import { connect, type Socket } from 'node:net';
import { statusUpdate } from '../../src/main/demo/payloads.ts';

const STATUSES = [2, 3, 4] as const;
const SAID = ['sent', 'delivered', 'read'] as const;
export type CrashSaid = (typeof SAID)[number];

/** The n-th event of a trial: each message is told sent, delivered and read, and no two events are alike. */
export type PostedEvent = { readonly number: number; readonly waId: string; readonly said: CrashSaid };

export function eventOf(number: number): PostedEvent {
  return {
    number,
    waId: `3EB0${Math.floor(number / 3)
      .toString(16)
      .toUpperCase()
      .padStart(12, '0')}`,
    said: SAID[number % 3] ?? 'sent',
  };
}

/** Its bytes as an HTTP request; the same every time it is posted. `epoch` is the time of event 0, in ms. */
function requestOf({ number, waId }: PostedEvent, target: PostTarget): Buffer {
  const body = JSON.stringify(
    statusUpdate({
      apiKey: 'ab'.repeat(32),
      at: target.epoch + number,
      waId,
      chat: `1555${String(Math.floor(number / 3) % 10_000_000).padStart(7, '0')}@s.whatsapp.net`,
      status: STATUSES[number % 3] ?? 2,
    }),
  );
  return Buffer.from(
    `POST ${target.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nX-Webhook-Signature: ${target.secret}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

export type PostTarget = { readonly port: number; readonly path: string; readonly secret: string; readonly epoch: number };

export type Posting = {
  /** Resolves when every connection has ended, which they do when the app dies. */
  readonly done: Promise<Posted>;
  /** Nothing new is posted; resolves when what is under way was answered. */
  stop(): Promise<Posted>;
};

export type Posted = {
  /** Numbers of the events that were answered with 200. */
  readonly acknowledged: readonly number[];
  /** Numbers of the events that left, at least in part, and were never answered 200: they may be kept or not. */
  readonly unanswered: readonly number[];
  /** Answers other than 200. */
  readonly refused: number;
};

export type PostingOptions = {
  /** Told of each answer as it comes; `status` is undefined when there was none. */
  readonly onOutcome?: (number: number, status: number | undefined) => void;
  /** How long a connection rests after an answer other than 200, ms. */
  readonly restMs?: number;
  /** How long it rests after every answer, ms. */
  readonly betweenMs?: number;
  /** A connection that was closed by the other side is opened again, until `stop`. */
  readonly reconnect?: boolean;
};

/** Opens `connections` and posts on each, one event after the other as `next` gives them. */
export function startPosting(target: PostTarget, connections: number, next: () => number, options: PostingOptions = {}): Posting {
  const acknowledged: number[] = [];
  const unanswered: number[] = [];
  let refused = 0;
  const state = { stopped: false };
  const onOutcome = (number: number, status: number | undefined) => {
    if (status === 200) acknowledged.push(number);
    else unanswered.push(number);
    if (status !== undefined && status !== 200) refused++;
    options.onOutcome?.(number, status);
  };
  async function line(): Promise<void> {
    do {
      await postOnOneLine(target, next, { ...options, onOutcome }, state);
      if (options.reconnect && !state.stopped) await new Promise((resolve) => setTimeout(resolve, 20));
    } while (options.reconnect && !state.stopped);
  }
  const done = Promise.all(Array.from({ length: connections }, line)).then(() => ({ acknowledged, unanswered, refused }));
  return {
    done,
    stop() {
      state.stopped = true;
      return done;
    },
  };
}

type LineOptions = PostingOptions & { readonly onOutcome: (number: number, status: number | undefined) => void };

function postOnOneLine(target: PostTarget, next: () => number, options: LineOptions, state: { readonly stopped: boolean }): Promise<void> {
  return new Promise((resolve) => {
    let underWay: number | undefined;
    let buffered = '';
    const socket: Socket = connect({ port: target.port, host: '127.0.0.1', noDelay: true });
    socket.setEncoding('latin1');
    const post = () => {
      if (socket.destroyed) return;
      if (state.stopped) return void socket.end();
      underWay = next();
      socket.write(requestOf(eventOf(underWay), target));
    };
    socket.on('connect', post);
    socket.on('data', (chunk: string) => {
      buffered += chunk;
      const head = buffered.indexOf('\r\n\r\n');
      if (head === -1) return;
      const length = Number(/content-length: *(\d+)/i.exec(buffered)?.[1] ?? 0);
      if (buffered.length < head + 4 + length) return;
      const status = Number(buffered.slice(9, 12));
      buffered = '';
      const number = underWay;
      underWay = undefined;
      if (number !== undefined) options.onOutcome(number, status);
      const rest = (status === 200 ? 0 : (options.restMs ?? 0)) + (options.betweenMs ?? 0);
      if (rest > 0) setTimeout(post, rest);
      else post();
    });
    // the app was killed: what is under way may or may not have been kept
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (underWay !== undefined) options.onOutcome(underWay, undefined);
      resolve();
    });
  });
}
