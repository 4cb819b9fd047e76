/**
 * Which door receipts come in by, for one account: one visible state, from which the screen, the log and
 * the poller all take their words.
 *
 *   opening ──► live ──► polling/off ──► live …      (`moved` while the provider still has another address)
 *
 * Wiring: `createIntake(deps)`, then `start()`. Poll whenever `wantsPolling(intake.state())`. Tell it
 * `webhookArrived` for each webhook that was proven and kept, `wake()` after sleep and network changes.
 */
import type { DoorCause } from '../domain/doorCause.ts';
import type { Result } from '../domain/failure.ts';
import type { Millis } from '../domain/ids.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Tunnel } from '../ports/tunnel.ts';
import { createDoorKeeper } from './doorKeeper.ts';
import { createDoorRecord } from './doorRecord.ts';
import { backOffMs, createPauses } from './pause.ts';
import type { Probes } from './probe.ts';

export type IntakeDeps = {
  /** For log lines only. */
  readonly account: string;
  /** For the words, e.g. `WASenderApi`. */
  readonly providerName: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Evenly spread in [0, 1); for jitter. */
  readonly random: () => number;
  readonly probe: Probes['probe'];
  /** The listener's port on 127.0.0.1. */
  readonly port: () => number;
  readonly way: Way;
  /** The public address that the provider was last told, from an earlier run; so that a move is noticed. */
  readonly lastUrl?: string;
  readonly webhook: WebhookControl;
  /** Whether the account can be asked for news without a door (credentials present, provider can poll). */
  readonly canPoll: () => boolean;
  readonly gaps: GapLog;
  /** Called after every change of `state()`. */
  readonly onChange: (door: DoorView) => void;
  readonly onAddress?: (news: AddressNews) => void;
  /** A self-check came back with the clock of whoever passed it on: theirs minus ours, ms. */
  readonly onSkew?: (skewMs: number, at: Millis) => void;
  /** What ended the door's work without a reason of the door's: trouble with the disk, or a bug. It goes on by itself. */
  readonly onFault?: (cause: unknown) => void;
  /** At most once per episode (from a door found dead until it has held for five minutes). */
  readonly onNotice: (notice: DoorNotice) => void;
};

/** How the account's door is opened; `tunnel: undefined` means that the owner wants none. */
export type Way = { readonly tunnel: Tunnel | undefined; readonly name?: string };

/** Tells the provider our address. `publicUrl` is the tunnel's; the callee adds the account's webhook path. */
export interface WebhookControl {
  /**
   * Reads and remembers the address that the provider has (unless it is one of ours), then sets ours.
   * A failure with `retry: true` is tried again; one without means that the owner must set it by hand. With
   * `secret_missing` the address is set, but nothing that comes to it can be proven.
   */
  register(publicUrl: string): Promise<Result<void>>;
  /** Puts back what the provider had before, if ours is still there. */
  unregister(): Promise<Result<void>>;
}

/** What the provider has: our address since now, its own from before us again, or ours still, because taking it back `failed`. */
export type AddressNews = 'ours' | 'back' | { readonly failed: string };

/** Stretches in which no door was open. Both are synchronous writes. */
export interface GapLog {
  /**
   * Opens a gap that began at `from` (may lie in the past) and gives its number; gives the open one if there
   * is one, and nothing where nothing can be missed yet.
   */
  open(from: Millis, why: string): number | undefined;
  close(id: number, to: Millis): void;
}

export type DoorNotice = { readonly level: 'info' | 'warning'; readonly message: string; readonly detail: string | null };

export type DoorState = 'opening' | 'live' | 'moved' | 'polling' | 'off';

/** The door's part of the intake view; the fields have the same names and meanings. */
export type DoorView = {
  readonly state: DoorState;
  readonly words: string;
  readonly publicUrl: string | null;
  readonly since: Millis;
  readonly why: string | null;
  /** The reason as a code; with every `why`. */
  readonly cause: DoorCause | null;
  readonly nextTryAt: Millis | null;
  readonly lastProofAt: Millis | null;
  readonly lastProofMs: number | null;
  readonly webhookRegistered: boolean;
};

