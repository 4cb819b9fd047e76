import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '../../src/main/demo/random.ts';
import type { MessageRow } from '../../src/shared/contract/views.ts';
import { type EngineWorld, openEngineWorld } from '../support/engineWorld.ts';
import { createFakeClock } from '../support/fakeClock.ts';
import { startFarProvider } from '../support/farProvider.ts';
import type { Trial, TrialOptions } from './trial.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What this computer's clock does wrong, while the world's goes on as it should. */
type Case = {
  readonly name: string;
  /** Of the world's clock. */
  readonly start: string;
  /** This computer's clock minus the world's at the start. */
  readonly offMs?: number;
  /** In the middle of it all this computer's clock is set by so much. */
  readonly setByMs?: number;
  /** Whether the clock is then off by more than a minute, so that it must be named. */
  readonly named: boolean;
};

const CASES: readonly Case[] = [
  { name: '10 min behind', start: '2026-03-11T09:00:00Z', offMs: -10 * MINUTE, named: true },
  { name: '10 min ahead', start: '2026-03-11T09:00:00Z', offMs: 10 * MINUTE, named: true },
  { name: 'set back 1 h', start: '2026-03-11T09:00:00Z', setByMs: -HOUR, named: true },
  { name: 'set ahead 1 h', start: '2026-03-11T09:00:00Z', setByMs: HOUR, named: true },
  { name: 'summer time begins', start: '2026-03-29T00:45:00Z', named: false },
  { name: 'summer time ends', start: '2026-10-25T00:45:00Z', named: false },
  { name: 'a leap second', start: '2026-06-30T23:45:00Z', setByMs: -SECOND, named: false },
  { name: 'the end of 32 bits', start: '2038-01-19T03:00:00Z', named: false },
];

type Outcome = {
  readonly lost: number;
  readonly hidden: number;
  readonly namedAfterMs: number | undefined;
  readonly falseGaps: number;
  readonly negative: number;
};

