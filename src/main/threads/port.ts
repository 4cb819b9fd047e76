import { type Failure, FailureError, fail } from '../core/domain/failure.ts';

/** What both a worker and its parent's port can do; plain values in, plain values out. */
export type PortLike = {
  postMessage(value: unknown): void;
  on(event: 'message', listener: (value: unknown) => void): unknown;
  off(event: 'message', listener: (value: unknown) => void): unknown;
};

/** Functions that one side offers to the other, by name. */
export type Calls = { readonly [name: string]: (...args: never[]) => unknown };

export type Link<Remote extends Calls> = {
  /** Runs the other side's function; rejects with its failure, or with `shutting_down` when the link is closed. */
  call<N extends keyof Remote & string>(name: N, ...args: Parameters<Remote[N]>): Promise<Awaited<ReturnType<Remote[N]>>>;
  /** Like `call`, without an answer. */
  tell<N extends keyof Remote & string>(name: N, ...args: Parameters<Remote[N]>): void;
  /** Rejects everything under way with `why`. Harmless when called twice. */
  close(why?: Failure): void;
};

type Message =
  | { readonly kind: 'call'; readonly id: number; readonly name: string; readonly args: readonly unknown[] }
  | { readonly kind: 'tell'; readonly name: string; readonly args: readonly unknown[] }
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly failure: Failure | undefined; readonly words: string };

type Waiting = { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void };

/**
 * Numbered calls over a message port, both ways at once. An expected failure crosses as the value it is;
 * a bug crosses as its text, and is thrown again on the side that asked.
 */
export function createLink<Remote extends Calls>(port: PortLike, local: Calls, onBroken: (cause: unknown) => void): Link<Remote> {
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let closed: Failure | undefined;

  const answer = async (message: Extract<Message, { kind: 'call' }>) => {
    try {
      port.postMessage({ kind: 'result', id: message.id, value: await runLocal(local, message.name, message.args) } satisfies Message);
    } catch (cause) {
      const failure = cause instanceof FailureError ? cause.failure : undefined;
      const words = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
      port.postMessage({ kind: 'failure', id: message.id, failure, words } satisfies Message);
    }
  };
  const onMessage = (value: unknown) => {
    // only our own code holds the other end of this port
    const message = value as Message;
    switch (message.kind) {
      case 'call':
        void answer(message);
        return;
      case 'tell':
        runLocal(local, message.name, message.args).catch(onBroken);
        return;
      case 'result':
      case 'failure': {
        const one = waiting.get(message.id);
        waiting.delete(message.id);
        if (message.kind === 'result') one?.resolve(message.value);
        else one?.reject(message.failure ? new FailureError(message.failure) : new Error(message.words));
      }
    }
  };
  port.on('message', onMessage);

  return {
    call(name, ...args) {
      return new Promise((resolve, reject) => {
        if (closed !== undefined) return reject(new FailureError(closed));
        lastId += 1;
        waiting.set(lastId, { resolve: resolve as Waiting['resolve'], reject });
        port.postMessage({ kind: 'call', id: lastId, name, args } satisfies Message);
      });
    },
    tell(name, ...args) {
      if (closed === undefined) port.postMessage({ kind: 'tell', name, args } satisfies Message);
    },
    close(why = fail('shutting_down', 'Tickline is closing.').error) {
      if (closed !== undefined) return;
      closed = why;
      port.off('message', onMessage);
      for (const one of waiting.values()) one.reject(new FailureError(why));
      waiting.clear();
    },
  };
}

async function runLocal(local: Calls, name: string, args: readonly unknown[]): Promise<unknown> {
  const call = Object.hasOwn(local, name) ? local[name] : undefined;
  if (call === undefined) throw new Error(`no such call: ${name}`);
  return (call as (...given: readonly unknown[]) => unknown)(...args);
}
