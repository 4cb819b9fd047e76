/** A time written down again and again, from which the next start knows since when Tickline was not running, should it be killed. */
import type { Millis } from '../domain/ids.ts';
import type { StorageGuard } from '../ingest/storageGuard.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { SettingStore } from '../ports/store.ts';

export type LifeSign = {
  /** Throws when the disk does not take it. */
  write(): void;
  /** Of the run before; `undefined` at the very first start. Never later than now. */
  last(): Millis | undefined;
  /** The last sign is later than it is now: the clock was set back while we were away. */
  clockWasSetBack(): boolean;
  start(): void;
  stop(): void;
};

const KEY = 'alive-at';
/** How exactly the end of a run is known. */
const EVERY_MS = 15_000;
const SET_BACK_MS = 5_000;

export function createLifeSign(deps: {
  readonly settings: SettingStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly guard: () => Pick<StorageGuard, 'failed'>;
}): LifeSign {
  const { settings, clock, log } = deps;
  let cancel: (() => void) | undefined;

  const write = () => settings.put(KEY, String(clock.now()));
  const written = () => {
    const at = Number(settings.get(KEY));
    return Number.isSafeInteger(at) && at > 0 ? at : undefined;
  };

  function again(): void {
    try {
      write();
    } catch (error) {
      deps.guard().failed(error);
      log.error('alive.not-written', { error: String(error) });
    }
    cancel = clock.after(EVERY_MS, again);
  }

  return {
    write,
    last() {
      const at = written();
      return at === undefined ? undefined : Math.min(at, clock.now());
    },
    clockWasSetBack: () => (written() ?? 0) > clock.now() + SET_BACK_MS,
    start: again,
    stop: () => cancel?.(),
  };
}
