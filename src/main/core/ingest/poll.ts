/**
 * Asks the provider about messages whose time has come. One poller per account, each with its own budget.
 * Work is pulled from the store a handful at a time; answers go to the inbox by the same road as webhooks
 * and are understood there. A question that brings no answer keeps its place.
 *
 * One timer drives it: `tick` plans what is new, sends what the budget allows, and says when to look again.
 */
import type { PollingView } from '../../../shared/contract/views.ts';
import type { Failure } from '../domain/failure.ts';
import type { Millis } from '../domain/ids.ts';
import { LEASE_MS, type PollPlan, type PollRow } from '../ports/polls.ts';
import type { ProviderClient } from '../ports/provider.ts';
import { createBudget } from './budget.ts';
import type { Poller, PollerDeps, PollMode } from './poller.ts';
import { createOutlook } from './pollOutlook.ts';
import { judgeTrouble } from './pollTrouble.ts';
import { pollingView } from './pollWords.ts';
import { isInsurance, isSpared, mostTelling, nextAsk } from './spacing.ts';

export type { AnswerToKeep, Keep, Poller, PollerDeps, PollMode } from './poller.ts';

const CONCURRENCY = 4;
/** Bounded work per tick, so that other accounts and the window get their turn. */
const ROWS_PER_TICK = 500;
/** New messages are found by looking; nobody has to ring. */
const LOOK_AGAIN_MS: Readonly<Record<PollPlan, number>> = { net: 2_000, fallback: 1_000 };
/** While a reconciliation fills the queue, every fourth question still goes to what is due in the ordinary way. */
const ORDINARY_TURN = 4;
/** When more is due than can leave, the most telling of so many goes first. */
const DUE_WINDOW = 32;
/** So many failures in a row are the provider's doing, not that of one message. */
const AWAY_STRIKES = 3;
const CHANGE_EVERY_MS = 1_000;
const LATELY_MS = 600_000;

