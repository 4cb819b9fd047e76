import { describe, expect, it } from 'vitest';
import { fail, ok, type Result } from '../../../../src/main/core/domain/failure.ts';
import { wantsPolling } from '../../../../src/main/core/ingest/intake.ts';
import { type DoorBench, doorBench } from '../../../support/doorBench.ts';

const down = fail('provider_unreachable', 'The tunnel service cannot be reached.', { retry: true }).error;

async function liveBench(options: Parameters<typeof doorBench>[0] = {}): Promise<DoorBench> {
  const bench = doorBench(options);
  bench.intake.start();
  await bench.clock.run(0);
  expect(bench.intake.state().state).toBe('live');
  return bench;
}

/** Runs the clock until the state is `state`; gives how many ms that took. */
async function runUntil(bench: DoorBench, state: string, limitMs = 1_000_000): Promise<number> {
  const start = bench.clock.monotonic();
  await bench.clock.run(0);
  while (bench.intake.state().state !== state) {
    if (bench.clock.monotonic() - start > limitMs) throw new Error(`still ${bench.intake.state().state} after ${limitMs} ms`);
    await bench.clock.run(Math.min(bench.clock.nextIn() ?? 100, 100));
  }
  return bench.clock.monotonic() - start;
}

describe('a door whose gap cannot be written', () => {
  it('is opened again all the same, and does not stay shut once the disk is well', async () => {
    const bench = await liveBench();
    bench.gapsFail = Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
    bench.found = 'dead';
    await bench.clock.run(90_000);
    expect(bench.faults).toContain(bench.gapsFail);
    bench.gapsFail = undefined;
    bench.found = 'live';
    await runUntil(bench, 'live', 60_000);
    expect(bench.intake.state().webhookRegistered).toBe(true);
    await bench.intake.stop();
  });
});

