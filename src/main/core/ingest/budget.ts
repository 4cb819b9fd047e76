/**
 * How many requests one account may make, learned from what its provider says.
 *
 * Three bounds hold at once, and a request leaves only if all allow it:
 * - the window: never more than the limit in any 60 s, counted over our own requests (so a provider whose
 *   window starts afresh at the full minute never sees a double burst);
 * - the provider's own count (`remaining` until `resetAt`), which also knows requests of other programs;
 * - `waitUntil`, when it told us to stay away.
 * Questions in the background are also spaced evenly, and leave a share for people who wait.
 */
import type { Millis } from '../domain/ids.ts';
import type { LearnedLimits } from '../ports/provider.ts';

/** `interactive`: someone waits for it (a send, a session call). `background`: a question of the poller. */
export type BudgetUse = 'interactive' | 'background';
export type Grant = { readonly ok: true } | { readonly ok: false; readonly waitMs: number };

export type BudgetView = {
  readonly perMinute: number;
  /** Whether the provider itself named the figure. */
  readonly learned: boolean;
  readonly usedLastMinute: number;
  /** The provider asked us not to come back before this moment. */
  readonly waitUntil: Millis | undefined;
  /** What the poller can count on, requests a minute. */
  readonly backgroundPerMinute: number;
};

export interface Budget {
  /** Spends one request if it may leave now; else says how long to wait before asking again. */
  take(now: Millis, use?: BudgetUse): Grant;
  /** Takes in what one answer said about limits. Impossible figures are passed over. */
  learn(limits: LearnedLimits): void;
  view(now: Millis): BudgetView;
  /** Takes in what another budget for the same limit had saved; what both know counts once. */
  recall(saved: string, now: Millis): void;
  /** Everything needed to go on after a restart, as text. */
  save(): string;
}

/** While nothing is learned: one a second, the pace that the provider page advises for message info. */
const DEFAULT_PER_MINUTE = 60;
const MOST_PER_MINUTE = 100_000;
const WINDOW_MS = 60_000;
/** Requests are counted in slots of half a second, so the memory needed does not grow with the limit. */
const SLOT_MS = 500;
/** A slot is counted until its last moment is a whole window ago. */
const SLOTS_COUNTED = WINDOW_MS / SLOT_MS + 1;
/** Nobody may send us away for longer than this without saying so again. */
const LONGEST_WAIT_MS = 86_400_000;
/** Two reset times this close speak of the same window: headers carry whole seconds. */
const SAME_WINDOW_MS = 2_000;
/** What is left for people: a fifth while they are about, a twentieth otherwise, so that catching up stays near the limit. */
const BUSY_SHARE = 0.2;
const IDLE_SHARE = 0.05;
const BUSY_FOR_MS = 300_000;
const GREATEST_BURST = 8;

type Slot = [slot: number, requests: number];
type Saved = {
  perMinute?: number;
  slots: Slot[];
  waitUntil?: Millis;
  left?: number;
  leftUntil?: Millis;
  personAt?: Millis;
};

