/**
 * The ladder: what one recipient's copy of a message has reached. This is the only file that
 * compares statuses.
 *
 * A lane holds the best evidence for each step ever said about one recipient. Joining evidence is
 * commutative, associative and idempotent, so every order and every repetition of the same receipts
 * ends in the same lane: this is what makes replay, duplicates and late webhooks harmless.
 *
 * In words: higher wins; equal keeps the first time; a late lower
 * receipt fills its own time and changes nothing else; `failed` replaces only `queued` and `sent`; a
 * real `delivered` or higher beats `failed`; `read` without `delivered` shows read and leaves the
 * delivery time unknown.
 */
import type { Millis } from './ids.ts';

export const LADDER = ['queued', 'sent', 'delivered', 'read', 'played'] as const;
export type Rung = (typeof LADDER)[number];
export type Status = Rung | 'failed';
/** What a receipt can say. `deleted` is a mark beside the status, never a status. */
export type Said = Status | 'deleted';
export const SAID: readonly Said[] = [...LADDER, 'failed', 'deleted'];

/**
 * How a time is known.
 * - `stated`: the provider wrote it.
 * - `arrival`: the provider wrote none; this is when the news reached us, so it happened no later.
 * - `between`: found by polling; it happened after `after` (the answer that did not say so yet, absent
 *   when we had never asked) and no later than `at`.
 */
export type Certainty = 'stated' | 'arrival' | 'between';

/** The evidence for one step. `at` is the stated time, or the latest moment at which it can have happened. */
export type Step = {
  readonly at: Millis;
  readonly how: Certainty;
  readonly after?: Millis;
  /** Why it failed, in the provider's words; only with `failed`. */
  readonly reason?: string;
};

export type Lane = { readonly [S in Said]?: Step };

export const EMPTY_LANE: Lane = Object.freeze({});

const CERTAINTY_ORDER: Readonly<Record<Certainty, number>> = { stated: 0, between: 1, arrival: 1 };

/** Negative when `a` is the better evidence of the time. A total order but for reasons, so that the best of many has one answer. */
function compareEvidence(a: Step, b: Step): number {
  return CERTAINTY_ORDER[a.how] - CERTAINTY_ORDER[b.how] || a.at - b.at || compareBounds(a, b);
}

/** Between two steps with the same time: the more closely bounded first, then by name, so that there is one answer. */
function compareBounds(a: Step, b: Step): number {
  // Two that have no `after` are alike; the difference of two infinities would be no number.
  if (a.after !== b.after) return (b.after ?? Number.NEGATIVE_INFINITY) - (a.after ?? Number.NEGATIVE_INFINITY);
  return a.how < b.how ? -1 : a.how > b.how ? 1 : 0;
}

/**
 * The reason to keep of two, apart from the times they came with: otherwise which reason is left would
 * depend on the order. The longest says most; among equally long ones the order only has to be fixed.
 */
function betterReason(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (a.length !== b.length) return a.length > b.length ? a : b;
  return a < b ? a : b;
}

/**
 * The lane after hearing `said` with evidence `step`. Returns the very same object when nothing new
 * was learned, so a caller can tell by identity whether anything must be written.
 */
export function advance(lane: Lane, said: Said, step: Step): Lane {
  const known = lane[said];
  if (known !== undefined) {
    const best = compareEvidence(step, known) < 0 ? step : known;
    const reason = betterReason(known.reason, step.reason);
    const merged = best.reason === reason || reason === undefined ? best : { ...best, reason };
    return sameStep(merged, known) ? lane : { ...lane, [said]: merged };
  }
  return { ...lane, [said]: step };
}

function sameStep(a: Step, b: Step): boolean {
  return a.at === b.at && a.how === b.how && a.after === b.after && a.reason === b.reason;
}

/** The lane that holds the best evidence of both. */
export function joinLanes(a: Lane, b: Lane): Lane {
  let lane = a;
  for (const said of SAID) {
    const step = b[said];
    if (step !== undefined) lane = advance(lane, said, step);
  }
  return lane;
}

/** The status a lane shows; `undefined` when nothing but a deletion (or nothing at all) is known. */
export function statusOf(lane: Lane): Status | undefined {
  if (lane.played) return 'played';
  if (lane.read) return 'read';
  if (lane.delivered) return 'delivered';
  if (lane.failed) return 'failed';
  if (lane.sent) return 'sent';
  if (lane.queued) return 'queued';
  return undefined;
}

/** Which of two statuses a lane shows that holds both. */
export function isShownOver(a: Status, b: Status): boolean {
  return SHOWN.indexOf(a) > SHOWN.indexOf(b);
}
const SHOWN: readonly Status[] = ['queued', 'sent', 'failed', 'delivered', 'read', 'played'];

/**
 * Which of two things said comes first in the telling: by time, and by the ladder within one second, because
 * providers often state no more than the second.
 */