describe('opening', () => {
  it('is live only after its own word came back, and after the provider was told', async () => {
    const bench = await liveBench();
    expect(bench.events).toEqual(['open shopname', 'probe', 'register https://first.example']);
    expect(bench.views.map((view) => view.state)).toEqual(['opening', 'opening', 'live']);
    expect(bench.intake.state()).toMatchObject({
      state: 'live',
      publicUrl: 'https://first.example',
      lastProofAt: bench.clock.now(),
      lastProofMs: 40,
      webhookRegistered: true,
      words: 'Live: WASenderApi reaches this computer at https://first.example.',
      why: null,
      nextTryAt: null,
    });
    expect(wantsPolling(bench.intake.state())).toBe(false);
    expect(bench.gaps).toEqual([]);
    expect(bench.notices).toEqual([]);
  });

  it('polls at the first failure and does not wait for the retries to be used up', async () => {
    const bench = doorBench();
    bench.opening = 'hang';
    bench.intake.start();
    await bench.clock.run(14_999);
    expect(bench.intake.state().state).toBe('opening');
    await bench.clock.run(1);
    expect(bench.intake.state()).toMatchObject({
      state: 'polling',
      why: 'The tunnel service did not answer within 15 seconds.',
      words: 'The tunnel service did not answer within 15 seconds. Meanwhile we ask WASenderApi for news.',
      nextTryAt: bench.clock.now() + 2_000,
    });
  });

  it('is off, with a gap since the start, when the account cannot be asked', async () => {
    const bench = doorBench();
    bench.canPoll = false;
    bench.opening = down;
    const start = bench.clock.now();
    bench.intake.start();
    await bench.clock.run(0);
    expect(bench.intake.state()).toMatchObject({ state: 'off', why: 'The tunnel service cannot be reached.' });
    expect(bench.gaps).toEqual([{ from: start, why: 'The tunnel service cannot be reached.', to: undefined }]);
    bench.opening = 'works';
    await bench.clock.run(3_000);
    expect(bench.intake.state().state).toBe('live');
    expect(bench.gaps).toEqual([expect.objectContaining({ to: start + 2_000 })]);
  });

  it('waits longer after each failure, up to five minutes', async () => {
    const bench = doorBench();
    bench.opening = down;
    bench.intake.start();
    const waits: number[] = [];
    for (let round = 0; round < 10; round++) {
      await bench.clock.run(0);
      const wait = (bench.intake.state().nextTryAt ?? 0) - bench.clock.now();
      waits.push(wait);
      await bench.clock.run(wait);
    }
    expect(waits).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000]);
  });

  it('spreads its retries by a fifth either way', async () => {
    for (const [random, expected] of [
      [0, 1_600],
      [0.999_999, 2_400],
    ] as const) {
      const bench = doorBench({ random: () => random });
      bench.opening = down;
      bench.intake.start();
      await bench.clock.run(0);
      expect(bench.clock.nextIn()).toBeCloseTo(expected, -1);
    }
  });

  it('is not live when a stranger answers at the address, and the provider is never told of it', async () => {
    const bench = doorBench();
    bench.found = 'stranger';
    bench.intake.start();
    await bench.clock.run(1_000);
    expect(bench.intake.state().state).toBe('polling');
    expect(bench.events).toEqual(['open shopname', 'probe', 'probe', 'close']);
  });

  it('asks without a name after its name was refused', async () => {
    const bench = doorBench();
    bench.opening = fail('conflict', 'The tunnel service refused the name that this account uses.', { retry: true }).error;
    bench.intake.start();
    await bench.clock.run(0);
    bench.opening = 'works';
    await bench.clock.run(2_000);
    expect(bench.events.filter((event) => event.startsWith('open'))).toEqual(['open shopname', 'open -']);
    expect(bench.intake.state().state).toBe('live');
  });

  it('does not try again by itself what only the owner can put right', async () => {
    const bench = doorBench();
    bench.opening = fail('bad_input', 'The address of your own tunnel must begin with https://.').error;
    bench.intake.start();
    await bench.clock.run(1_000_000);
    expect(bench.events).toEqual(['open shopname']);
    expect(bench.intake.state()).toMatchObject({ state: 'polling', nextTryAt: null });
  });

  it('polls without a gap or a notice when the owner wants no tunnel, and is off when that is impossible', async () => {
    const bench = doorBench({ way: { tunnel: undefined } });
    bench.intake.start();
    await bench.clock.run(60_000);
    expect(bench.intake.state()).toMatchObject({ state: 'polling', why: 'This account has no tunnel.', nextTryAt: null });
    expect(bench.gaps).toEqual([]);
    bench.canPoll = false;
    bench.intake.wake();
    await bench.clock.run(0);
    expect(bench.intake.state().state).toBe('off');
    expect(bench.gaps).toHaveLength(1);
    expect(bench.notices).toEqual([]);
  });
});

