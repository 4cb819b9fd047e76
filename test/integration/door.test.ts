/** The intake over the real localtunnel client, real sockets and a tunnel server that fails on request; only the clock is not real. */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTunnel } from '../../src/main/adapters/tunnel/index.ts';
import { ok } from '../../src/main/core/domain/failure.ts';
import { createIntake, type DoorNotice, type DoorView, type Intake } from '../../src/main/core/ingest/intake.ts';
import { createProbes } from '../../src/main/core/ingest/probe.ts';
import { type Echo, startEcho } from '../support/echoServer.ts';
import { createFakeClock, type FakeClock } from '../support/fakeClock.ts';
import { type FakeTunnelServer, startFakeTunnelServer, type TunnelFaults } from '../support/fakeTunnelServer.ts';
import { until } from '../support/until.ts';

describe('a door over localtunnel', () => {
  let clock: FakeClock;
  let server: FakeTunnelServer;
  let listener: Echo;
  let intake: Intake;
  /** What the provider would post to. */
  let registered: string | undefined;
  let asking = 0;
  const views: DoorView[] = [];
  const notices: DoorNotice[] = [];
  const gaps: { from: number; to?: number }[] = [];

  const countingFetch: typeof fetch = async (...request) => {
    asking += 1;
    try {
      return await fetch(...request);
    } finally {
      asking -= 1;
    }
  };

  beforeEach(async () => {
    clock = createFakeClock();
    server = await startFakeTunnelServer();
    const probes = createProbes({ clock, randomBytes, fetch: countingFetch });
    listener = await startEcho((path) => (path.startsWith('/n/') ? (probes.answerTo(path.slice(3)) ?? '') : undefined));
    registered = undefined;
    for (const list of [views, notices, gaps]) list.length = 0;
    intake = createIntake({
      account: 'acc_0000000000000001',
      providerName: 'WASenderApi',
      clock,
      log: { info() {}, warn() {}, error: (event, facts) => expect.unreachable(`${event} ${JSON.stringify(facts)}`) },
      random: Math.random,
      probe: probes.probe,
      port: () => listener.port,
      way: { tunnel: createTunnel({ kind: 'localtunnel', host: server.host }, { clock, fetch: countingFetch }), name: 'poiuytrewq98' },
      webhook: {
        async register(url) {
          registered = url;
          return ok(undefined);
        },
        async unregister() {
          registered = undefined;
          return ok(undefined);
        },
      },
      canPoll: () => true,
      gaps: { open: (from) => gaps.push({ from }) - 1, close: (id, to) => Object.assign(gaps[id] ?? {}, { to }) },
      onChange: (view) => views.push(view),
      onNotice: (notice) => notices.push(notice),
    });
  });
  afterEach(async () => {
    await intake.stop();
    await server.close();
    await listener.close();
  });

  /** Lets the clock run, holding it while a request is under way, unless requests are meant to hang. Gives the ms of its time. */
  async function runUntil(state: string, hanging = false, stepMs = 1_000): Promise<number> {
    const start = clock.monotonic();
    let quiet = 0;
    await until(
      () => {
        if (intake.state().state === state) return true;
        quiet = asking > 0 && !hanging ? 0 : quiet + 1;
        if (quiet > 2) clock.advance(Math.min(clock.nextIn() ?? stepMs, stepMs));
        return false;
      },
      `the door to be ${state}`,
      15_000,
    );
    return clock.monotonic() - start;
  }

  const post = () => fetch(`${registered}/w/a`, { method: 'POST', body: 'news' }).then((response) => response.text());

  it('is live, carries webhooks, and gives everything back at the end', async () => {
    intake.start();
    await runUntil('live');
    expect(await post()).toBe('POST /w/a news');
    await intake.stop();
    expect(registered).toBeUndefined();
    await until(() => server.tunnels().length === 0, 'the tunnel to be gone');
    expect(clock.waiting()).toBe(0);
  });

  const faults: readonly [string, Partial<TunnelFaults>][] = [
    ['a service that says that nobody is connected', { answer: 'unavailable' }],
    ['a page for human visitors', { answer: 'interstitial' }],
    ['a firewall page', { answer: 'firewall' }],
    ["somebody else's answer", { answer: 'stranger' }],
    ['a redirect', { answer: 'redirect' }],
    ['a black hole', { answer: 'black-hole' }],
  ];
  it.each(faults)('notices %s within 75 s, polls, and heals', async (_title, fault) => {
    intake.start();
    await runUntil('live');
    server.set(fault);
    expect(await runUntil('polling', fault.answer === 'black-hole')).toBeLessThanOrEqual(75_000);
    expect(gaps).toEqual([{ from: expect.any(Number), to: expect.any(Number) }]);
    server.set({ answer: 'passed' });
    await runUntil('live');
    expect(await post()).toBe('POST /w/a news');
  });

  it('notices closed connections within 5 s', async () => {
    intake.start();
    await runUntil('live');
    server.die();
    expect(await runUntil('polling', false, 100)).toBeLessThanOrEqual(5_000);
    server.comeBack();
    await runUntil('live');
    expect(await post()).toBe('POST /w/a news');
  });

  it('finds the zombie that is left when the service forgets the tunnel', async () => {
    intake.start();
    await runUntil('live');
    server.drop('poiuytrewq98');
    await runUntil('polling');
    await runUntil('live');
    expect(await post()).toBe('POST /w/a news');
  });

  it('stays shut while the data port is closed or the service is out, and heals when that ends', async () => {
    for (const fault of [{ data: 'refused' }, { give: 'unavailable' }, { give: 'forbidden' }] as const) {
      server.set(fault);
      void intake.open();
      await runUntil('polling');
      server.set({ data: 'accepted', give: 'wanted' });
      await runUntil('live');
    }
    expect(await post()).toBe('POST /w/a news');
  });

  it('survives deaths of every kind one after the other, each time registered where it can be reached', async () => {
    intake.start();
    await runUntil('live');
    for (const [i, [, fault]] of [...faults, ...faults].entries()) {
      if (i % 2 === 0) server.die();
      else server.set(fault);
      await runUntil('polling', fault.answer === 'black-hole');
      server.comeBack();
      server.set({ answer: 'passed', give: i % 3 === 0 ? 'other' : 'wanted' });
      await runUntil('live');
      expect(intake.state().publicUrl).toBe(registered);
      expect(await post()).toBe('POST /w/a news');
    }
    expect(notices.length).toBeLessThanOrEqual(1);
    expect(gaps.every((gap) => gap.to !== undefined)).toBe(true);
    expect(server.tunnels().length).toBeLessThanOrEqual(2);
  });
});
