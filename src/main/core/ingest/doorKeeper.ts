/**
 * Opens one account's door and keeps it open, for as long as its signal lets it: open, prove, tell the
 * provider, check at intervals, and when it is found dead close, wait and begin again.
 *
 * Bounds: a dead door is found within 49.5 + 10 + 1 + 10 = 70.5 s when nothing is heard of it, and within
 * 4.5 s when the tunnel says that its connections are closed (half a second of its own included).
 */
import type { DoorCause } from '../domain/doorCause.ts';
import { type Failure, FailureError } from '../domain/failure.ts';
import type { Millis } from '../domain/ids.ts';
import type { TunnelHandle } from '../ports/tunnel.ts';
import type { DoorRecord } from './doorRecord.ts';
import type { IntakeDeps, Way } from './intake.ts';
import { backOffMs, createPauses } from './pause.ts';
import type { ProbeMiss } from './probe.ts';
import { createProviderAddress } from './providerAddress.ts';

const OPEN_DEADLINE_MS = 15_000;
const PROBE_MS = 10_000;
/** A check with a reason to expect the worst waits less. */
const HINTED_PROBE_MS = 4_000;
const SECOND_PROBE_AFTER_MS = 1_000;
const HEARTBEAT_MS = 45_000;
/** A door that held this long did not fail at opening: the waiting begins at 2 s again. */
const HELD_MS = 60_000;

export interface DoorKeeper {
  /** Runs until `signal` aborts; leaves the tunnel open and the address registered, for `release`. */
  keep(way: Way, signal: AbortSignal): Promise<void>;
  /** Resolves when the attempt that `keep` begins with is decided. */
  decided(): Promise<void>;
  /** Check, or try again, now. */
  nudge(): void;
  /** Tells the provider the address of the open door once more. */
  tellAgain(): void;
  /** Takes the address back at the provider, within 3 s. */
  takeBack(): Promise<void>;
  /** Takes the address back at the provider (if `takeBack`, within 3 s), then closes the tunnel. */
  release(takeBack: boolean): Promise<void>;
}

type Trouble = { readonly why: string; readonly cause: DoorCause; readonly failure?: Failure; readonly miss?: ProbeMiss };