describe('telling the provider', () => {
  const byHand = fail('unsupported', 'A session key alone cannot set the webhook.');

  it('is live all the same when the owner has to set the address by hand, says so, and keeps polling', async () => {
    const bench = doorBench();
    bench.registering = byHand;
    bench.intake.start();
    await bench.clock.run(0);
    const view = bench.intake.state();
    expect(view).toMatchObject({ state: 'live', webhookRegistered: false, why: 'A session key alone cannot set the webhook.' });
    expect(view.words).toContain('Set it there by hand');
    expect(wantsPolling(view)).toBe(true);
    bench.intake.webhookArrived(bench.clock.now());
    expect(bench.intake.state()).toMatchObject({ state: 'live', webhookRegistered: true, why: null });
    expect(wantsPolling(bench.intake.state())).toBe(false);
  });

  it('tries again while the provider is unreachable, and honours its wish to wait', async () => {
    const bench = doorBench();
    bench.registering = fail('rate_limited', 'WASenderApi asks us to wait.', { retry: true, afterMs: 30_000 });
    bench.intake.start();
    await bench.clock.run(0);
    expect(bench.intake.state()).toMatchObject({ state: 'moved', publicUrl: 'https://first.example', nextTryAt: bench.clock.now() + 30_000 });
    bench.registering = ok(undefined);
    await bench.clock.run(29_000);
    expect(bench.intake.state().state).toBe('moved');
    await bench.clock.run(1_000);
    expect(bench.intake.state()).toMatchObject({ state: 'live', webhookRegistered: true });
  });

  it('does not wait for ever for an answer', async () => {
    const bench = doorBench();
    bench.registering = 'hang';
    bench.intake.start();
    await bench.clock.run(15_000);
    expect(bench.intake.state()).toMatchObject({ state: 'moved', why: 'WASenderApi did not answer.' });
  });

  it('waits for a taking back that answers late, so that it cannot undo the telling after it', async () => {
    const bench = await liveBench();
    let answer = (_: Result<void>) => {};
    bench.unregistering = new Promise((resolve) => {
      answer = resolve;
    });
    const closed = bench.intake.close();
    await bench.clock.run(3_000);
    await closed;
    bench.events.length = 0;
    bench.intake.start();
    await bench.clock.run(5_000);
    expect(bench.events).toEqual(['open shopname', 'probe']);
    answer(ok(undefined));
    await bench.clock.run(0);
    expect(bench.events).toEqual(['open shopname', 'probe', 'register https://first.example']);
    expect(bench.intake.state()).toMatchObject({ state: 'live', webhookRegistered: true });
  });

  it('tells nobody any more what was given up while it waited for its turn', async () => {
    const bench = await liveBench();
    let answer = (_: Result<void>) => {};
    bench.unregistering = new Promise((resolve) => {
      answer = resolve;
    });
    const closed = bench.intake.close();
    await bench.clock.run(3_000);
    await closed;
    bench.events.length = 0;
    bench.intake.start();
    await bench.clock.run(5_000);
    const again = bench.intake.close();
    await bench.clock.run(3_000);
    await again;
    answer(ok(undefined));
    await bench.clock.run(0);
    expect(bench.events).not.toContain('register https://first.example');
  });

  it('outlives a fault of ours in the telling', async () => {
    const bench = doorBench();
    bench.registering = 'throws';
    bench.intake.start();
    await bench.clock.run(0);
    expect(bench.events).toContain('error door.webhook-threw');
    bench.registering = ok(undefined);
    await runUntil(bench, 'live');
  });

  it('notices at the start that the address is not the one of the last run', async () => {
    const bench = doorBench({ lastUrl: 'https://old.example' });
    bench.intake.start();
    await bench.clock.run(0);
    expect(bench.views.map((view) => view.state)).toContain('moved');
    expect(bench.intake.state().state).toBe('live');
    expect(bench.notices).toEqual([expect.objectContaining({ level: 'info', detail: 'https://first.example' })]);
  });
});

