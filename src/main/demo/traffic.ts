/** What the shop writes by itself: some quick messages when it opens, then so many a minute. */
import type { Millis } from '../core/domain/ids.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Life } from './life.ts';
import type { LiveMessage, Messages } from './messages.ts';
import type { Group, Person } from './people.ts';
import type { Random } from './random.ts';
import type { Sessions, ShopSession } from './sessions.ts';
import { inventText } from './texts.ts';
import type { Waits } from './waits.ts';

/** So many leave quickly at first, so that a newcomer sees ticks climb at once. */
const FIRST_BURST = 25;
const BURST_GAP_MS = 350;
const MINUTE_MS = 60_000;

export interface Traffic {
  /** The shop opens; harmless when it is open already. */
  open(): void;
  /** To be called when the pace has changed. */
  paceChanged(): void;
  sendNow(session: ShopSession, count: number): readonly LiveMessage[];
  /** Fills the past: `count` messages spread over the `days` before now. */
  fillPast(session: ShopSession, count: number, days: number): void;
}

export function createTraffic(parts: {
  readonly clock: Clock;
  readonly waits: Waits;
  readonly random: Random;
  readonly sessions: Sessions;
  readonly messages: Messages;
  readonly life: Life;
  readonly people: readonly Person[];
  readonly groups: readonly Group[];
  /** Messages a minute. */
  readonly pace: () => number;
}): Traffic {
  const { clock, waits, messages, life, people, groups, pace } = parts;
  let written = 0;
  let burstLeft = FIRST_BURST;
  let isOpen = false;
  let cancelNext = () => {};
  const gaps = parts.random.fork('gaps');

  function write(session: ShopSession, at: Millis): LiveMessage {
    const chance = parts.random.fork('message', ++written, at);
    const group = chance.chance(1 / 12) ? chance.pick(groups) : undefined;
    const person = chance.pick(people);
    const text = inventText(chance, group === undefined ? person.name : undefined);
    const origin = chance.chance(0.06) ? 'phone' : 'api';
    const useLid = origin === 'phone' && chance.chance(0.3);
    return messages.add({ session: session.id, to: group ?? person, text, voice: chance.chance(0.05), origin, at, useLid });
  }

  function send(session: ShopSession): LiveMessage {
    const message = write(session, clock.now());
    life.begin(session, message);
    return message;
  }

  function nextGap(): number {
    // Independent arrivals have exponential gaps.
    const gap = -Math.log(1 - gaps.next()) * (MINUTE_MS / pace());
    return burstLeft-- > 0 ? Math.min(gap, BURST_GAP_MS) : gap;
  }

  /** `owed` is how late the last wait was; at a high pace several messages share one wait. */
  function planNext(owed: number): void {
    cancelNext();
    if (pace() <= 0) return;
    let wait = nextGap() - owed;
    let due = 1;
    while (wait < 1 && due < 1000) {
      wait += nextGap();
      due++;
    }
    const asked = clock.monotonic();
    const planned = Math.max(1, wait);
    cancelNext = waits.after(planned, () => {
      const open = parts.sessions.list().filter((session) => session.state === 'connected');
      for (const session of open.slice(0, 1)) for (let i = 0; i < due; i++) send(session);
      planNext(Math.min(1000, Math.max(0, (clock.monotonic() - asked) / waits.scale - planned)));
    });
  }

  return {
    open() {
      if (isOpen) return;
      isOpen = true;
      planNext(0);
    },
    paceChanged() {
      if (isOpen) planNext(0);
    },
    sendNow: (session, count) => Array.from({ length: count }, () => send(session)),
    fillPast(session, count, days) {
      const chance = parts.random.fork('past');
      const span = days * 24 * 60 * MINUTE_MS;
      const times = Array.from({ length: count }, () => Math.round(clock.now() - chance.next() * span)).sort((a, b) => a - b);
      for (const at of times) life.remember(write(session, at));
    },
  };
}
