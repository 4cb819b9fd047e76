/**
 * How far this computer's clock is from the world's, learned from the `Date` of answers: the provider's own
 * and those of whoever passes our self-checks on. Both count whole seconds, so it is good to about a second.
 */
import type { Millis } from '../domain/ids.ts';
import type { Clock } from '../ports/clock.ts';

export type SkewSource = 'provider' | 'tunnel';

export interface ClockSkew {
  /** `skewMs`: their clock minus ours. `at`: our clock when the answer came. Impossible figures are passed over. */
  heard(source: SkewSource, skewMs: number, at: Millis): void;
  /** This computer's clock was set: what was learned before is void. */
  forget(): void;
  /** Their clock minus ours in ms, the provider's before anybody else's; `undefined` while nothing recent is known. */
  ms(): number | undefined;
  /** What there is to say of it; `undefined` within a minute. */
  words(): string | undefined;
}

/** A clock this far off deserves a word: times in the log are off by as much. */
export const SKEW_WORTH_SAYING_MS = 60_000;
/** Older than this it is hearsay: a computer that sleeps may have set its clock since. */
const HOLDS_FOR_MS = 6 * 3_600_000;
const IMPOSSIBLE_MS = 100 * 365 * 86_400_000;

export function createClockSkew(deps: {
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly provider: string;
  /** What there is to say has changed. */
  readonly onWords?: () => void;
}): ClockSkew {
  const { clock } = deps;
  type Heard = { readonly ms: number; readonly on: number };
  let heard: Partial<Record<SkewSource, Heard>> = {};
  let said: string | undefined;

  function fresh(source: SkewSource): number | undefined {
    const found = heard[source];
    return found !== undefined && clock.monotonic() - found.on < HOLDS_FOR_MS ? found.ms : undefined;
  }

  const ms = () => fresh('provider') ?? fresh('tunnel');
  const words = () => skewWords(ms(), deps.provider);

  function tell(): void {
    const now = words();
    if (now === said) return;
    said = now;
    deps.onWords?.();
  }

  return {
    ms,
    words,
    heard(source, skewMs, at) {
      if (!Number.isFinite(skewMs) || Math.abs(skewMs) > IMPOSSIBLE_MS) return;
      // an answer from before the clock was set was measured against the old one
      if (Math.abs(clock.now() - at) > SKEW_WORTH_SAYING_MS) return;
      heard = { ...heard, [source]: { ms: Math.round(skewMs), on: clock.monotonic() } };
      tell();
    },
    forget() {
      heard = {};
      tell();
    },
  };
}

/** `This computer's clock is 10 minutes behind.` and what it means; `undefined` within a minute. `skewMs` is their clock minus ours. */
export function skewWords(skewMs: number | undefined, provider: string): string | undefined {
  if (skewMs === undefined || Math.abs(skewMs) <= SKEW_WORTH_SAYING_MS) return undefined;
  const off = lengthInWords(Math.abs(skewMs));
  const side = skewMs > 0 ? 'behind' : 'ahead of';
  return `This computer’s clock is ${off} ${side} the clock of ${provider}. Times that we note ourselves are off by as much; switch on automatic time in the system’s settings.`;
}

function lengthInWords(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 120) return minutes === 1 ? 'a minute' : `${minutes} minutes`;
  const hours = Math.round(ms / 3_600_000);
  return hours < 48 ? `${hours} hours` : `${Math.round(ms / 86_400_000)} days`;
}