export interface Intake {
  /** Begins opening the door. Returns at once; watch `onChange`. */
  start(): void;
  /** Opens (again), by another way if one is given. Resolves when the first attempt is decided (live, polling or off). */
  open(way?: Way): Promise<DoorView>;
  /** The owner wants no door: gives the address back and closes. `start` and `open` work afterwards. */
  close(): Promise<DoorView>;
  /** Before another session is chosen: takes our address back from the one that has it (3 s at most). The door stays open. */
  takeBack(): Promise<void>;
  /** The provider's side has changed (another session, another credential): tells it the address of an open door anew. */
  tellAgain(): void;
  /** After sleep or a change of network: check, or try again, now. What was missed before `toldUntil` stands in a gap already. */
  wake(toldUntil?: Millis): void;
  /** A webhook was proven and kept. */
  webhookArrived(at: Millis): void;
  state(): DoorView;
  /** For good: puts the provider's old address back (3 s at most), then closes the tunnel. Harmless when called twice. */
  stop(): Promise<void>;
}

/** Whether the poller must carry the load: the door is not open, or the provider may not know it. */
export function wantsPolling(door: DoorView): boolean {
  return door.state !== 'live' || !door.webhookRegistered;
}

const LONGEST_AFTER_FAULT_MS = 30_000;

export function createIntake(deps: IntakeDeps): Intake {
  const record = createDoorRecord(deps);
  const keeper = createDoorKeeper(deps, record);
  const pauses = createPauses(deps.clock);
  let way = deps.way;
  let running: { readonly ending: AbortController; readonly ended: Promise<void> } | undefined;
  let stopping: Promise<void> | undefined;
  let turns: Promise<unknown> = Promise.resolve();

  /** One after the other; each ends the work under way first, so nothing waits for a slow opening. */
  function inTurn(task: () => Promise<void>): Promise<void> {
    running?.ending.abort();
    const turn = turns.then(task);
    turns = turn.catch(() => undefined);
    return turn;
  }

  async function halt(): Promise<void> {
    running?.ending.abort();
    await running?.ended;
    running = undefined;
  }

  function launch(): void {
    const ending = new AbortController();
    running = { ending, ended: keepOn(way, ending.signal) };
  }

  /** Whatever throws, a disk that is full included, the door is opened again after a while. Never rejects. */
  async function keepOn(by: Way, signal: AbortSignal): Promise<void> {
    for (let faults = 1; !signal.aborted; faults++) {
      try {
        return await keeper.keep(by, signal);
      } catch (cause) {
        fault('door.keeper-threw', cause);
      }
      const waitMs = Math.min(LONGEST_AFTER_FAULT_MS, backOffMs(faults, deps.random));
      try {
        await keeper.release(false);
        record.shut('The way in failed because of a fault of ours.', 'fault', deps.clock.now() + waitMs);
      } catch (cause) {
        fault('door.not-shut', cause);
      }
      await pauses.sleep(waitMs, signal);
    }
  }

  function fault(event: string, cause: unknown): void {
    deps.log.error(event, { account: deps.account, error: String(cause) });
    deps.onFault?.(cause);
  }

  return {
    start() {
      if (running !== undefined || stopping !== undefined) return;
      inTurn(async () => {
        if (running === undefined) launch();
      }).catch((cause: unknown) => fault('door.not-started', cause));
    },
    async open(next) {
      if (stopping !== undefined) return record.view();
      await inTurn(async () => {
        await halt();
        if (next !== undefined) way = next;
        await keeper.release(way.tunnel === undefined);
        launch();
      });
      await keeper.decided();
      return record.view();
    },
    async close() {
      if (stopping !== undefined) return record.view();
      await inTurn(async () => {
        await halt();
        await keeper.release(true);
        record.shut(record.speech.closed, 'closed');
      });
      return record.view();
    },
    takeBack: () => keeper.takeBack(),
    tellAgain: () => keeper.tellAgain(),
    wake(toldUntil) {
      if (toldUntil !== undefined) record.missedUntil(toldUntil);
      keeper.nudge();
    },
    webhookArrived: (at) => record.webhookArrived(at),
    state: () => record.view(),
    stop() {
      stopping ??= inTurn(async () => {
        await halt();
        await keeper.release(true);
        record.stopped();
      });
      return stopping;
    },
  };
}