describe('a door that dies', () => {
  it('is found within 75 s when it turns into a black hole right after a check, whatever the jitter', async () => {
    for (const random of [0, 0.5, 0.999_999]) {
      const bench = await liveBench({ random: () => random });
      bench.found = 'black-hole';
      expect(await runUntil(bench, 'polling')).toBeLessThanOrEqual(75_000);
    }
  });

  it('is found within 5 s when the tunnel says that its connections are closed', async () => {
    const bench = await liveBench();
    await bench.clock.run(10_000);
    bench.found = 'black-hole';
    bench.hint('All connections to the tunnel service are closed.');
    // half a second of the five is the tunnel's own
    expect(await runUntil(bench, 'polling')).toBeLessThanOrEqual(4_500);
  });

  it('is not called dead for one missed check', async () => {
    const bench = await liveBench();
    bench.found = 'dead';
    await bench.clock.run(45_500);
    bench.found = 'live';
    await bench.clock.run(60_000);
    expect(new Set(bench.views.map((view) => view.state))).toEqual(new Set(['opening', 'live']));
    expect(bench.gaps).toEqual([]);
  });

  it('is not called dead while webhooks come in, unless a stranger answers', async () => {
    for (const [found, state] of [
      ['firewall', 'live'],
      ['stranger', 'polling'],
    ] as const) {
      const bench = await liveBench();
      bench.found = found;
      await bench.clock.run(45_500);
      bench.intake.webhookArrived(bench.clock.now());
      await bench.clock.run(600);
      expect(bench.intake.state().state).toBe(state);
    }
  });

  it('polls at once, notes the gap since the last proof, and comes back under the same name', async () => {
    const bench = await liveBench();
    await bench.clock.run(20_000);
    bench.intake.webhookArrived(bench.clock.now());
    const proof = bench.clock.now();
    bench.found = 'dead';
    await runUntil(bench, 'polling');
    const lost = bench.clock.now();
    expect(bench.gaps).toEqual([{ from: proof, why: 'The public address is dead.', to: lost }]);
    expect(bench.intake.state()).toMatchObject({ publicUrl: null, nextTryAt: lost + 2_000 });
    bench.found = 'live';
    bench.events.length = 0;
    expect(await runUntil(bench, 'live')).toBe(2_000);
    expect(bench.events).toEqual(['open shopname', 'probe']);
    expect(bench.intake.state().webhookRegistered).toBe(true);
    expect(bench.gaps).toHaveLength(1);
  });

  it('leaves its gap open until it is live again when the account cannot be asked', async () => {
    const bench = await liveBench();
    bench.canPoll = false;
    bench.found = 'dead';
    const proof = bench.clock.now();
    await runUntil(bench, 'off');
    expect(bench.gaps).toEqual([expect.objectContaining({ from: proof, to: undefined })]);
    await bench.clock.run(30_000);
    expect(bench.gaps).toHaveLength(1);
    bench.found = 'live';
    await runUntil(bench, 'live');
    expect(bench.gaps).toEqual([expect.objectContaining({ from: proof, to: bench.intake.state().since })]);
  });

  it('tells the provider when it comes back elsewhere, with one notice', async () => {
    const bench = await liveBench();
    bench.found = 'dead';
    await runUntil(bench, 'polling');
    bench.found = 'live';
    bench.tunnelUrl = 'https://second.example';
    bench.views.length = 0;
    await runUntil(bench, 'live');
    expect(bench.views.map((view) => view.state).filter((state, i, all) => state !== all[i - 1])).toEqual(['polling', 'moved', 'live']);
    expect(bench.events.at(-1)).toBe('register https://second.example');
    expect(bench.notices).toEqual([
      { level: 'info', message: 'The public address changed, and WASenderApi has been told the new one.', detail: 'https://second.example' },
    ]);
  });

  it('takes its address back at the provider before closing when a stranger has it', async () => {
    const bench = await liveBench();
    bench.found = 'stranger';
    await runUntil(bench, 'polling');
    await bench.clock.run(0);
    expect(bench.events.slice(-2)).toEqual(['unregister', 'close']);
    bench.found = 'live';
    await runUntil(bench, 'live');
    expect(bench.events.at(-1)).toBe('register https://first.example');
  });

  it('raises no notice when it heals within seconds, and one when it does not', async () => {
    const bench = await liveBench();
    bench.found = 'dead';
    await runUntil(bench, 'polling');
    bench.found = 'live';
    await runUntil(bench, 'live');
    await bench.clock.run(40_000);
    expect(bench.notices).toEqual([]);
    bench.found = 'dead';
    await runUntil(bench, 'polling');
    await bench.clock.run(20_000);
    expect(bench.notices).toEqual([expect.objectContaining({ level: 'warning', detail: 'The public address is dead.' })]);
  });

  it('raises its notice also when the next try fails for a reason that only the owner can put right', async () => {
    const bench = await liveBench();
    bench.found = 'dead';
    await runUntil(bench, 'polling');
    bench.opening = fail('bad_input', 'The name of the tunnel is not allowed.').error;
    await bench.clock.run(600_000);
    expect(bench.intake.state().nextTryAt).toBeNull();
    expect(bench.notices).toEqual([
      {
        level: 'warning',
        message: 'Webhooks cannot reach this computer any more. We ask WASenderApi for news instead.',
        detail: 'The name of the tunnel is not allowed.',
      },
    ]);
  });

  it('raises no notice once the owner has closed what was lost', async () => {
    const bench = await liveBench();
    bench.found = 'dead';
    await runUntil(bench, 'polling');
    await bench.intake.close();
    await bench.clock.run(600_000);
    expect(bench.notices).toEqual([]);
  });

  it('raises one notice per episode however often it dies, and another in the next', async () => {
    const bench = await liveBench();
    for (let death = 0; death < 30; death++) {
      bench.found = 'dead';
      bench.hint('gone');
      await runUntil(bench, 'polling');
      await bench.clock.run(25_000);
      bench.found = 'live';
      bench.tunnelUrl = `https://number-${death}.example`;
      await runUntil(bench, 'live');
      await bench.clock.run(7_000);
    }
    expect(bench.notices).toHaveLength(1);
    await bench.clock.run(300_000);
    bench.found = 'dead';
    await runUntil(bench, 'polling');
    await bench.clock.run(20_000);
    expect(bench.notices).toHaveLength(2);
    expect(bench.gaps.every((gap) => gap.to !== undefined)).toBe(true);
  });

  it('waits longer each time when it keeps dying young, and afresh after it has held', async () => {
    const bench = await liveBench();
    const waitAfterDeath = async () => {
      bench.found = 'dead';
      bench.hint('gone');
      await runUntil(bench, 'polling');
      const wait = (bench.intake.state().nextTryAt ?? 0) - bench.clock.now();
      bench.found = 'live';
      await runUntil(bench, 'live');
      return wait;
    };
    expect([await waitAfterDeath(), await waitAfterDeath(), await waitAfterDeath()]).toEqual([2_000, 4_000, 8_000]);
    await bench.clock.run(60_000);
    expect(await waitAfterDeath()).toBe(2_000);
  });

  it('is not reopened early because its own connections said that they closed', async () => {
    const bench = await liveBench();
    bench.found = 'dead';
    await bench.clock.run(45_500);
    bench.hint('gone while a check is under way');
    await runUntil(bench, 'polling');
    bench.events.length = 0;
    await bench.clock.run(1_900);
    expect(bench.events).toEqual([]);
  });
});