export function createPoller(deps: PollerDeps): Poller {
  const { account, polls, clock, log, random } = deps;
  const budget = deps.budget ?? createBudget(polls.readBudget(account), clock.now());
  const outlook = createOutlook({ account, polls, random, perMinute: (now) => budget.view(now).backgroundPerMinute });
  const underWay = new Set<Promise<void>>();
  let mode: PollMode = 'off';
  let closed = false;
  let cancelTimer = () => {};
  let cancelChange: (() => void) | undefined;
  let shown = '';
  let seenAt = clock.now();
  let turn = 0;
  let toHurry: 'queued' | 'all' | undefined;
  /** Whether the questions that an earlier process left without an answer are due again. */
  let tookOver = false;
  /** Our own waiting, after trouble. */
  let hold: { readonly until: Millis; readonly failure: Failure } | undefined;
  let strikes = 0;
  let struckAt = Number.NEGATIVE_INFINITY;
  let firstStruckAt = 0;
  let lastAnswerAt = Number.NEGATIVE_INFINITY;

  const plan = (): PollPlan => (mode === 'fallback' ? 'fallback' : 'net');

  function schedule(ms: number): void {
    cancelTimer();
    if (!closed) cancelTimer = clock.after(Math.max(0, ms), tick);
  }

  function tick(): void {
    if (closed || mode === 'off') return;
    let wait = LOOK_AGAIN_MS[plan()];
    try {
      const now = clock.now();
      noticeClockSetBack(now);
      if (!tookOver) polls.orphaned(account, now);
      tookOver = true;
      const busy = hurrySome(now) || planSome(now);
      wait = busy ? 0 : Math.min(wait, askSome(now));
      if (busy) askSome(now);
    } catch (error) {
      // The store failed, or we have a bug: either way nothing is lost, and trying in vain at full speed helps nobody.
      log.error('poll.tick_failed', { account, message: messageOf(error) });
    }
    schedule(wait);
  }

  function noticeClockSetBack(now: Millis): void {
    if (now < seenAt - 5_000) {
      hold = undefined;
      outlook.forget();
      lastAnswerAt = Math.min(lastAnswerAt, now);
      struckAt = Math.min(struckAt, now);
      polls.clockSetBack(account, now);
    }
    seenAt = now;
  }

  function hurrySome(now: Millis): boolean {
    if (toHurry === undefined) return false;
    if (polls.hurry(account, toHurry, now, ROWS_PER_TICK) < ROWS_PER_TICK) toHurry = undefined;
    return toHurry !== undefined;
  }

  /** True when there may be more to plan. */
  function planSome(now: Millis): boolean {
    const rows = polls.unplanned(account, plan(), ROWS_PER_TICK);
    if (rows.length === 0) return false;
    const common = outlook.situation(now, plan());
    polls.planned(
      plan(),
      rows.map((row) => ({ messageRow: row.messageRow, next: nextAsk(row, { ...common, random: random() }) })),
    );
    return rows.length === ROWS_PER_TICK;
  }

  /** Sends what may leave now; gives the ms until it is worth looking again. */
  function askSome(now: Millis): number {
    const client = deps.client();
    if (client === undefined) return LOOK_AGAIN_MS.net;
    if (hold !== undefined && now < hold.until) return hold.until - now;
    const free = (strikes > 0 ? 1 : CONCURRENCY) - underWay.size;
    if (free <= 0) return LOOK_AGAIN_MS.net;
    const rows = pick(now, free);
    let wait = rows.length === 0 ? (polls.nextDueAt(account) ?? Number.POSITIVE_INFINITY) - now : LOOK_AGAIN_MS.net;
    const granted: PollRow[] = [];
    for (const row of rows) {
      const grant = budget.take(now);
      if (!grant.ok) {
        wait = grant.waitMs;
        break;
      }
      granted.push(row);
    }
    if (granted.length === 0) return wait;
    const questions = granted.map((row) => ({ messageRow: row.messageRow, insurance: isInsurance(row, plan()) }));
    polls.asked(questions, now, now + LEASE_MS, account, budget.save());
    deps.onSpent?.('question', granted.length);
    for (const row of granted) {
      const question = ask(client, row, now).finally(() => {
        underWay.delete(question);
        changed();
        schedule(0);
      });
      underWay.add(question);
    }
    return wait;
  }

  /** What is due, urgent first, with a turn for the rest. */
  function pick(now: Millis, limit: number): readonly PollRow[] {
    const urgent = [...polls.due(account, now, true, limit)];
    const ordinary = mostTelling(worthAsking(polls.due(account, now, false, DUE_WINDOW)), now, outlook.knowledge());
    const picked: PollRow[] = [];
    while (picked.length < limit) {
      const ordinaryTurn = urgent.length > 0 && ordinary.length > 0 && turn++ % ORDINARY_TURN === ORDINARY_TURN - 1;
      const row = ordinaryTurn ? ordinary.shift() : (urgent.shift() ?? ordinary.shift());
      if (row === undefined) break;
      picked.push(row);
    }
    return picked;
  }

  /** The rows without those that need no asking any more, which rest from now on. */
  function worthAsking(rows: readonly PollRow[]): readonly PollRow[] {
    const spared = rows.filter((row) => isSpared(row, plan(), outlook.knowledge()));
    if (spared.length === 0) return rows;
    polls.planned(
      plan(),
      spared.map((row) => ({ messageRow: row.messageRow, next: { stop: 'quiet' } })),
    );
    return rows.filter((row) => !spared.includes(row));
  }

  async function ask(client: Pick<ProviderClient, 'askMessage'>, row: PollRow, askedAt: Millis): Promise<void> {
    try {
      const result = await client.askMessage(row.providerId);
      if (!result.ok) return endure(row, askedAt, result.error);
      const { shape, body, at } = result.value;
      await deps.keep({
        account,
        source: 'poll',
        shape,
        body,
        receivedAt: at,
        ...(row.answeredAskAt === undefined ? {} : { since: row.answeredAskAt }),
      });
      const unreachable = hold?.failure.code === 'provider_unreachable';
      if (unreachable) forgive();
      const wasAway = unreachable || strikes >= AWAY_STRIKES;
      strikes = 0;
      hold = undefined;
      if (wasAway) deps.onReached?.(unreachable);
      lastAnswerAt = clock.now();
      // The answer may have been understood already, so the row is read afresh.
      const fresh = polls.read(row.messageRow) ?? polls.find(account, row.providerId);
      if (fresh === undefined) return;
      polls.answered(
        fresh.messageRow,
        askedAt,
        plan(),
        nextAsk({ ...fresh, answeredAskAt: askedAt, answers: fresh.answers + 1 }, outlook.situation(clock.now(), plan())),
      );
    } catch (error) {
      // Kept nowhere, so the lease brings it back; the account rests as after any trouble.
      log.error('poll.question_failed', { account, message: messageOf(error) });
      strikes++;
      rest(10_000, { code: 'our_fault', message: 'An answer could not be stored; it will be asked for again.', retry: true });
    }
  }

  /** A message that is answered badly while others are answered well keeps its own waits. */
  function forgive(): void {
    if (strikes >= AWAY_STRIKES) polls.forgive(account, clock.now());
  }

  function endure(row: PollRow, askedAt: Millis, failure: Failure): void {
    const now = clock.now();
    const trouble = judgeTrouble(row, failure, { now, random: random(), strikes, othersAnswered: now - lastAnswerAt < LATELY_MS && strikes === 0 });
    polls.unanswered(row.messageRow, trouble.failures, trouble.next);
    if (trouble.hold.kind === 'none') return;
    // Questions that were under way together are one strike.
    if (strikes === 0) firstStruckAt = now;
    if (strikes === 0 || askedAt > struckAt) strikes++;
    struckAt = now;
    if (trouble.hold.kind === 'ours' && strikes >= AWAY_STRIKES) deps.onAway?.(firstStruckAt, failure.message);
    if (trouble.hold.kind === 'told') {
      budget.learn({ at: now, waitUntil: Math.ceil(now + trouble.hold.ms) });
      polls.saveBudget(account, budget.save());
    } else rest(trouble.hold.ms, failure);
    log.warn('poll.held', { account, code: failure.code, ms: Math.round(trouble.hold.ms), strikes });
  }

  function rest(ms: number, failure: Failure): void {
    const until = Math.ceil(clock.now() + ms);
    if (hold === undefined || hold.until < until) hold = { until, failure };
  }

  /** Tells of a change, at most once a second and only of one that can be seen. */
  function changed(): void {
    if (deps.onChange === undefined || cancelChange !== undefined || closed) return;
    cancelChange = clock.after(CHANGE_EVERY_MS, () => {
      cancelChange = undefined;
      const { active, perMinute, due, tracked, waitUntil, words } = view();
      const now = JSON.stringify([active, perMinute, due, tracked, waitUntil, words]);
      if (now !== shown) deps.onChange?.();
      shown = now;
    });
  }

  function view(): PollingView {
    const now = clock.now();
    const { providerName: provider, showTime } = deps;
    const resting = hold !== undefined && hold.until > now ? hold : undefined;
    const hasKey = deps.client() !== undefined;
    return pollingView({ account, provider, mode, hasKey, now, limits: budget.view(now), counts: outlook.counts(now), resting, showTime });
  }

  return {
    start(wanted) {
      mode = wanted;
      schedule(0);
    },
    setMode(wanted) {
      if (wanted === mode) return;
      mode = wanted;
      outlook.forget();
      schedule(0);
      changed();
    },
    learn(limits) {
      budget.learn(limits);
      if (limits.waitUntil !== undefined) {
        deps.onSpent?.('refused', 1);
        polls.saveBudget(account, budget.save());
      }
      changed();
    },
    take(use) {
      const grant = budget.take(clock.now(), use);
      if (grant.ok) {
        // What leaves in the background from outside the poller is a page of the log.
        deps.onSpent?.(use === 'background' ? 'log' : 'interactive', 1);
        polls.saveBudget(account, budget.save());
      }
      return grant;
    },
    checkQueued() {
      toHurry ??= 'queued';
      schedule(0);
    },
    pollNow() {
      toHurry = 'all';
      schedule(0);
    },
    wake() {
      hold = undefined;
      strikes = 0;
      schedule(0);
    },
    reachable() {
      if (hold?.failure.code !== 'provider_unreachable') return;
      forgive();
      // one question first: that others get through need not mean that we do
      strikes = 1;
      hold = undefined;
      schedule(0);
    },
    view,
    trouble: () => hold?.failure,
    async close() {
      closed = true;
      cancelTimer();
      cancelChange?.();
      await Promise.allSettled(underWay);
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
