/** An invented provider whose messages live by a script, and a poller that asks it. Time is the test's. */
import { fail, type Result } from '../../src/main/core/domain/failure.ts';
import type { Millis } from '../../src/main/core/domain/ids.ts';
import { LADDER, type Rung } from '../../src/main/core/domain/status.ts';
import { type AnswerToKeep, createPoller, type Poller } from '../../src/main/core/ingest/poll.ts';
import type { Answer, LearnedLimits } from '../../src/main/core/ports/provider.ts';
import { createRandom } from '../../src/main/demo/random.ts';
import { createFakeClock, type FakeClock } from './fakeClock.ts';
import { createPollingStore, type PollingStore } from './pollingStore.ts';

/** When a message reaches each rung; what it never reaches is left out. */
export type Life = { readonly [R in Rung]?: Millis };

export type PollingWorld = {
  readonly clock: FakeClock;
  readonly store: PollingStore;
  readonly poller: Poller;
  /** Every question: which message, when. */
  readonly questions: { readonly id: string; readonly at: Millis }[];
  readonly kept: AnswerToKeep[];
  /** When we learned of each step, by message. */
  readonly learned: Map<string, Partial<Record<Rung, Millis>>>;
  /** Puts something else than the truth into the next answers; `undefined` for the truth. */
  answer: ((id: string) => Promise<Result<Answer>> | undefined) | undefined;
  /** What every answer's headers say. */
  limits: (() => LearnedLimits) | undefined;
  /** A message with this life is tracked from now on; it is as old as its first step, at least as old as now. */
  send(id: string, life: Life, joined?: boolean): number;
  /** A webhook says how far the message is now. */
  webhook(id: string): void;
  statusAt(id: string, at: Millis): Rung | undefined;
  /** A poller on the same store, as after a restart. */
  restart(): Poller;
};

export function createPollingWorld(
  options: { seed?: number; clock?: FakeClock; store?: PollingStore; keep?: (answer: AnswerToKeep) => Promise<void> } = {},
): PollingWorld {
  const clock = options.clock ?? createFakeClock();
  const store = options.store ?? createPollingStore();
  const lives = new Map<string, Life>();
  const rows = new Map<string, number>();
  const random = createRandom(options.seed ?? 1).next;

  const deps = {
    account: store.account,
    providerName: 'WASenderApi',
    polls: store.polls,
    client: () => ({ askMessage }),
    keep: async (answer: AnswerToKeep) => {
      await options.keep?.(answer);
      world.kept.push(answer);
      settle(Buffer.from(answer.body).toString(), 'poll');
    },
    clock,
    log: { info() {}, warn() {}, error() {} },
    random,
    showTime: (at: Millis) => new Date(at).toISOString().slice(11, 16),
  };
  const poller = createPoller(deps);

  const world: PollingWorld = {
    clock,
    store,
    poller,
    questions: [],
    kept: [],
    learned: new Map(),
    answer: undefined,
    limits: undefined,
    send(id, life, joined = true) {
      lives.set(id, life);
      const now = clock.now();
      const row = store.add(id, Math.min(now, life.queued ?? now), now, { status: world.statusAt(id, now) ?? 'queued', joined });
      rows.set(id, row);
      learn(id, now);
      return row;
    },
    webhook(id) {
      settle(id, 'webhook');
    },
    statusAt(id, at) {
      const life = lives.get(id) ?? {};
      return LADDER.findLast((rung) => (life[rung] ?? Number.POSITIVE_INFINITY) <= at);
    },
    restart: () => createPoller({ ...deps }),
  };

  function learn(id: string, now: Millis): void {
    const life = lives.get(id) ?? {};
    const known = world.learned.get(id) ?? {};
    for (const rung of LADDER) if ((life[rung] ?? Number.POSITIVE_INFINITY) <= now) known[rung] ??= now;
    world.learned.set(id, known);
  }

  function settle(id: string, heard: 'webhook' | 'poll'): void {
    const row = rows.get(id);
    const now = clock.now();
    const status = world.statusAt(id, now);
    learn(id, now);
    if (row !== undefined && status !== undefined) store.polls.settle(row, status, now, heard);
  }

  function askMessage(id: string): Promise<Result<Answer>> {
    const at = clock.now();
    world.questions.push({ id, at });
    const scripted = world.answer?.(id);
    if (scripted !== undefined) return scripted;
    if (world.limits) world.poller.learn(world.limits());
    if (!rows.has(id)) return Promise.resolve(fail('not_found', 'There is no such message.'));
    return Promise.resolve({ ok: true, value: { status: 200, shape: 'message-info', body: Buffer.from(id), at } });
  }

  return world;
}

/** Moves on by `ms`, letting answers come in between. */
export async function live(world: PollingWorld, ms: number): Promise<void> {
  await world.clock.run(ms);
}
