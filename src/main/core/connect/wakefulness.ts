/**
 * What happens to the computer, told to every account: it slept, its clock was set, its network changed.
 * The frame may say so as well; it is believed and never needed.
 */
import type { Millis } from '../domain/ids.ts';
import { createWakeWatch } from '../ingest/wakeWatch.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Account } from './account.ts';

export type WakefulnessDeps = {
  readonly clock: Clock;
  readonly log: Log;
  /** A clock that also counts while the computer sleeps, in ms. */
  readonly uptime?: () => number;
  /** Calls back whenever the computer's addresses change; the returned function ends that. */
  readonly watchNetwork?: (onChange: () => void) => () => void;
  readonly accounts: () => readonly Pick<Account, 'slept' | 'wake' | 'clockSet' | 'networkChanged' | 'suspend'>[];
};

export interface Wakefulness {
  start(): void;
  /** The frame says that the computer goes to sleep: the addresses go back while there is time. */
  suspend(): void;
  /** The frame says that the computer is awake again. */
  resumed(): void;
  stop(): void;
}

/** A sleep that was announced and did not come. */
const STILL_AWAKE_MS = 30_000;

export function createWakefulness(deps: WakefulnessDeps): Wakefulness {
  const { clock, log } = deps;
  let stopNetwork = () => {};
  let cancelStillAwake = () => {};

  const watch = createWakeWatch({
    clock,
    ...(deps.uptime === undefined ? {} : { uptime: deps.uptime }),
    onSlept(from: Millis, to: Millis) {
      cancelStillAwake();
      log.info('computer.slept', { from, to });
      for (const account of deps.accounts()) account.slept(from, to);
    },
    onClockSet(byMs) {
      log.warn('computer.clock-set', { byMs });
      for (const account of deps.accounts()) account.clockSet();
    },
  });

  function resumed(): void {
    cancelStillAwake();
    if (!watch.look()) for (const account of deps.accounts()) account.wake();
  }

  return {
    start() {
      watch.start();
      stopNetwork =
        deps.watchNetwork?.(() => {
          log.info('computer.network-changed', {});
          for (const account of deps.accounts()) account.networkChanged();
        }) ?? stopNetwork;
    },
    suspend() {
      watch.look();
      cancelStillAwake();
      cancelStillAwake = clock.after(STILL_AWAKE_MS, resumed);
      for (const account of deps.accounts()) account.suspend();
    },
    resumed,
    stop() {
      watch.stop();
      cancelStillAwake();
      stopNetwork();
    },
  };
}