async function play(one: Case, options: TrialOptions): Promise<Outcome> {
  const spanMs = options.scale === 'full' ? HOUR : 3 * MINUTE;
  const messages = options.scale === 'full' ? 200 : 16;
  const random = createRandom(options.seed).fork(one.name);
  const folder = mkdtempSync(join(tmpdir(), 'tickline-r12-'));
  const start = Date.parse(one.start);
  const clock = createFakeClock(start + (one.offMs ?? 0));
  const truly = { now: () => Math.round(start + clock.monotonic()), monotonic: clock.monotonic, after: clock.after };
  const far = await startFarProvider({ clock: truly, perMinute: 600, sessions: 1 });
  const world = await openEngineWorld({ folder, seed: options.seed, clock, busyToo: far.posting });
  try {
    const { accountId: account } = await world.rpc('accounts.create', {
      provider: 'wasenderapi',
      name: 'Shop',
      settings: { baseUrl: far.url },
      secrets: { personalAccessToken: far.token },
      tunnel: { kind: 'local' },
    });
    await world.rpc('session.choose', { account, session: '41' });
    const door = async () => (await world.rpc('intake.status', { account })).intakes[0];
    await world.runUntil(async () => (await door())?.webhookRegistered === true, 'an open door', MINUTE, 200);
    const named = async () => (await door())?.clockWords != null;
    let namedAfterMs: number | undefined;
    if (one.offMs !== undefined) namedAfterMs = await world.runUntil(named, 'the clock to be named', 10 * MINUTE, 200);

    for (let i = 1; i <= messages; i++) {
      const queued = truly.now() + Math.round(random.next() * spanMs);
      const delivered = queued + 2 * SECOND + Math.round(random.next() * 0.4 * spanMs);
      far.add(0, i, {
        queued,
        sent: queued + SECOND,
        delivered,
        ...(random.chance(0.7) ? { read: delivered + Math.round(random.next() * 0.4 * spanMs) } : {}),
      });
      clock.after(queued - truly.now(), () => {
        void world.rpc('messages.track', {
          account,
          messageId: far.waIdOf(i),
          providerMessageId: i,
          recipient: `+1555${1_000_000 + i}`,
          sentAt: queued,
        });
      });
    }
    await world.run(spanMs / 2);
    if (one.setByMs !== undefined) {
      clock.jump(one.setByMs);
      if (one.named) namedAfterMs = await world.runUntil(named, 'the clock to be named', 10 * MINUTE, 200);
    }
    await world.run(spanMs * 1.5);
    if (!one.named && (await named())) namedAfterMs = Number.NaN;

    const { rows } = await world.rpc('messages.page', { limit: 200 });
    const wrong = rows.filter((row) => row.status !== far.statusOf(Number(row.providerMessageId), truly.now()));
    const { headline } = await world.rpc('app.status');
    const { total } = await world.rpc('reports.funnel', { from: 0 });
    const gaps = (await world.rpc('gaps.list', { account })).rows.length;
    return {
      lost: messages - rows.length + wrong.length,
      hidden: 2 * messages - headline.total - total,
      namedAfterMs,
      falseGaps: gaps,
      negative: negativeDurations(world, rows),
    };
  } finally {
    await world.stop();
    await far.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Durations that we measured ourselves and that came out below nothing. */
function negativeDurations(world: EngineWorld, rows: readonly MessageRow[]): number {
  const waits = ['queued', 'sent', 'delivered'].flatMap((stage) => [`${stage}_more < 0`, `${stage}_most < 0`]).join(' OR ');
  const learned = world.store.db.prepare(`SELECT count(*) FROM polls WHERE ${waits}`).pluck().get() as number;
  const spans = rows.flatMap((row) => Object.values(row.steps)).filter((step) => step.after !== undefined && step.after > step.at).length;
  const proofs = world.changes.filter((change) => change.name === 'intake.changed' && (change.value.intake.lastProofMs ?? 0) < 0).length;
  return learned + spans + proofs;
}

/** How often the daily going-over ran in four days in which the clock was set back and ahead. */
async function countDaily(seed: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'tickline-r12-'));
  const clock = createFakeClock(Date.parse('2026-10-24T08:00:00Z'));
  const far = await startFarProvider({ clock, perMinute: 600, sessions: 1 });
  const world = await openEngineWorld({ folder, seed, clock, busyToo: far.posting });
  try {
    const settings = { provider: 'wasenderapi', name: 'Shop', settings: { baseUrl: far.url }, secrets: { personalAccessToken: far.token } };
    const { accountId: account } = await world.rpc('accounts.create', { ...settings, tunnel: { kind: 'none' } });
    await world.rpc('session.choose', { account, session: '41' });
    for (const setBy of [0, -HOUR, HOUR, 0]) {
      await world.run(DAY / 2);
      clock.jump(setBy);
      await world.run(DAY / 2);
    }
    await world.run(HOUR);
    return (await world.rpc('reconcile.list', { account, limit: 200 })).rows.filter((run) => run.why === 'daily').length;
  } finally {
    await world.stop();
    await far.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** About two minutes. */
export const trial: Trial = {
  id: 'R12',
  title: 'whatever this computer’s clock does, no event is lost or hidden, the error is named, and what is due once happens once',
  async run(options) {
    const zone = process.env.TZ;
    process.env.TZ = 'Europe/Berlin';
    try {
      const outcomes = new Map<string, Outcome>();
      for (const one of CASES) {
        outcomes.set(one.name, await play(one, options));
        options.say(`${one.name}: ${JSON.stringify(outcomes.get(one.name))}`);
      }
      const all = [...outcomes];
      const sum = (of: (outcome: Outcome) => number) => all.reduce((total, [, outcome]) => total + of(outcome), 0);
      const which = (bad: (outcome: Outcome) => boolean) => all.flatMap(([name, outcome]) => (bad(outcome) ? [name] : [])).join(', ') || 'none';
      const must = CASES.filter((one) => one.named);
      const slowest = Math.max(...must.map((one) => outcomes.get(one.name)?.namedAfterMs ?? Number.POSITIVE_INFINITY));
      const falselyNamed = CASES.filter((one) => !one.named && outcomes.get(one.name)?.namedAfterMs !== undefined).length;
      const figures = [
        { name: 'clocks', value: all.length, target: `${CASES.length}`, pass: all.length === CASES.length },
        { name: 'lost', value: sum((one) => one.lost), target: '0', pass: sum((one) => one.lost) === 0 },
        { name: 'lost under', value: which((one) => one.lost !== 0), target: 'none', pass: which((one) => one.lost !== 0) === 'none' },
        { name: 'hidden', value: which((one) => one.hidden !== 0), target: 'none', pass: which((one) => one.hidden !== 0) === 'none' },
        { name: 'named after, s', value: slowest / SECOND, target: '≤ 60', pass: slowest <= MINUTE },
        { name: 'named without reason', value: falselyNamed, target: '0', pass: falselyNamed === 0 },
        { name: 'gaps that were none', value: sum((one) => one.falseGaps), target: '0', pass: sum((one) => one.falseGaps) === 0 },
        { name: 'negative durations', value: sum((one) => one.negative), target: '0', pass: sum((one) => one.negative) === 0 },
      ];
      if (options.scale === 'small') return { figures };
      const daily = await countDaily(options.seed);
      return { figures: [...figures, { name: 'daily runs in four days', value: daily, target: '4', pass: daily === 4 }] };
    } finally {
      if (zone === undefined) delete process.env.TZ;
      else process.env.TZ = zone;
    }
  },
};
