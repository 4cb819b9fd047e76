/**
 * When to ask about a message next. Pure.
 *
 * With polling as the only door, the least staleness for a given number of requests comes from asking each
 * message at intervals Tᵢ ∝ 1/√λᵢ, where λᵢ is how likely its status is to rise in the next moment, given
 * how long it has been waiting (minimise Σ λᵢTᵢ/2 with Σ 1/Tᵢ = R). With webhooks live, polling is only
 * insurance: a message is asked about when it is still waiting after 95 of 100 like it had moved on.
 * λ and the 95th percentile come from this account's own history, leaning on a table of ours while that is short.
 */
import type { Millis } from '../domain/ids.ts';
import type { Status } from '../domain/status.ts';
import type { Crowd, Insurance, NextAsk, PollPlan, PollRow, WaitSample } from '../ports/polls.ts';

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;

/** How long a message has been in its status, cut into stretches of about even chances. */
export const AGE_EDGES_MS: readonly number[] = [0, 5 * SECOND, 20 * SECOND, MINUTE, 5 * MINUTE, 20 * MINUTE, HOUR, 4 * HOUR, 12 * HOUR, DAY, 3 * DAY];

type Stage = 'queued' | 'sent' | 'delivered';
const STAGES: readonly Stage[] = ['queued', 'sent', 'delivered'];

/** Mean time until the status rises, for each stretch of age; what we assume before we know better. */
const ASSUMED_MEAN_MS: Readonly<Record<Stage, readonly number[]>> = {
  queued: [3 * SECOND, 10 * SECOND, 30 * SECOND, 3 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR, 12 * HOUR, DAY, 3 * DAY, 7 * DAY],
  sent: [4 * SECOND, 15 * SECOND, MINUTE, 5 * MINUTE, 20 * MINUTE, HOUR, 3 * HOUR, 8 * HOUR, 16 * HOUR, 3 * DAY, 7 * DAY],
  delivered: [5 * MINUTE, 5 * MINUTE, 5 * MINUTE, 8 * MINUTE, 20 * MINUTE, HOUR, 3 * HOUR, 8 * HOUR, DAY, 3 * DAY, 14 * DAY],
};
const ASSUMED_LONG_WAIT_MS: Readonly<Record<Stage, Millis>> = { queued: 30 * SECOND, sent: 15 * MINUTE, delivered: 12 * HOUR };
const LONG_WAIT_BOUNDS_MS: Readonly<Record<Stage, readonly [Millis, Millis]>> = {
  queued: [10 * SECOND, 10 * MINUTE],
  sent: [30 * SECOND, 12 * HOUR],
  delivered: [20 * MINUTE, 3 * DAY],
};
/** So many of our own waits weigh as much as the assumption. */
const ASSUMPTION_WEIGHT = 10;
const ENOUGH_WAITS = 50;
const ROUNDS = 6;

export type Knowledge = {
  /** Chance of rising per ms, for each stage and stretch of age. */
  readonly rates: Readonly<Record<Stage, readonly number[]>>;
  /** By then 95 of 100 had moved on. */
  readonly longWaitMs: Readonly<Record<Stage, Millis>>;
  /** Insurance was bought often enough, and found next to nothing missed. */
  readonly webhooksTrusted: boolean;
};

/** What this account's own history teaches. */
export function learnSpacing(samples: readonly WaitSample[], insurance: Insurance): Knowledge {
  const per = <T>(make: (stage: Stage) => T): Record<Stage, T> => ({ queued: make('queued'), sent: make('sent'), delivered: make('delivered') });
  const of = (stage: Stage) => samples.filter((sample) => sample.status === stage);
  return {
    rates: per((stage) => learnRates(ASSUMED_MEAN_MS[stage], of(stage))),
    longWaitMs: per((stage) => learnLongWait(stage, of(stage))),
    webhooksTrusted: insurance.answered >= ENOUGH_WAITS && insurance.caught <= insurance.answered * 0.02,
  };
}

export const ASSUMED: Knowledge = learnSpacing([], { answered: 0, caught: 0 });

/**
 * Events over time at risk in each stretch. A wait that polling ended is only known to lie between two
 * questions, so it is spread over the stretches in between in proportion to what the rates expect there, and
 * that again gives better rates (expectation and maximisation, a few rounds). Taking the later moment instead
 * would teach us long waits where only our own pauses were long.
 */
function learnRates(assumed: readonly number[], samples: readonly WaitSample[]): readonly number[] {
  let rates = assumed.map((mean) => 1 / mean);
  for (let round = 0; round < ROUNDS; round++) {
    const ended = rates.map(() => ASSUMPTION_WEIGHT);
    const atRisk = assumed.map((mean) => ASSUMPTION_WEIGHT * mean);
    for (const sample of samples) addSample(sample, rates, ended, atRisk);
    rates = rates.map((_, i) => (ended[i] ?? 0) / (atRisk[i] ?? 1));
  }
  return rates;
}

