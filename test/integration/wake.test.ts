/** The engine and the computer it runs on: sleep, a clock that is set, another network. Only the clock is not real. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Vault } from '../../src/main/core/ports/vault.ts';
import type { IntakeView } from '../../src/shared/contract/views.ts';
import { type EngineWorld, openEngineWorld } from '../support/engineWorld.ts';
import { createFakeClock } from '../support/fakeClock.ts';
import { type FarProvider, startFarProvider } from '../support/farProvider.ts';
import { createMemoryVault } from '../support/memoryVault.ts';

const HOUR = 3_600_000;

describe('an engine on a computer that sleeps', () => {
  let folder: string;
  let far: FarProvider;
  let world: EngineWorld;
  let vault: Vault;
  let account: string;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tickline-wake-'));
    const clock = createFakeClock();
    far = await startFarProvider({ clock, perMinute: 6_000, sessions: 1 });
    vault = createMemoryVault();
    world = await openEngineWorld({ folder, seed: 1, clock, vault, busyToo: far.posting });
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
    await world.stop();
    await far.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function intake(): Promise<IntakeView> {
    const view = (await world.rpc('intake.status', { account })).intakes[0];
    if (view === undefined) throw new Error('no intake');
    return view;
  }

  async function track(count: number, life: (now: number) => Parameters<FarProvider['add']>[2]): Promise<void> {
    for (let i = 1; i <= count; i++) {
      far.add(0, i, life(world.clock.now()));
      await world.rpc('messages.track', { account, providerMessageId: i, recipient: `+1555${1_000_000 + i}`, sentAt: world.clock.now() });
    }
  }

  it('tells the gap, asks for what was missed, and is whole again', async () => {
    await track(30, (now) => ({ queued: now - 2_000, sent: now - 1_000, delivered: now + 20 * 60_000, read: now + 30 * 60_000 }));
    await world.run(10_000);
    expect((await world.rpc('app.status')).headline).toMatchObject({ total: 30, known: 0 });
    // a computer that sleeps hears nothing: whatever is posted meanwhile is lost
    const registered = far.sessions[0]?.webhookUrl;
    expect(registered).toMatch(/\/w\//);
    const fellAsleep = world.clock.now();
    world.sleep(HOUR);
    await world.run(5_000);
    const open = await world.rpc('gaps.list', { account });
    expect(open.rows).toMatchObject([{ why: 'The computer was asleep.' }]);
    await world.runUntil(async () => (await world.rpc('app.status')).headline.known === 30, 'every fate', 120_000);
    await world.runUntil(async () => (await world.rpc('gaps.list', { account })).rows[0]?.reconciledAt != null, 'the gap gone over', 60_000);
    const [gap] = (await world.rpc('gaps.list', { account })).rows;
    expect(gap?.recovered).toBeGreaterThanOrEqual(20);
    expect(Math.abs((gap?.from ?? 0) - fellAsleep)).toBeLessThanOrEqual(3_000);
    expect((gap?.to ?? 0) - (gap?.from ?? 0)).toBeGreaterThanOrEqual(HOUR);
    const { rows } = await world.rpc('messages.page', { limit: 1 });
    const life = await world.rpc('messages.get', { account, messageId: rows[0]?.id ?? '' });
    expect(life.gaps.map((one) => one.why)).toContain('The computer was asleep.');
    expect(life.message.steps.read).toMatchObject({ how: 'between' });
    const { rows: runs } = await world.rpc('reconcile.list', { account });
    expect(runs[0]).toMatchObject({ why: 'gap', recovered: gap?.recovered });
    expect((await world.rpc('reconcile.list', { account, limit: 1 })).nextCursor).toBe(String(runs[0]?.id));
  });

  it('checks its door at once when the computer wakes, and when the network changes', async () => {
    const before = (await intake()).lastProofAt ?? 0;
    world.sleep(HOUR);
    await world.run(5_000);
    expect((await intake()).lastProofAt).toBeGreaterThanOrEqual(before + HOUR);
    expect((await intake()).state).toBe('live');
  });

  it('names a clock that is wrong within a minute, and says so no longer once it is right', async () => {
    expect((await intake()).clockWords).toBeNull();
    world.clock.jump(-10 * 60_000);
    far.skewMs = 10 * 60_000;
    await world.run(60_000);
    const wrong = await intake();
    expect(Math.abs((wrong.clockSkewMs ?? 0) - 10 * 60_000)).toBeLessThanOrEqual(2_000);
    expect(wrong.clockWords).toMatch(/10 minutes behind/);
    expect((await world.rpc('gaps.list', { account })).rows).toEqual([]);
    world.clock.jump(10 * 60_000);
    far.skewMs = 0;
    await world.run(60_000);
    expect((await intake()).clockWords).toBeNull();
    expect((await world.rpc('gaps.list', { account })).rows).toEqual([]);
  });

  it('takes its address back before a sleep that was announced, and tells it again after it', async () => {
    const ours = far.sessions[0]?.webhookUrl;
    world.engine.suspend();
    await world.run(1_000);
    expect(far.sessions[0]?.webhookUrl).toBeNull();
    world.sleep(HOUR);
    world.engine.wake();
    await world.run(2_000);
    expect(far.sessions[0]?.webhookUrl).toBe(ours);
    expect((await world.rpc('gaps.list', { account })).rows).toHaveLength(1);
  });

  it('tells its address again when an announced sleep does not come', async () => {
    const ours = far.sessions[0]?.webhookUrl;
    world.engine.suspend();
    await world.run(1_000);
    expect(far.sessions[0]?.webhookUrl).toBeNull();
    await world.run(60_000);
    expect(far.sessions[0]?.webhookUrl).toBe(ours);
    expect((await world.rpc('gaps.list', { account })).rows).toEqual([]);
  });

  it('tells a gap while asking is the only door and nobody answers, and goes over it once somebody does', async () => {
    await track(12, (now) => ({ queued: now - 2_000, sent: now - 1_000, delivered: now + 10 * 60_000 }));
    await world.rpc('intake.close', { account });
    await world.run(60_000);
    const before = (await world.rpc('gaps.list', { account })).rows.length;
    world.reroute = (url) => (url.startsWith(far.url) ? url.replace(/:\d+\/api/, ':1/api') : url);
    const wentAway = world.clock.now();
    await world.run(HOUR / 2);
    const [open] = (await world.rpc('gaps.list', { account })).rows;
    expect(open).toMatchObject({ to: null, why: expect.stringMatching(/^Nothing could be asked\. /) });
    expect((open?.from ?? 0) - wentAway).toBeLessThanOrEqual(180_000);
    world.reroute = (url) => url;
    await world.runUntil(async () => (await world.rpc('gaps.list', { account })).rows[0]?.reconciledAt != null, 'the gap gone over', 600_000);
    expect((await world.rpc('gaps.list', { account })).rows).toHaveLength(before + 1);
    expect((await world.rpc('app.status')).headline).toMatchObject({ total: 12, known: 12 });
  });

  it('says at the next start that its address could not be put back', async () => {
    const notices = () => world.changes.flatMap((change) => (change.name === 'notice.raised' ? [change.value.notice] : []));
    far.fault = () => '500';
    await world.stop();
    expect(far.sessions[0]?.webhookUrl).not.toBeNull();
    far.fault = () => 'none';
    world = await openEngineWorld({ folder, seed: 2, clock: createFakeClock(world.clock.now() + HOUR), vault, busyToo: far.posting });
    expect(notices()).toMatchObject([{ level: 'warning', message: expect.stringContaining('could not be put back'), account }]);
    await world.runUntil(async () => (await intake()).webhookRegistered, 'the address told anew', 60_000);
    // put back in time, there is nothing to say
    await world.stop();
    expect(far.sessions[0]?.webhookUrl).toBeNull();
    world = await openEngineWorld({ folder, seed: 3, clock: createFakeClock(world.clock.now() + HOUR), vault, busyToo: far.posting });
    expect(notices()).toEqual([]);
  });
});