export function compareTold(a: { readonly said: Said; readonly at: Millis }, b: { readonly said: Said; readonly at: Millis }): number {
  return Math.floor(a.at / 1000) - Math.floor(b.at / 1000) || SAID.indexOf(a.said) - SAID.indexOf(b.said) || a.at - b.at;
}

/** How far up the ladder a lane got: 0 for nothing, 1 queued … 5 played. A failure does not count as a rung. */
export function rungOf(lane: Lane): number {
  for (let i = LADDER.length - 1; i >= 0; i--) if (lane[LADDER[i] as Rung]) return i + 1;
  return 0;
}

/** Whether `status` counts as having reached `rung` ("delivered" has reached "sent"). */
export function hasReached(status: Status | undefined, rung: Rung): boolean {
  if (status === undefined) return false;
  if (status === 'failed') return rung === 'queued';
  return LADDER.indexOf(status) >= LADDER.indexOf(rung);
}

/** Whether nothing more is waited for before the message counts as having a known fate. */
export function isKnownFate(status: Status | undefined): boolean {
  return status === 'delivered' || status === 'read' || status === 'played' || status === 'failed';
}

/** Statuses in which a message's fate is still open; used by queries and by the poller. */
export const OPEN_STATUSES: readonly Status[] = ['queued', 'sent'];
/** Statuses from which a message can still climb. */
export const CLIMBING_STATUSES: readonly Status[] = ['queued', 'sent', 'delivered'];

export type GroupSummary = {
  /** What every known recipient has reached; `undefined` when nothing is known. */
  readonly status: Status | undefined;
  readonly people: number;
  readonly delivered: number;
  readonly read: number;
  readonly played: number;
  readonly failed: number;
};

/**
 * One group message as a whole: the lowest rung among its recipients (who failed has reached what
 * they had reached before failing). `own` is what was said of the message itself, without naming a
 * person; it is all we have while no person is known. `expected` is the size of the group when the
 * provider told it: people never heard from then count as not having reached anything beyond `own`.
 */
export function summariseGroup(own: Lane, people: readonly Lane[], expected: number | undefined): GroupSummary {
  const count = (rung: Rung) => people.filter((lane) => hasReached(statusOf(lane), rung)).length;
  const failed = people.filter((lane) => statusOf(lane) === 'failed').length;
  const total = Math.max(people.length, expected ?? 0);
  const summary = { people: total, delivered: count('delivered'), read: count('read'), played: count('played'), failed };
  if (people.length === 0) return { ...summary, status: statusOf(own) };
  if (failed === total) return { ...summary, status: 'failed' };
  // A stated group-wide "sent" holds for everyone; a group-wide "delivered" or "read" is one phone's word, so people decide those.
  const floor = Math.min(rungOf(own), LADDER.indexOf('sent') + 1);
  const lowest = total > people.length ? floor : Math.min(...people.map(rungOf));
  // Once someone in the group has it, the server must have taken it.
  const taken = people.some((lane) => rungOf(lane) > 0) ? LADDER.indexOf('sent') + 1 : 0;
  return { ...summary, status: LADDER[Math.max(lowest, floor, taken) - 1] };
}

/**
 * The steps a group message shows as a whole: the moment when everybody known had reached each rung,
 * which is the latest among them; queued and sent also hold when said of the message itself.
 */
export function groupSteps(own: Lane, people: readonly Lane[], expected: number | undefined): Lane {
  const complete = people.length > 0 && people.length >= (expected ?? 0);
  let lane: Lane = EMPTY_LANE;
  for (const said of ['queued', 'sent', 'deleted'] as const) if (own[said]) lane = advance(lane, said, own[said]);
  if (people.length === 0) return own;
  if (!complete) return lane;
  for (const rung of LADDER) {
    if (lane[rung] !== undefined || !people.every((person) => reachedRung(person, rung))) continue;
    const steps = people.map((person) => person[rung]).filter((step) => step !== undefined);
    // Somebody skipped this rung (read without delivered), so nobody can say when all had reached it.
    if (steps.length < people.length) continue;
    lane = advance(lane, rung, steps.reduce(laterStep));
  }
  if (people.every((person) => statusOf(person) === 'failed')) {
    const failures = people.map((person) => person.failed).filter((step) => step !== undefined);
    lane = advance(lane, 'failed', failures.reduce(laterStep));
  }
  return lane;
}

/** The later of two people's steps; of two at the same time the less certain one, whoever became known first. */
function laterStep(a: Step, b: Step): Step {
  if (a.at !== b.at) return a.at > b.at ? a : b;
  const later = compareEvidence(a, b) > 0 ? a : b;
  const reason = betterReason(a.reason, b.reason);
  return later.reason === reason || reason === undefined ? later : { ...later, reason };
}

function reachedRung(lane: Lane, rung: Rung): boolean {
  return rungOf(lane) >= LADDER.indexOf(rung) + 1;
}
