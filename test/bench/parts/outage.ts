/**
 * An hour in which nobody listened, and the catching up after it: the real store, drain, poller and
 * reconciliation over a clock of our own; only the provider's answers are invented, in its own words.
 */
import { createPolls } from '../../../src/main/adapters/sqlite/polls.ts';
import { createReconcileRuns } from '../../../src/main/adapters/sqlite/reconciles.ts';
import type { Result } from '../../../src/main/core/domain/failure.ts';
import type { Status } from '../../../src/main/core/domain/status.ts';
import { createPoller } from '../../../src/main/core/ingest/poll.ts';
import { createReconcile } from '../../../src/main/core/ingest/reconcile.ts';
import type { Answer } from '../../../src/main/core/ports/provider.ts';
import { statusUpdate } from '../../../src/main/demo/payloads.ts';
import { createRandom } from '../../../src/main/demo/random.ts';
import { NOON, openCoreWorld } from '../../support/coreWorld.ts';
import { silentLog } from '../../support/demoShop.ts';
import { HOUR, MINUTE, mostInAMinute, SECOND } from './economy.ts';

const CHAT = '15550002222@s.whatsapp.net';

export type Outage = {
  readonly requests: number;
  /** From the moment the door was back until every status was known; undefined when that never came. */
  readonly coveredMs: number | undefined;
  readonly mostInAMinute: number;
  /** Messages that stand twice or not at all, and statuses counted twice or not at all. */
  readonly doubled: number;
  readonly recoveredShown: number;
};

/** `messages` messages, each of which reaches its next status while nobody listens. The store lies in `folder`. */
export async function liveThroughOutage(folder: string, messages: number, perMinute: number, seed: number): Promise<Outage> {
  const random = createRandom(seed);
  const truth = new Map<string, { readonly waId: string; status: number }>();
  const moments: number[] = [];
  const world = openCoreWorld(folder, {
    tracking: {
      track: (message) =>
        message.providerId !== null &&
        polls.track(message.row, message.account, message.providerId, message.firstAt, world.clock.now(), {
          joined: message.waId !== null,
          ...(message.status === null ? {} : { status: message.status }),
        }),
      merged: (from, into) => polls.merged(from, into.row, into.status ?? undefined, world.clock.now()),
      settle: (message, heard) =>
        message.providerId !== null && message.status !== null && polls.settle(message.row, message.status, world.clock.now(), heard),
    },
  });
  const { store, clock, account, drain } = world;
  const polls = createPolls(store.db);

  function askMessage(providerId: string): Promise<Result<Answer>> {
    moments.push(clock.now());
    return Promise.resolve({ ok: true, value: { status: 200, shape: 'message-info', body: infoOf(providerId), at: clock.now() } });
  }

  function infoOf(providerId: string): Buffer {
    const { waId, status } = truth.get(providerId) ?? { waId: '', status: 1 };
    const key = { id: waId, fromMe: true, remoteJid: CHAT };
    return Buffer.from(JSON.stringify({ success: true, data: { msgId: Number(providerId), key, remoteJid: CHAT, status } }));
  }

  const webhook = (waId: string, status: number, at: number) => ({
    body: statusUpdate({ apiKey: 'k', at, waId, chat: CHAT, status: status as 2 | 3 | 4 }),
    receivedAt: at + 300,
  });

  const common = { account, polls, clock, log: silentLog, random: random.next };
  const keep = async (answer: Parameters<Parameters<typeof createPoller>[0]['keep']>[0]) => {
    world.keep({ ...answer, body: Buffer.from(answer.body) });
    drain.nudge();
  };
  const poller = createPoller({ ...common, providerName: 'WASenderApi', client: () => ({ askMessage }), keep });
  const gaps: { readonly id: number; readonly from: number; readonly to: number; recovered?: number }[] = [];
  const reconcile = createReconcile({
    ...common,
    runs: createReconcileRuns(store.db),
    poller,
    client: () => undefined,
    session: () => undefined,
    gaps: () => gaps.filter((gap) => gap.recovered === undefined),
    gapRecovered(id, recovered) {
      const gap = gaps.find((each) => each.id === id);
      if (gap !== undefined) gap.recovered = recovered;
    },
    keep,
    understood: async () => drain.drainAll(),
  });

  try {
    // They were sent, and both of their ids are known, before the door falls shut.
    for (let i = 0; i < messages; i++) {
      const providerId = String(58_000_000 + i);
      truth.set(providerId, { waId: `3EB0${i.toString(16).toUpperCase().padStart(12, '0')}`, status: 2 });
      world.keep({ body: infoOf(providerId), source: 'poll', shape: 'message-info', receivedAt: NOON });
    }
    drain.drainAll();
    poller.learn({ at: clock.now(), perMinute });
    // An hour in which the computer slept: the provider goes on, and nobody hears of it.
    const from = clock.now();
    const steps = [...truth.values()].map((message) => ({ message, at: Math.round(from + random.next() * HOUR) }));
    for (const { message } of steps) message.status = random.chance(0.5) ? 3 : 4;
    clock.jump(HOUR);
    gaps.push({ id: 1, from, to: clock.now() });
    const back = clock.now();
    poller.start('net');
    reconcile.run('gap');
    // The provider repeats some of what nobody took, while we ask.
    const repeated = steps.filter(() => random.chance(0.1));
    let coveredMs: number | undefined;
    const least = (messages / perMinute) * MINUTE;
    while (clock.now() - back < 2 * least + 5 * MINUTE) {
      await clock.run(SECOND);
      const { message, at } = repeated.pop() ?? {};
      if (message !== undefined && at !== undefined) world.hear([webhook(message.waId, message.status, at)]);
      if (reconcile.view().state !== 'done') continue;
      coveredMs = clock.now() - back;
      break;
    }
    drain.drainAll();
    if (![...truth].every(([id, { status }]) => shown(id) === (status === 3 ? 'delivered' : 'read'))) coveredMs = undefined;
    const rows = store.messages.count({});
    const counted = store.messages.countByStatus(0, Number.MAX_SAFE_INTEGER, account).reduce((sum, { count }) => sum + count, 0);
    return {
      requests: moments.length,
      coveredMs,
      mostInAMinute: mostInAMinute(moments),
      doubled: Math.abs(rows - messages) + Math.abs(counted - messages) + statedTwice(),
      recoveredShown: gaps[0]?.recovered ?? 0,
    };
  } finally {
    await reconcile.close();
    await poller.close();
    world.close();
  }

  function shown(providerId: string): Status | null {
    return store.messages.byProviderId(account, providerId)?.status ?? null;
  }

  /** Statuses of one message that two entries of the same door told. */
  function statedTwice(): number {
    return store.db
      .prepare('SELECT count(*) FROM (SELECT 1 FROM receipts GROUP BY message_id, said, source HAVING count(*) > 1)')
      .pluck()
      .get() as number;
  }
}