export function createDoorKeeper(deps: IntakeDeps, record: DoorRecord): DoorKeeper {
  const { clock } = deps;
  const { speech } = record;
  const pauses = createPauses(clock);
  const address = createProviderAddress(deps, record);
  let handle: TunnelHandle | undefined;
  let closedAt = Number.NEGATIVE_INFINITY;
  let reopenAfterMs = 0;
  let hint: string | undefined;
  let toTellAgain = false;
  let decide = () => {};
  let decision = Promise.resolve();

  async function keep(way: Way, signal: AbortSignal): Promise<void> {
    decision = new Promise((resolve) => {
      decide = resolve;
    });
    try {
      record.opening();
      await keepOpen(way, signal);
    } finally {
      decide();
    }
  }

  async function keepOpen(way: Way, signal: AbortSignal): Promise<void> {
    let failures = 0;
    let name = way.name;
    for (let attempt = 0; !signal.aborted; attempt++) {
      const taken = closedAt + reopenAfterMs - clock.monotonic();
      if (taken > 0 && way.tunnel !== undefined) await pauses.sleep(taken, signal);
      if (attempt > 0) record.retrying();
      const trouble = await attemptDoor({ ...way, name }, signal);
      if (signal.aborted) return;
      if (trouble.failure?.code === 'conflict') name = undefined;
      failures = trouble.heldMs >= HELD_MS ? 1 : failures + 1;
      const waitMs = retryIn(failures, trouble.failure);
      // a hint that came from the door that has just died must not cut the wait for the next one short
      pauses.forget();
      record.shut(trouble.why, trouble.cause, waitMs === undefined ? undefined : clock.now() + waitMs);
      decide();
      await giveUp(trouble.miss?.verdict === 'stranger');
      if ((await pauses.pause(waitMs, signal)) === 'nudged') failures = 0;
    }
  }

  /** One door from its opening to its death; gives the reason of either. */
  async function attemptDoor(way: Way, signal: AbortSignal): Promise<Trouble & { readonly heldMs: number }> {
    const opened = await open(way, signal);
    if (opened !== undefined) return { ...opened, heldMs: 0 };
    const current = handle;
    if (current === undefined) return { why: speech.noTunnel, cause: 'no-tunnel', heldMs: 0 };
    const miss = await check(current.url, false, signal);
    if (miss !== undefined) return { why: miss.words, cause: miss.verdict, miss, heldMs: 0 };
    const provenAt = clock.monotonic();
    const died = await hold(current, signal);
    return { why: died.words, cause: died.verdict, miss: died, heldMs: clock.monotonic() - provenAt };
  }

  async function open(way: Way, signal: AbortSignal): Promise<Trouble | undefined> {
    if (way.tunnel === undefined) return { why: speech.noTunnel, cause: 'no-tunnel', failure: NOTHING_TO_RETRY };
    hint = undefined;
    try {
      const opened = await way.tunnel.open({ port: deps.port(), name: way.name, deadlineMs: OPEN_DEADLINE_MS, signal });
      handle = opened;
      reopenAfterMs = opened.reopenAfterMs;
      opened.onTrouble((words) => {
        if (handle !== opened) return;
        hint = words;
        pauses.nudge();
      });
      return undefined;
    } catch (cause) {
      if (cause instanceof FailureError) return { why: cause.failure.message, cause: causeOf(cause.failure), failure: cause.failure };
      // a bug in a tunnel must not end the account's intake
      deps.log.error('door.open-threw', { account: deps.account, error: String(cause) });
      return { why: 'The tunnel could not be opened because of a fault of ours.', cause: 'fault' };
    }
  }

  /** Keeps the provider informed and the door checked; resolves when the door is found dead or `signal` aborts. */
  async function hold(current: TunnelHandle, signal: AbortSignal): Promise<ProbeMiss> {
    let refusals = 0;
    let tellAt: number | undefined = clock.monotonic();
    let checkAt = clock.monotonic() + heartbeatMs();
    for (;;) {
      if (toTellAgain) {
        toTellAgain = false;
        refusals = 0;
        tellAt = clock.monotonic();
      }
      if (tellAt !== undefined && tellAt <= clock.monotonic()) {
        const afterMs = await address.tell(current.url, refusals, signal);
        refusals += 1;
        tellAt = afterMs === undefined ? undefined : clock.monotonic() + afterMs;
        decide();
      }
      const next = Math.min(checkAt, tellAt ?? Number.POSITIVE_INFINITY);
      const ended = await pauses.pause(Math.max(0, next - clock.monotonic()), signal);
      if (ended === 'aborted') return { verdict: 'dead', at: clock.now(), words: speech.closed };
      if (clock.monotonic() < checkAt && (ended === 'elapsed' || (toTellAgain && hint === undefined))) continue;
      const hinted = hint !== undefined;
      hint = undefined;
      const miss = await check(current.url, hinted, signal);
      if (miss !== undefined) return miss;
      checkAt = clock.monotonic() + heartbeatMs();
    }
  }

  /**
   * Two misses make a door dead; the tunnel's own word of trouble counts as the first. A webhook that came in
   * meanwhile outweighs both, unless somebody else answers at our address.
   */
  async function check(url: string, hinted: boolean, signal: AbortSignal): Promise<ProbeMiss | undefined> {
    const startedAt = clock.now();
    for (let missesLeft = hinted ? 1 : 2; ; ) {
      const result = await deps.probe(url, { timeoutMs: hinted ? HINTED_PROBE_MS : PROBE_MS, signal });
      if (result.verdict === 'live') {
        record.proven(result.at, result.roundTripMs);
        if (result.clockSkewMs !== undefined) deps.onSkew?.(result.clockSkewMs, result.at);
        return undefined;
      }
      missesLeft -= 1;
      deps.log.warn('door.missed', { account: deps.account, verdict: result.verdict, status: result.status, hinted });
      if (missesLeft === 0 || signal.aborted) {
        const cameIn = (record.lastWebhookAt() ?? 0) >= startedAt && result.verdict !== 'stranger';
        return cameIn ? undefined : result;
      }
      await pauses.sleep(SECOND_PROBE_AFTER_MS, signal);
    }
  }

  /** Closes what is open. A stranger at our address must not go on receiving our customers' receipts. */
  async function giveUp(stranger: boolean): Promise<void> {
    const current = handle;
    handle = undefined;
    if (stranger) await address.takeBack();
    if (current === undefined) return;
    await current.close();
    closedAt = clock.monotonic();
  }

  const heartbeatMs = () => HEARTBEAT_MS * (0.9 + 0.2 * deps.random());

  function retryIn(failures: number, failure: Failure | undefined): Millis | undefined {
    if (failure?.retry === false && failure.code !== 'conflict') return undefined;
    return Math.round(Math.max(backOffMs(failures, deps.random), failure?.afterMs ?? 0, reopenAfterMs));
  }

  return {
    keep,
    decided: () => decision,
    nudge: () => pauses.nudge(),
    tellAgain() {
      address.forget();
      if (handle === undefined) return;
      toTellAgain = true;
      pauses.nudge();
    },
    takeBack: () => address.takeBack(),
    async release(takeBack) {
      if (takeBack) await address.takeBack();
      await giveUp(false);
    },
  };
}

const NOTHING_TO_RETRY: Failure = { code: 'unsupported', message: 'There is no tunnel to open.', retry: false };

/** A name that is taken frees itself or gives way to another, like a service that is away; what cannot be retried is a matter of settings. */
function causeOf(failure: Failure): DoorCause {
  return failure.retry || failure.code === 'conflict' ? 'no-service' : 'refused';
}
