/**
 * Looks once a minute at what the engine takes of the computer, and at how many messages are open, for
 * "what would a loop have asked?".
 *
 * The loop that we compare ourselves with asks about every open message each 30 s. So each minute in which
 * we ran adds two requests for every message that the poller still follows at its end. Messages that we have
 * given up on (read, failed, or silent for days) are not counted although a simple loop would go on asking
 * about them: the figure is rather too small than too large.
 */
import type { LoadView } from '../../../shared/contract/freshness.ts';
import type { AccountId } from '../domain/ids.ts';
import type { Clock } from '../ports/clock.ts';
import type { FreshnessStore, Load } from '../ports/freshness.ts';

const MINUTE_MS = 60_000;
/** The article's loop. */
const LOOP_EVERY_MS = 30_000;
const MINUTES_KEPT = 60;

export type Meter = {
  start(): void;
  view(): LoadView;
  stop(): void;
};

export function createMeter(deps: {
  readonly clock: Clock;
  readonly load: Load;
  readonly freshness: FreshnessStore;
  /** Each account with the number of messages that are still followed. */
  readonly open: () => readonly { readonly account: AccountId; readonly messages: number }[];
}): Meter {
  const { clock, load, freshness } = deps;
  let minutes: { readonly cpu: number; readonly rssBytes: number }[] = [];
  let before = { ...load.sample(), at: clock.monotonic() };
  let cancel = () => {};

  function look(): void {
    const now = { ...load.sample(), at: clock.monotonic() };
    const passed = now.at - before.at;
    if (passed > 0) minutes = [...minutes, { cpu: (now.cpuMs - before.cpuMs) / passed, rssBytes: now.rssBytes }].slice(-MINUTES_KEPT);
    before = now;
    for (const { account, messages } of deps.open())
      if (messages > 0) freshness.spend(account, 'loop', clock.now(), (messages * MINUTE_MS) / LOOP_EVERY_MS);
    cancel = clock.after(MINUTE_MS, look);
  }

  return {
    start() {
      cancel();
      cancel = clock.after(MINUTE_MS, look);
    },
    view() {
      const { rssBytes } = load.sample();
      return {
        minutes: minutes.length,
        cpu: minutes.length === 0 ? null : minutes.reduce((sum, minute) => sum + minute.cpu, 0) / minutes.length,
        rssBytes,
        peakRssBytes: Math.max(rssBytes, ...minutes.map((minute) => minute.rssBytes)),
      };
    },
    stop: () => cancel(),
  };
}
