/** The engine on a disk that is full for a while, as far as its own small writes go. Only the clock is not real. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { SqliteStore } from '../../src/main/adapters/sqlite/store.ts';
import type { IntakeView } from '../../src/shared/contract/views.ts';
import { type EngineWorld, openEngineWorld } from '../support/engineWorld.ts';
import { createFakeClock } from '../support/fakeClock.ts';
import { type FarProvider, startFarProvider } from '../support/farProvider.ts';
import { tempDir } from '../support/tempDir.ts';

let far: FarProvider;
let world: EngineWorld;
let account: string;
const disk = { full: false, refused: new Set<string>() };
const unheard: unknown[] = [];
const hear = (cause: unknown) => unheard.push(cause);

beforeEach(async () => {
  disk.full = false;
  disk.refused.clear();
  unheard.length = 0;
  process.on('unhandledRejection', hear);
  const clock = createFakeClock();
  far = await startFarProvider({ clock, perMinute: 6_000, sessions: 1 });
  world = await openEngineWorld({ folder: await tempDir(), seed: 1, clock, busyToo: far.posting, around: onADisk });
  ({ accountId: account } = await world.rpc('accounts.create', {
    provider: 'wasenderapi',
    name: 'Shop',
    settings: { baseUrl: far.url },
    secrets: { personalAccessToken: far.token },
    tunnel: { kind: 'local' },
  }));
  await world.rpc('session.choose', { account, session: '41' });
  await world.runUntil(async () => (await intake()).webhookRegistered, 'an open door', 60_000);
  await world.runUntil(async () => (await world.rpc('reconcile.last', { account })).runs[0]?.state === 'done', 'the start', 60_000);
});
afterEach(async () => {
  disk.full = false;
  await world.stop();
  await far.close();
  process.off('unhandledRejection', hear);
});

/** The store, whose writes fail as SQLite's do while the disk is full. */
function onADisk(store: SqliteStore): SqliteStore {
  const refuse = <Part extends object>(part: Part, writes: readonly (keyof Part & string)[]): Part =>
    new Proxy(part, {
      get(target, name, receiver) {
        const value: unknown = Reflect.get(target, name, receiver);
        if (typeof value !== 'function' || !writes.some((write) => write === name)) return value;
        return (...given: unknown[]) => {
          if (disk.full) disk.refused.add(String(name));
          if (disk.full) throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
          return Reflect.apply(value, target, given);
        };
      },
    });
  const parts = {
    gaps: refuse(store.gaps, ['open', 'close', 'reconciled']),
    settings: refuse(store.settings, ['put', 'remove']),
    accounts: refuse(store.accounts, ['insert', 'update', 'remove']),
  };
  const whole = refuse(store, ['transaction']);
  return new Proxy(whole, {
    get: (target, name, receiver) => (name in parts ? parts[name as keyof typeof parts] : Reflect.get(target, name, receiver)),
  });
}

async function intake(): Promise<IntakeView> {
  const view = (await world.rpc('intake.status', { account })).intakes[0];
  if (view === undefined) throw new Error('no intake');
  return view;
}

const gaps = async () => (await world.rpc('gaps.list', { account })).rows;

it('a door that dies while the disk is full is opened again, and its gap is written when the disk takes it', async () => {
  disk.full = true;
  const died = world.clock.now();
  world.reroute = (url) => {
    if (url.includes('/n/')) throw new TypeError('fetch failed');
    return url;
  };
  await world.runUntil(async () => (await intake()).state === 'polling', 'the death of the door', 120_000);
  expect([...disk.refused]).toContain('open');
  expect(await gaps()).toEqual([]);
  world.reroute = (url) => url;
  await world.runUntil(async () => (await intake()).state === 'live', 'another door', 120_000);
  expect(await gaps()).toEqual([]);
  disk.full = false;
  await world.runUntil(async () => (await gaps()).length > 0, 'the gap', 10_000);
  const [gap] = await gaps();
  expect(gap?.to).not.toBeNull();
  expect(gap?.from).toBeLessThanOrEqual(died);
  await world.runUntil(async () => (await gaps())[0]?.reconciledAt != null, 'the gap gone over', 60_000);
  expect((await intake()).webhookRegistered).toBe(true);
  expect(unheard).toEqual([]);
});

it('what is learned of the session while the disk is full ends nothing, and is asked for again', async () => {
  const asked = () => world.log.lines.filter((line) => line.event === 'session.not-asked').length;
  disk.full = true;
  // a clock that is set is a reason to ask
  world.clock.jump(-600_000);
  await world.runUntil(() => asked() > 0, 'the question', 60_000);
  await world.rpc('accounts.putSecret', { account, slot: 'personalAccessToken', value: far.token });
  await world.run(10_000);
  const told = world.changes.flatMap((change) => (change.name === 'notice.raised' ? [change.value.notice.message] : []));
  expect(told).toContainEqual(expect.stringMatching(/^The disk is full/));
  disk.full = false;
  await world.run(10_000);
  const until = asked();
  await world.run(60_000);
  expect(asked()).toBe(until);
  expect(await world.rpc('session.status', { account })).toMatchObject({ state: 'connected' });
  expect(unheard).toEqual([]);
});