/** `saved` is what `save()` gave; anything else is taken for nothing. */
export function createBudget(saved: string | undefined, now: Millis): Budget {
  const state: Saved = readSaved(saved);
  let tokens = 1;
  let tokensAt = now;
  let seenAt = now;
  settleAt(now);

  /** What was saved under a clock that ran ahead would otherwise block us until then. */
  function settleAt(at: Millis): void {
    const newest = state.slots.at(-1);
    if (newest && newest[0] * SLOT_MS > at) shift(at - (newest[0] + 1) * SLOT_MS);
  }

  /** The wall clock may be set back: everything remembered moves with it, as if no time had passed. */
  function observe(at: Millis): void {
    if (at < seenAt) shift(at - seenAt);
    seenAt = at;
  }

  function shift(ms: number): void {
    const slots = Math.ceil(ms / SLOT_MS);
    for (const slot of state.slots) slot[0] += slots;
    if (state.waitUntil !== undefined) state.waitUntil += ms;
    if (state.leftUntil !== undefined) state.leftUntil += ms;
    if (state.personAt !== undefined) state.personAt += ms;
    tokensAt += ms;
  }

  function forget(at: Millis): void {
    const oldest = Math.floor(at / SLOT_MS) - SLOTS_COUNTED;
    while (state.slots[0] && state.slots[0][0] <= oldest) state.slots.shift();
    if (state.waitUntil !== undefined && state.waitUntil <= at) state.waitUntil = undefined;
    if (state.leftUntil !== undefined && state.leftUntil <= at) {
      state.left = undefined;
      state.leftUntil = undefined;
    }
  }

  const limit = () => state.perMinute ?? DEFAULT_PER_MINUTE;
  const used = () => state.slots.reduce((sum, [, requests]) => sum + requests, 0);

  function reserve(at: Millis): number {
    const share = state.personAt !== undefined && at - state.personAt < BUSY_FOR_MS ? BUSY_SHARE : IDLE_SHARE;
    return Math.min(limit() - 1, Math.ceil(limit() * share));
  }

  function burst(): number {
    return state.perMinute === undefined ? 1 : Math.min(GREATEST_BURST, Math.max(1, Math.floor(limit() / 12)));
  }

  function refill(at: Millis): void {
    tokens = Math.min(burst(), tokens + ((at - tokensAt) * limit()) / WINDOW_MS);
    tokensAt = at;
  }

  /** How long until fewer than `allowed` of our requests are in the window; 0 when that is so now. */
  function windowWait(at: Millis, allowed: number): number {
    let over = used() - allowed + 1;
    if (over <= 0) return 0;
    for (const [slot, requests] of state.slots) {
      over -= requests;
      if (over <= 0) return (slot + SLOTS_COUNTED) * SLOT_MS - at;
    }
    return WINDOW_MS;
  }

  function waitFor(at: Millis, use: BudgetUse): number {
    const kept = use === 'background' ? reserve(at) : 0;
    const told = state.waitUntil === undefined ? 0 : state.waitUntil - at;
    const counted = state.left !== undefined && state.leftUntil !== undefined && state.left <= kept ? state.leftUntil - at : 0;
    const paced = use === 'background' && tokens < 1 ? ((1 - tokens) * WINDOW_MS) / limit() : 0;
    return Math.ceil(Math.max(told, counted, paced, windowWait(at, limit() - kept)));
  }

  function spend(at: Millis, use: BudgetUse): void {
    const slot = Math.floor(at / SLOT_MS);
    const last = state.slots.at(-1);
    if (last && last[0] === slot) last[1]++;
    else state.slots.push([slot, 1]);
    if (state.left !== undefined) state.left--;
    tokens = Math.max(0, tokens - 1);
    if (use === 'interactive') state.personAt = at;
  }

  return {
    take(at, use = 'background') {
      observe(at);
      forget(at);
      refill(at);
      const waitMs = waitFor(at, use);
      if (waitMs > 0) return { ok: false, waitMs };
      spend(at, use);
      return { ok: true };
    },
    learn(limits) {
      // An answer may carry a moment a little older than the last request; only a real step back is a clock set back.
      if (limits.at < seenAt - SAME_WINDOW_MS) observe(limits.at);
      forget(Math.max(limits.at, seenAt));
      const { perMinute, remaining, waitUntil } = limits;
      if (perMinute !== undefined && perMinute >= 1 && perMinute <= MOST_PER_MINUTE) state.perMinute = Math.floor(perMinute);
      if (remaining !== undefined && remaining >= 0) {
        const until = windowEnd(limits);
        const sameWindow = state.leftUntil !== undefined && Math.abs(state.leftUntil - until) <= SAME_WINDOW_MS;
        // Requests under way may be missing from the provider's figure; our own count of the same window has them.
        state.left = sameWindow ? Math.min(state.left ?? remaining, remaining) : remaining;
        state.leftUntil = sameWindow ? Math.max(state.leftUntil ?? until, until) : until;
      }
      if (waitUntil !== undefined && waitUntil > limits.at) {
        state.waitUntil = Math.max(state.waitUntil ?? 0, Math.min(waitUntil, limits.at + LONGEST_WAIT_MS));
        // Coming back is done gently.
        tokens = Math.min(tokens, 0);
        tokensAt = limits.at;
      }
    },
    view(at) {
      const shown = Math.max(at, seenAt);
      forget(shown);
      return {
        perMinute: limit(),
        learned: state.perMinute !== undefined,
        usedLastMinute: used(),
        waitUntil: state.waitUntil,
        backgroundPerMinute: limit() - reserve(shown),
      };
    },
    recall(text, at) {
      observe(at);
      const other = readSaved(text);
      const slots = new Map(state.slots);
      for (const [slot, requests] of other.slots) slots.set(slot, Math.max(slots.get(slot) ?? 0, requests));
      state.slots = [...slots].sort(([a], [b]) => a - b);
      state.perMinute ??= other.perMinute;
      if (other.waitUntil !== undefined) state.waitUntil = Math.max(state.waitUntil ?? 0, other.waitUntil);
      if (other.leftUntil !== undefined && other.leftUntil > (state.leftUntil ?? 0)) {
        state.left = other.left;
        state.leftUntil = other.leftUntil;
      }
      settleAt(at);
      forget(at);
    },
    save: () => JSON.stringify(state),
  };
}

/** When the provider's count starts afresh; a minute from the answer when it did not say, or said something impossible. */
function windowEnd(limits: LearnedLimits): Millis {
  const { at, resetAt } = limits;
  return resetAt !== undefined && resetAt > at && resetAt <= at + LONGEST_WAIT_MS ? resetAt : at + WINDOW_MS;
}

function readSaved(text: string | undefined): Saved {
  const nothing: Saved = { slots: [] };
  if (text === undefined) return nothing;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return nothing;
  }
  if (typeof value !== 'object' || value === null || !('slots' in value) || !Array.isArray(value.slots)) return nothing;
  const saved: Saved = { slots: value.slots.filter(isSlot) };
  for (const name of ['perMinute', 'waitUntil', 'left', 'leftUntil', 'personAt'] as const) {
    const found: unknown = Reflect.get(value, name);
    if (typeof found === 'number' && Number.isFinite(found)) saved[name] = found;
  }
  return saved;
}

function isSlot(value: unknown): value is Slot {
  return Array.isArray(value) && value.length === 2 && value.every((part) => Number.isSafeInteger(part) && part >= 0);
}