describe('waking up', () => {
  it('checks a live door at once', async () => {
    const bench = await liveBench();
    await bench.clock.run(5_000);
    const before = bench.probedAt.length;
    bench.intake.wake();
    await bench.clock.run(0);
    expect(bench.probedAt.length).toBe(before + 1);
    expect(bench.intake.state().state).toBe('live');
  });

  it('tries a shut door again at once, but never before its name can be had', async () => {
    const bench = await liveBench();
    bench.found = 'dead';
    await runUntil(bench, 'polling');
    bench.found = 'live';
    bench.intake.wake();
    expect(await runUntil(bench, 'live')).toBe(1_500);

    bench.opening = down;
    bench.found = 'dead';
    await runUntil(bench, 'polling');
    await bench.clock.run(100_000);
    bench.found = 'live';
    bench.opening = 'works';
    bench.intake.wake();
    expect(await runUntil(bench, 'live')).toBe(0);
  });
});

describe('going out', () => {
  it('puts the provider back first, then closes the tunnel', async () => {
    const bench = await liveBench();
    await bench.intake.stop();
    await bench.intake.stop();
    expect(bench.events.slice(-2)).toEqual(['unregister', 'close']);
    expect(bench.intake.state()).toMatchObject({ state: 'off', publicUrl: null, webhookRegistered: false });
    expect(bench.clock.waiting()).toBe(0);
  });

  it('waits three seconds for the provider and no longer', async () => {
    const bench = await liveBench();
    bench.unregistering = 'hang';
    const stopped = bench.intake.stop();
    await bench.clock.run(2_999);
    expect(bench.events.at(-1)).toBe('unregister');
    await bench.clock.run(1);
    await stopped;
    expect(bench.events.at(-1)).toBe('close');
  });

  it('leaves alone what it never set', async () => {
    const bench = doorBench();
    bench.registering = fail('unsupported', 'A session key alone cannot set the webhook.');
    bench.intake.start();
    await bench.clock.run(0);
    await bench.intake.stop();
    expect(bench.events).not.toContain('unregister');
  });

  it('takes back what was set, though nothing that comes to it can be proven', async () => {
    const bench = doorBench();
    bench.registering = fail('secret_missing', 'WASenderApi gave no webhook secret.');
    bench.intake.start();
    await bench.clock.run(0);
    expect(bench.intake.state()).toMatchObject({ state: 'live', webhookRegistered: false, why: 'WASenderApi gave no webhook secret.' });
    await bench.intake.stop();
    expect(bench.events.slice(-2)).toEqual(['unregister', 'close']);
  });

  it('takes back what a telling without an answer may have set, though the next one was refused', async () => {
    const bench = doorBench();
    bench.registering = fail('provider_unreachable', 'No answer.', { retry: true });
    bench.intake.start();
    await bench.clock.run(0);
    bench.registering = fail('unauthorized', 'The token is not valid.');
    await runUntil(bench, 'live');
    await bench.intake.stop();
    expect(bench.events).toContain('unregister');
  });

  it('ends an opening under way', async () => {
    const bench = doorBench();
    bench.opening = 'hang';
    bench.intake.start();
    await bench.clock.run(1_000);
    await bench.intake.stop();
    expect(bench.intake.state().state).toBe('off');
    expect(bench.clock.waiting()).toBe(0);
  });

  it('opens nothing any more', async () => {
    const bench = await liveBench();
    await bench.intake.stop();
    bench.events.length = 0;
    bench.intake.start();
    bench.intake.wake();
    await bench.intake.open();
    await bench.clock.run(100_000);
    expect(bench.events).toEqual([]);
  });
});

