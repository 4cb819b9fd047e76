/** The one listener for all accounts: which doors it shows, and how it comes back at the same port when it dies. */
import type { Clock } from '../ports/clock.ts';
import type { DoorSpec, ListenerDeps, ListenerHandle } from '../ports/listener.ts';
import type { Log } from '../ports/log.ts';

export type Entrance = {
  /** Begins to listen. Rejects when the port is taken. */
  open(): Promise<void>;
  /** Tells the listener which doors there are and what proves a request at each. */
  showDoors(): void;
  /** `http://127.0.0.1:PORT`; empty before it is open. */
  url(): string;
  /** 0 before it is open. */
  port(): number;
  /** Requests turned away without being stored, since the start. */
  rejected(): number;
  /** For good. Harmless when called twice. */
  close(): Promise<void>;
};

const RETRY_MS = 2_000;

export function createEntrance(deps: {
  /** On `port`, or on the one that the owner chose. */
  readonly listen: (deps: ListenerDeps, port?: number) => Promise<ListenerHandle>;
  readonly keep: ListenerDeps['keep'];
  readonly answerTo: ListenerDeps['answerTo'];
  readonly doors: () => readonly DoorSpec[];
  readonly clock: Clock;
  readonly log: Log;
  /** The listener died and is being started again; `words` say of what. */
  readonly onDeath: (words: string) => void;
}): Entrance {
  const { log } = deps;
  let listener: ListenerHandle | undefined;
  let rejected = 0;
  let closed = false;
  let opening: Promise<void> | undefined;
  let cancelRetry: (() => void) | undefined;

  /** `port`: the one it had before, because tunnels lead there. */
  async function open(port?: number): Promise<void> {
    const opened = await deps.listen(
      {
        keep: deps.keep,
        answerTo: deps.answerTo,
        onRejected(count) {
          rejected += count;
        },
        onDeath(words) {
          log.error('listener.died', { words });
          deps.onDeath(words);
          reopen(port ?? listener?.port ?? 0);
        },
      },
      port,
    );
    // it came too late, and would hold its port for ever
    if (closed) return opened.close();
    listener = opened;
    showDoors();
  }

  function reopen(port: number): void {
    if (closed) return;
    opening = open(port).then(
      () => log.info('listener.reopened', { port }),
      (error: unknown) => {
        log.error('listener.not-reopened', { port, error: String(error) });
        if (!closed) cancelRetry = deps.clock.after(RETRY_MS, () => reopen(port));
      },
    );
  }

  function showDoors(): void {
    listener?.setDoors(deps.doors());
  }

  return {
    open: () => open(),
    showDoors,
    url: () => listener?.url ?? '',
    port: () => listener?.port ?? 0,
    rejected: () => rejected,
    async close() {
      closed = true;
      cancelRetry?.();
      await listener?.close();
      await opening;
    },
  };
}
