/**
 * "What did we miss?" After a start, a gap or a sleep, and once a day: read the new pages of the provider's
 * message log, then ask about every message whose status can still rise, then say what came back.
 *
 * Everything a run needs to know stands in the store, so one that is cut off goes on where it was. The
 * asking itself is the poller's: a run only makes messages urgently due and watches them being answered.
 */
import type { ReconcileView } from '../../../shared/contract/views.ts';
import type { Failure } from '../domain/failure.ts';
import type { AccountId, Millis } from '../domain/ids.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Polls } from '../ports/polls.ts';
import type { LogPage, ProviderClient } from '../ports/provider.ts';
import type { EnrolFilter, ReconcileRun, ReconcileRuns, ReconcileWhy } from '../ports/reconciles.ts';
import type { Keep, Poller } from './poll.ts';
import { reconcileWords } from './pollWords.ts';

/** A stretch without an open door that nobody has gone back over yet. */
export type GapToClose = { readonly id: number; readonly from: Millis; readonly to: Millis | undefined };

export type ReconcileDeps = {
  readonly account: AccountId;
  readonly polls: Polls;
  readonly runs: ReconcileRuns;
  readonly poller: Pick<Poller, 'take' | 'wake' | 'view'>;
  /** `undefined` while the account has no key. */
  readonly client: () => Pick<ProviderClient, 'messageLog'> | undefined;
  /** The provider's id of the chosen session; `undefined` when the message log cannot be read. */
  readonly session: () => string | undefined;
  /** Gaps of this account that were not reconciled yet; those still open too. */
  readonly gaps: () => readonly GapToClose[];
  /** A gap was gone over: so many messages turned out to have changed. */
  readonly gapRecovered: (gap: number, recovered: number) => void;
  readonly keep: Keep;
  /** Resolves when everything that was kept until now has been understood. */
  readonly understood: () => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  /** The view changed; at most once a second. */
  readonly onChange?: () => void;
};

export interface Reconcile {
  /** Goes on with an unfinished run, or begins the one of the start; then once a day. Harmless when called again. */
  start(): void;
  /** Begins a run; while one is under way it only makes sure that gaps which end meanwhile get theirs afterwards. */
  run(why: ReconcileWhy): ReconcileView;
  /** Webhooks come in again after a time of polling: begins a run, or another one after that which is under way. */
  doorIsBack(): void;
  view(): ReconcileView;
  /** Harmless when called twice; the next start goes on from here. */
  close(): Promise<void>;
}

const SECOND = 1_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;
/** Bounded work per step, so that the poller and the window get their turn. */
const ROWS_PER_STEP = 500;
const MOST_PAGES = 50;
/** A log of which we know nothing is history from before us: a taste of it is enough. */
const MOST_UNKNOWN_PAGES = 10;
const LOG_TRIES = 5;
/** WhatsApp gives up on a message after 30 days. */
const OLDEST_MS = 30 * DAY;