describe("the owner's hand", () => {
  it('closes the door until it is opened again', async () => {
    const bench = await liveBench();
    expect(await bench.intake.close()).toMatchObject({ state: 'polling', why: 'You closed the way in for webhooks.', nextTryAt: null });
    await bench.clock.run(600_000);
    expect(bench.events.slice(-2)).toEqual(['unregister', 'close']);
    expect(bench.notices).toEqual([]);
    expect(await bench.intake.open()).toMatchObject({ state: 'live', webhookRegistered: true });
  });

  it('opens another way, and answers when that is decided', async () => {
    const bench = await liveBench();
    bench.opening = 'hang';
    const opened = bench.intake.open();
    // the service has to let go of the name first
    await bench.clock.run(1_500 + 15_000);
    expect(await opened).toMatchObject({ state: 'polling' });
    expect(await bench.intake.open({ tunnel: undefined })).toMatchObject({ state: 'polling', why: 'This account has no tunnel.' });
    expect(bench.events.at(-1)).toBe('unregister');
  });

  it('tells the address anew when the session behind it changes, and takes it back from the old one first', async () => {
    const bench = await liveBench();
    bench.events.length = 0;
    await bench.intake.takeBack();
    bench.intake.tellAgain();
    await bench.clock.run(0);
    expect(bench.events).toEqual(['unregister', 'register https://first.example']);
    expect(bench.intake.state()).toMatchObject({ state: 'live', webhookRegistered: true });
  });

  it('tells the address that could not be set before, once the change makes it possible', async () => {
    const bench = doorBench();
    bench.registering = fail('unsupported', 'No session is chosen yet.');
    bench.intake.start();
    await bench.clock.run(0);
    expect(bench.intake.state()).toMatchObject({ state: 'live', webhookRegistered: false });
    bench.registering = ok(undefined);
    await bench.intake.takeBack();
    bench.intake.tellAgain();
    await bench.clock.run(0);
    expect(bench.intake.state()).toMatchObject({ state: 'live', webhookRegistered: true });
    expect(bench.events).not.toContain('unregister');
  });

  it('may change its mind at any speed', async () => {
    const bench = doorBench();
    bench.opening = 'hang';
    bench.intake.start();
    const asked = [bench.intake.open(), bench.intake.close(), bench.intake.open(), bench.intake.close()];
    await bench.clock.run(0);
    await Promise.all(asked);
    expect(bench.intake.state()).toMatchObject({ state: 'polling', why: 'You closed the way in for webhooks.' });
    expect(bench.clock.waiting()).toBe(0);
  });
});