/** Adds the expected event and time at risk of one wait to each stretch. */
function addSample({ moreThanMs, atMostMs }: WaitSample, rates: readonly number[], ended: number[], atRisk: number[]): void {
  const pieces: { readonly i: number; readonly span: number; readonly chance: number }[] = [];
  let surviving = 1;
  let total = 0;
  for (let i = 0; i < rates.length; i++) {
    const from = AGE_EDGES_MS[i] ?? 0;
    const to = AGE_EDGES_MS[i + 1] ?? Number.POSITIVE_INFINITY;
    atRisk[i] = (atRisk[i] ?? 0) + Math.max(0, Math.min(moreThanMs, to) - from);
    if (atMostMs === undefined) continue;
    const span = Math.min(atMostMs, to) - Math.max(moreThanMs, from);
    if (span < 0 || (span === 0 && (moreThanMs < from || moreThanMs >= to))) continue;
    // A wait known to the point has no span; all of it lies in its own stretch.
    const chance = span === 0 ? 1 : surviving * -Math.expm1(-span * (rates[i] ?? 0));
    surviving -= span === 0 ? 0 : chance;
    total += chance;
    pieces.push({ i, span, chance });
  }
  let left = 1;
  for (const { i, span, chance } of pieces) {
    const share = total > 0 ? chance / total : 1 / pieces.length;
    left -= share;
    ended[i] = (ended[i] ?? 0) + share;
    // Those that ended later passed through the whole of it; those that ended here, about half.
    atRisk[i] = (atRisk[i] ?? 0) + span * (Math.max(0, left) + share / 2);
  }
}

function learnLongWait(stage: Stage, samples: readonly WaitSample[]): Millis {
  const waits = samples.flatMap(({ moreThanMs, atMostMs }) => (atMostMs === undefined ? [] : [(moreThanMs + atMostMs) / 2]));
  if (waits.length < ENOUGH_WAITS) return ASSUMED_LONG_WAIT_MS[stage];
  waits.sort((a, b) => a - b);
  const [least, most] = LONG_WAIT_BOUNDS_MS[stage];
  return Math.min(most, Math.max(least, waits[Math.floor(waits.length * 0.95)] ?? least));
}

/** Chance of rising per ms for a message that has been in `status` for `ageMs`. */
export function rateOf(knowledge: Knowledge, status: Status | undefined, ageMs: number): number {
  const rates = knowledge.rates[stageOf(status)];
  let i = AGE_EDGES_MS.length - 1;
  while (i > 0 && (AGE_EDGES_MS[i] ?? 0) > ageMs) i--;
  return rates[i] ?? 1 / (14 * DAY);
}

function stageOf(status: Status | undefined): Stage {
  return STAGES.find((stage) => stage === status) ?? 'queued';
}

/** Σ√λ over everything that is asked about: how much there is to share the budget between. */
export function pressureOf(knowledge: Knowledge, crowd: readonly Crowd[]): number {
  return crowd.reduce((sum, group) => sum + group.messages * Math.sqrt(rateOf(knowledge, group.status, group.fromMs)), 0);
}

/**
 * The same rows, those first about which an answer tells most: λτ², with τ the time since the last question.
 * Asking by the largest λτ² is what asking at Tᵢ ∝ 1/√λᵢ comes to when there is too little time for all; τ grows, so nobody waits for ever.
 */
export function mostTelling(rows: readonly PollRow[], now: Millis, knowledge: Knowledge): PollRow[] {
  const worth = (row: PollRow) => {
    const unaskedMs = Math.max(1, now - Math.max(row.answeredAskAt ?? 0, row.statusAt));
    return rateOf(knowledge, row.status, now - row.statusAt) * unaskedMs * unaskedMs;
  };
  return rows
    .map((row) => ({ row, worth: worth(row) }))
    .sort((a, b) => b.worth - a.worth)
    .map(({ row }) => row);
}

export type Situation = {
  readonly now: Millis;
  readonly plan: PollPlan;
  readonly knowledge: Knowledge;
  /** From `pressureOf`. */
  readonly pressure: number;
  /** What the poller may spend, requests a minute. */
  readonly perMinute: number;
  /** 0 ≤ x < 1: spreads questions that would otherwise come together. */
  readonly random: number;
};

/** What is known about the row at the moment of planning; `answers` counts the one that was just kept. */
export type Asked = Pick<PollRow, 'status' | 'joined' | 'firstAt' | 'statusAt' | 'answeredAskAt' | 'answers'>;