export function createReconcile(deps: ReconcileDeps): Reconcile {
  const { account, runs, clock, log } = deps;
  let started = false;
  let closed = false;
  let working: Promise<void> | undefined;
  let cancelWait: (() => void) | undefined;
  let cancelDaily = () => {};
  let endWait = () => {};
  let told = '';
  /** When webhooks came in again, and when this run began, by the clock that nobody can set. What the run asked about before may have risen between its question and then. */
  let backSince = Number.NEGATIVE_INFINITY;
  let beganAt = Number.NEGATIVE_INFINITY;

  const unfinished = (): ReconcileRun | undefined => {
    const last = runs.last(account);
    return last?.finishedAt === undefined ? last : undefined;
  };

  /** Resolves after `ms`, or at once when closed. */
  function pause(ms: number): Promise<void> {
    if (closed) return Promise.resolve();
    return new Promise((resolve) => {
      endWait = resolve;
      cancelWait = clock.after(ms, resolve);
    });
  }

  function tell(): void {
    if (deps.onChange === undefined) return;
    const now = JSON.stringify(view());
    if (now !== told) deps.onChange();
    told = now;
  }

  function begin(why: ReconcileWhy): void {
    const now = clock.now();
    beganAt = clock.monotonic();
    // also those that end in the future: the clock was set back since they began
    const gaps = deps.gaps().filter((gap) => gap.to !== undefined);
    const last = runs.last(account);
    // a run that began under a clock which ran ahead says nothing of when it was
    const lastAt = last !== undefined && last.startedAt <= now ? last.startedAt : now - OLDEST_MS;
    const since = Math.min(...gaps.map((gap) => gap.from), lastAt);
    const run = runs.begin(
      account,
      why,
      now,
      since,
      gaps.map((gap) => gap.id),
    );
    log.info('reconcile.began', { account, why, run: run.id, gaps: gaps.length, since });
    work();
  }

  function work(): void {
    working ??= workThrough()
      .catch((error: unknown) => {
        // A failing store, or a bug of ours. The run stays unfinished, and is taken up again.
        log.error('reconcile.failed', { account, message: error instanceof Error ? error.message : String(error) });
        return pause(30 * SECOND);
      })
      .finally(() => {
        working = undefined;
        if (!closed && unfinished() !== undefined) work();
      });
  }

  async function workThrough(): Promise<void> {
    for (let run = unfinished(); run !== undefined && !closed; run = unfinished()) {
      tell();
      if (run.phase === 'log') {
        await readLog(run);
        await deps.understood();
        if (!closed) await enrolAll(run);
      } else if (run.waiting > 0) {
        await pause(SECOND);
      } else {
        await deps.understood();
        if (!closed) finish(run.id);
        // another run is a second away whatever began it, so that no reason that stays can take all our time
        if (unfinished() !== undefined) await pause(SECOND);
      }
    }
    tell();
  }

  function finish(id: number): void {
    const run = runs.finish(id, clock.now());
    log.info('reconcile.finished', { account, run: id, asked: run.toAsk, recovered: run.recovered });
    // The answers do not say in which of several gaps the news fell; the latest one carries the count.
    const latest = run.gaps.at(-1);
    for (const gap of run.gaps) deps.gapRecovered(gap, gap === latest ? run.recovered : 0);
    if (deps.gaps().some((gap) => gap.to !== undefined && !run.gaps.includes(gap.id)) || backSince > beganAt) begin('gap');
  }

  /** New pages of the log, newest first, each kept before it is understood. Trouble only costs us the log: the asking covers the rest. */
  async function readLog(run: ReconcileRun): Promise<void> {
    let unknownPages = 0;
    for (let page = run.page, tries = 0; page <= MOST_PAGES && !closed; ) {
      const client = deps.client();
      const session = deps.session();
      if (client === undefined || session === undefined) return;
      const grant = deps.poller.take('background');
      if (!grant.ok) {
        await pause(grant.waitMs);
        continue;
      }
      const result = await client.messageLog(session, page);
      if (!result.ok) {
        if (!result.error.retry || ++tries >= LOG_TRIES) {
          log.warn('reconcile.log_unreadable', { account, page, code: result.error.code });
          return;
        }
        await pause(patience(result.error, tries));
        continue;
      }
      tries = 0;
      const news = newsOf(result.value, run);
      const { shape, body, at } = result.value;
      await deps.keep({ account, source: 'import', shape, body, receivedAt: at });
      page++;
      runs.turnedPage(run.id, page);
      unknownPages = news === 'unknown' ? unknownPages + 1 : 0;
      if (!result.value.more || news === 'none' || unknownPages >= MOST_UNKNOWN_PAGES) return;
      tell();
    }
  }

  function patience(failure: Failure, tries: number): number {
    return failure.afterMs ?? Math.min(60 * SECOND, 2 * SECOND * 2 ** tries) * (0.5 + deps.random());
  }

  /** Whether later pages can hold news: not when this one reaches back before the run's beginning, or tells only what is settled. */
  function newsOf(page: LogPage, run: ReconcileRun): 'some' | 'none' | 'unknown' {
    const known = deps.polls.known(account, page.ids);
    if (page.ids.length === 0 || known.some((message) => message.firstAt < run.since - HOUR)) return 'none';
    if (known.length === 0) return 'unknown';
    const open = known.some((message) => message.status === undefined || message.status === 'queued');
    return known.length < page.ids.length || open ? 'some' : 'none';
  }

  async function enrolAll(run: ReconcileRun): Promise<void> {
    const filter = filterOf(run);
    while (!closed && runs.enrol(run.id, clock.now(), filter, ROWS_PER_STEP) === ROWS_PER_STEP) await pause(0);
    if (closed) return;
    runs.enrolled(run.id);
    // A back-off of ours ends here: the world may have changed since.
    if (run.why !== 'daily') deps.poller.wake();
  }

  function filterOf(run: ReconcileRun): EnrolFilter {
    const ends = deps.gaps().flatMap((gap) => (run.gaps.includes(gap.id) && gap.to !== undefined ? [gap.to] : []));
    const missed = ends.length > 0 || run.why === 'wake' || run.why === 'asked';
    const unansweredSince = run.why === 'daily' ? run.startedAt - DAY : run.why === 'gap' && ends.length > 0 ? Math.max(...ends) : run.startedAt;
    return { resting: missed, firstSince: run.since - OLDEST_MS, unansweredSince };
  }

  /** Looked at now and then rather than timed a day ahead, so that a clock set anew or a long sleep still gives one run. */
  function daily(): void {
    cancelDaily = clock.after(HOUR / 4, daily);
    const last = runs.last(account);
    const age = clock.now() - (last?.startedAt ?? 0);
    // negative beyond an hour: it began under a clock that ran ahead, and would be a day old only when that time comes
    if (last?.finishedAt !== undefined && (age >= DAY || age < -HOUR)) begin('daily');
  }

  function view(): ReconcileView {
    const run = runs.last(account);
    if (run === undefined) {
      return {
        account,
        state: 'idle',
        startedAt: null,
        finishedAt: null,
        toAsk: 0,
        asked: 0,
        recovered: 0,
        secondsToGo: null,
        words: 'Nothing was missed so far',
      };
    }
    const polling = deps.poller.view();
    const running = run.finishedAt === undefined;
    const wait = Math.max(0, (polling.waitUntil ?? 0) - clock.now()) / SECOND;
    const secondsToGo = running && polling.active && run.phase === 'ask' ? Math.ceil((run.waiting * 60) / polling.perMinute + wait) : null;
    return {
      account,
      state: running ? 'running' : 'done',
      startedAt: run.startedAt,
      finishedAt: run.finishedAt ?? null,
      toAsk: run.toAsk,
      asked: run.toAsk - run.waiting,
      recovered: run.recovered,
      secondsToGo,
      words: reconcileWords(run, secondsToGo, polling.perMinute, polling.active),
    };
  }

  return {
    start() {
      if (started || closed) return;
      if (unfinished() === undefined) begin('start');
      else work();
      started = true;
      cancelDaily = clock.after(HOUR / 4, daily);
    },
    run(why) {
      if (!closed && unfinished() === undefined) begin(why);
      else if (!closed) work();
      return view();
    },
    doorIsBack() {
      if (closed) return;
      if (unfinished() === undefined) begin('gap');
      else backSince = clock.monotonic();
    },
    view,
    async close() {
      closed = true;
      cancelDaily();
      cancelWait?.();
      endWait();
      await working;
    },
  };
}
