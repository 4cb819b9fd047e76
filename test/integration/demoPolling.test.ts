import { afterEach, describe, expect, it } from 'vitest';
import { createSystemClock } from '../../src/main/adapters/clock/system.ts';
import { wasenderapi } from '../../src/main/adapters/provider/wasenderapi/index.ts';
import type { Result } from '../../src/main/core/domain/failure.ts';
import { advance, EMPTY_LANE, type Lane, statusOf } from '../../src/main/core/domain/status.ts';
import type { Answer, LearnedLimits, ProviderClient, Secrets } from '../../src/main/core/ports/provider.ts';
import type { DemoShopOptions } from '../../src/main/demo/index.ts';
import { startTestShop } from '../support/demoShop.ts';
import { createFakeClock } from '../support/fakeClock.ts';

const provider = wasenderapi({ key: 'demo', name: 'Demo shop' });
const closers: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
  return result.value;
}

async function open(options: Partial<DemoShopOptions> = {}) {
  const clock = options.clock ?? createSystemClock();
  const { shop, url, personalAccessToken } = await startTestShop({ seed: 8, timeScale: 0.01, pace: 0, ...options, clock });
  closers.push(() => shop.stop());
  const limits: LearnedLimits[] = [];
  function client(secrets: Secrets): ProviderClient {
    const made = provider.open({ settings: { baseUrl: url }, secrets, fetch, now: clock.now, onLimits: (learned) => limits.push(learned) });
    closers.push(() => made.close());
    return made;
  }
  return { shop, client, limits, account: client({ personalAccessToken }) };
}

describe('the demo shop in the hands of the provider adapter', () => {
  it('leads from a personal access token to a connected session with a registered webhook', async () => {
    const { shop, account } = await open({ timeScale: 0.05 });
    expect(must(await account.check()).sessions).toMatchObject([{ name: 'Sun Bakery', phone: '+12125550100', state: 'need_scan' }]);
    const { id } = shop.session();
    expect(must(await account.connect(id))).toEqual({ state: 'need_scan', qr: expect.stringMatching(/^2@/) });
    await expect.poll(async () => must(await account.readSession(id)).state).toBe('connected');
    expect(must(await account.connect(id))).toMatchObject({ state: 'connected', qr: undefined });
    const registration = { url: 'http://127.0.0.1:9/w/x', enabled: true, events: ['messages.update'] };
    const registered = must(await account.setWebhook(id, registration));
    expect(registered).toMatchObject({
      webhook: registration,
      secrets: { webhookSecret: shop.session().webhookSecret, apiKey: shop.session().apiKey },
    });
    expect(must(await account.createSession({ name: 'Second', phone: '+447700900001' }))).toMatchObject({ id: '42', state: 'need_scan' });
  });

  it('lets the fate of every message be recovered by asking alone; of groups only that it was sent', async () => {
    const clock = createFakeClock();
    const { shop, client, account } = await open({ clock, timeScale: 1, connected: true, limits: { info: 10_000 } });
    shop.sendNow(150);
    await clock.run(40_000);
    const truth = shop.truth().filter((message) => message.origin === 'api');
    const log = must(await account.messageLog(shop.session().id, 1));
    expect(log.ids[0]).toBe(String(truth.at(-1)?.msgId));
    expect(log.more).toBe(true);
    const one = client({ apiKey: shop.session().apiKey });
    const found = new Set<string | undefined>();
    for (const { msgId, steps } of truth) {
      const status = statusOf(laneOf(must(await one.askMessage(String(msgId)))));
      expect(status).toBe((['played', 'read', 'delivered', 'failed', 'sent'] as const).find((step) => steps[step] !== undefined) ?? 'queued');
      found.add(status);
    }
    expect(found).toEqual(new Set(['sent', 'delivered', 'read', 'failed', ...(found.has('played') ? ['played'] : [])]));
  });

  it('sends once, says the limits, and is honest about an outage', async () => {
    const { shop, client, limits } = await open({ connected: true });
    const one = client({ apiKey: shop.session().apiKey });
    expect(statusOf(laneOf(must(await one.send({ recipient: '+447700900123', text: 'Hi' }))))).toBe('queued');
    expect(must(await one.sessionState())).toBe('connected');
    expect(limits.at(-1)).toMatchObject({ perMinute: 120, remaining: expect.any(Number), resetAt: expect.any(Number) });
    shop.set({ outage: true });
    expect(await one.send({ recipient: '+447700900123', text: 'Hi' })).toMatchObject({ ok: false, error: { code: 'ambiguous_send' } });
    expect(await one.askMessage('1')).toMatchObject({ ok: false });
    expect(shop.truth()).toHaveLength(1);
  });
});

function laneOf(answer: Answer): Lane {
  const { facts, oddities } = provider.normalise({ source: 'poll', shape: answer.shape, body: answer.body, receivedAt: answer.at });
  expect(oddities.filter((oddity) => oddity.kind === 'broken')).toEqual([]);
  let lane = EMPTY_LANE;
  for (const fact of facts) if (fact.kind === 'receipt') lane = advance(lane, fact.said, { at: fact.at, how: fact.how });
  return lane;
}