/** Both ids of a message become known through one question, and webhooks mean nothing to us until then. */
const JOIN_AFTER_MS = 3 * SECOND;
const JOIN_AGAIN_MS: readonly Millis[] = [5 * SECOND, 15 * SECOND, MINUTE, 5 * MINUTE];
const ANSWERS_WITHOUT_JOIN = 3;
/** With webhooks live: how long after a fruitless answer we ask again. */
const INSURE_AGAIN_MS: readonly Millis[] = [HOUR, 4 * HOUR, DAY];
/** A failure is sometimes overtaken by a delivery, soon or never. */
const FAILED_AGAIN_MS: readonly Millis[] = [MINUTE, 10 * MINUTE, HOUR];
/** Nothing comes any more after so long. WhatsApp itself keeps an undelivered message for 30 days. */
const HOPELESS_AFTER_MS: Readonly<Record<Stage, Millis>> = { queued: 7 * DAY, sent: 30 * DAY, delivered: 14 * DAY };
const SHORTEST_MS = 3 * SECOND;
/**
 * With room in the budget we still do not ask as often as we may: Tᵢ ≥ √(this/λᵢ), which keeps the proportions.
 * A message just sent is asked about every 5 s, one unread for some minutes each minute, one unread for days every half hour.
 */
const UNHURRIED_MS = 6 * SECOND;
const LONGEST_MS = DAY;

/** When to ask about this message next, or why never again. */
export function nextAsk(row: Asked, situation: Situation): NextAsk {
  const { now, plan } = situation;
  if (row.status === 'read' || row.status === 'played') return { stop: 'final' };
  if (!row.joined && row.answeredAskAt === undefined) return { dueAt: Math.max(now, row.firstAt + JOIN_AFTER_MS) };
  if (isMistaken(row)) return { stop: 'not-found' };
  if (row.status === 'failed') return fromList(FAILED_AGAIN_MS, row.answers, row.answers === 0 ? row.statusAt : now, now, 'final');
  const ageMs = now - row.statusAt;
  if (ageMs > HOPELESS_AFTER_MS[stageOf(row.status)]) return { stop: 'quiet' };
  const joinAgain = row.joined || stageOf(row.status) !== 'queued' ? undefined : JOIN_AGAIN_MS[row.answers - 1];
  if (joinAgain !== undefined) return { dueAt: now + joinAgain };
  return plan === 'net' ? insure(row, situation) : spread(row, situation);
}

/**
 * Answers came, and none named this message: its id is not one that can be asked about. (That the ids of the
 * message log are the same as those of message info is not documented, so each is only believed once joined.)
 */
function isMistaken(row: Asked): boolean {
  return !row.joined && row.answers >= ANSWERS_WITHOUT_JOIN && stageOf(row.status) !== 'queued';
}

/** Whether the question about this row would only be insurance. */
export function isInsurance(row: Asked & Pick<PollRow, 'urgent'>, plan: PollPlan): boolean {
  return plan === 'net' && !row.urgent && row.status !== 'failed' && (row.joined || row.answeredAskAt !== undefined);
}

function insure(row: Asked, { now, knowledge, random }: Situation): NextAsk {
  const stage = stageOf(row.status);
  if (row.answers === 0) return { dueAt: Math.max(now, Math.round(row.statusAt + knowledge.longWaitMs[stage] * (1 + random * 0.05))) };
  return fromList(insuranceAgain(stage, knowledge), row.answers - 1, now, now, 'quiet');
}

/** Where insurance never paid, one question is enough; a message not yet delivered gets one more after a day. */
function insuranceAgain(stage: Stage, knowledge: Knowledge): readonly Millis[] {
  if (!knowledge.webhooksTrusted) return INSURE_AGAIN_MS;
  return stage === 'delivered' ? [] : [DAY];
}

/** Whether a question that was planned as insurance is not worth asking any more, by what was learned since. */
export function isSpared(row: PollRow, plan: PollPlan, knowledge: Knowledge): boolean {
  if (!isInsurance(row, plan) || row.answers === 0 || (!row.joined && stageOf(row.status) === 'queued')) return false;
  return row.answers > insuranceAgain(stageOf(row.status), knowledge).length;
}

function spread(row: Asked, { now, knowledge, pressure, perMinute, random }: Situation): NextAsk {
  const rate = rateOf(knowledge, row.status, now - row.statusAt);
  const fair = pressure / (perMinute / MINUTE) / Math.sqrt(rate);
  const interval = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, Math.sqrt(UNHURRIED_MS / rate), fair));
  return { dueAt: Math.round(now + interval * (0.9 + random * 0.2)) };
}

function fromList(list: readonly Millis[], index: number, from: Millis, now: Millis, otherwise: 'final' | 'quiet'): NextAsk {
  const wait = list[index];
  return wait === undefined ? { stop: otherwise } : { dueAt: Math.max(now, from + wait) };
}
