import { afterEach, describe, expect, it } from 'vitest';
import type { DemoShopOptions } from '../../../src/main/demo/index.ts';
import { recordingFetch, startTestShop, type TestShop } from '../../support/demoShop.ts';
import { createFakeClock } from '../../support/fakeClock.ts';

const open: TestShop[] = [];
afterEach(async () => {
  for (const test of open.splice(0)) await test.shop.stop();
});

async function openShop(options: Partial<DemoShopOptions> = {}) {
  const clock = createFakeClock(1_770_000_000_000);
  const far = recordingFetch();
  const test = await startTestShop({ clock, seed: 1, connected: true, pace: 0, fetch: far.fetch, ...options });
  open.push(test);
  await test.subscribe('http://127.0.0.1:9/w/secret');
  return { ...test, clock, posts: far.posts, events: () => far.posts.map((post) => post.body.event) };
}

describe('the life of the shop', () => {
  it('sends by itself once its session is connected, and has well over 20 messages delivered within a minute', async () => {
    const { shop, clock } = await openShop({ pace: 40, connected: false });
    await clock.run(30_000);
    expect(shop.truth()).toHaveLength(0);
    const { call } = open[0] ?? expect.fail();
    await call('POST', '/whatsapp-sessions/41/connect');
    await clock.run(60_000);
    expect(shop.session().state).toBe('connected');
    const delivered = shop.truth().filter((message) => message.steps.delivered !== undefined);
    expect(delivered.length).toBeGreaterThan(30);
    expect(shop.truth().length).toBeLessThan(90);
  });

  it('waits for a webhook before its first message, though not for ever', async () => {
    const clock = createFakeClock();
    const test = await startTestShop({ clock, seed: 1, connected: true });
    open.push(test);
    clock.advance(9000);
    expect(test.shop.truth()).toHaveLength(0);
    clock.advance(3000);
    expect(test.shop.truth().length).toBeGreaterThan(2);
  });

  it('keeps to its pace after the first messages, and to a new one when it is set', async () => {
    const { shop, clock } = await openShop({ pace: 40 });
    await clock.run(20_000);
    const before = shop.truth().length;
    await clock.run(600_000);
    const inTenMinutes = shop.truth().length - before;
    expect(inTenMinutes).toBeGreaterThan(340);
    expect(inTenMinutes).toBeLessThan(460);
    shop.set({ pace: 0 });
    const quiet = shop.truth().length;
    await clock.run(60_000);
    expect(shop.truth()).toHaveLength(quiet);
    shop.set({ pace: 6000 });
    await clock.run(6000);
    expect(shop.truth().length - quiet).toBeGreaterThan(500);
  });

  it('is the same shop again for the same seed, and another one for another', async () => {
    const lives = [];
    for (const seed of [5, 5, 6]) {
      const { shop, clock, posts } = await openShop({ seed, pace: 60 });
      shop.set({ repeats: true, shuffles: true, losses: true });
      await clock.run(120_000);
      lives.push(JSON.stringify([shop.truth(), posts]));
    }
    expect(lives[0]).toBe(lives[1]);
    expect(lives[0]).not.toBe(lives[2]);
  });

  it('gives other ids to the messages of another start, so that nothing is mistaken for an older message', async () => {
    const first = await openShop();
    const later = await openShop({ clock: createFakeClock(1_770_000_005_000) });
    first.shop.sendNow(3);
    later.shop.sendNow(3);
    await first.clock.run(2000);
    const idsOf = (shop: TestShop['shop']) => shop.truth().map((message) => message.msgId);
    expect(idsOf(first.shop)).not.toEqual(idsOf(later.shop));
  });

  it('tells every step that really happened, group members one by one', async () => {
    const { shop, clock, posts } = await openShop();
    shop.sendNow(200);
    await clock.run(3_600_000);
    const told = JSON.stringify(posts.map((post) => post.body));
    for (const message of shop.truth()) {
      if (message.waId !== undefined) expect(told).toContain(message.waId);
      else expect(message.failure ?? '').not.toBe('');
    }
    const groups = shop.truth().filter((message) => message.people.length > 0);
    expect(groups.length).toBeGreaterThan(5);
    const receipts = posts.filter((post) => post.body.event === 'message-receipt.update').length;
    const steps = groups.flatMap((group) => group.people.flatMap((person) => Object.keys(person.steps))).length;
    expect(receipts).toBe(steps);
    const all = shop.truth();
    expect(all.some((message) => message.origin === 'phone' && message.chat.endsWith('@lid'))).toBe(true);
    expect(all.some((message) => message.steps.deleted !== undefined)).toBe(true);
    expect(all.some((message) => message.failure !== undefined && message.waId === undefined)).toBe(true);
    expect(shop.counts().webhooks.open).toBe(0);
  });

  it('signs each webhook with the secret of the session', async () => {
    const { shop, clock, posts } = await openShop();
    shop.sendNow(2);
    await clock.run(5000);
    expect(posts.length).toBeGreaterThan(3);
    for (const post of posts) expect(post.signature).toBe(shop.session().webhookSecret);
  });

  it('has a past when it is given one', async () => {
    const { shop, clock } = await openShop({ history: { messages: 300, days: 7 } });
    const past = shop.truth();
    expect(past).toHaveLength(300);
    expect(past.some((message) => message.steps.read !== undefined)).toBe(true);
    for (const message of past) for (const at of Object.values(message.steps)) expect(at).toBeLessThanOrEqual(clock.now());
  });
});

describe('the code to scan', () => {
  it('is scanned 4 s after it was first asked for, and told of as it changes every 20 s', async () => {
    const { shop, clock, call, events } = await openShop({ connected: false });
    await call('POST', '/whatsapp-sessions/41/connect');
    await clock.run(3900);
    expect(shop.session().state).toBe('need_scan');
    await clock.run(200);
    expect(shop.session().state).toBe('connecting');
    await clock.run(1000);
    expect(shop.session().state).toBe('connected');
    expect(events()).toEqual(['session.status', 'qrcode.updated', 'session.status', 'session.status', 'contacts.upsert', 'groups.upsert']);
  });

  it('changes every 20 s while nobody comes', async () => {
    const { shop, clock, call, posts } = await openShop({ connected: false, scansItself: false });
    await call('POST', '/whatsapp-sessions/41/connect');
    await clock.run(65_000);
    expect(new Set(posts.filter((post) => post.body.event === 'qrcode.updated').map((post) => JSON.stringify(post.body))).size).toBe(4);
    expect(shop.session().state).toBe('need_scan');
  });
});

describe('the switches', () => {
  it('repeat webhooks without inventing any', async () => {
    const { shop, clock, posts } = await openShop();
    shop.set({ repeats: true });
    shop.sendNow(30);
    await clock.run(600_000);
    const different = new Set(posts.map((post) => JSON.stringify(post.body))).size;
    expect(posts.length).toBeGreaterThan(different * 1.5);
    expect(different).toBeLessThanOrEqual(shop.counts().webhooks.told);
  });

  it('shuffle webhooks without losing any', async () => {
    const { shop, clock, posts } = await openShop();
    shop.set({ shuffles: true });
    shop.sendNow(30);
    await clock.run(600_000);
    const { told, unwanted } = shop.counts().webhooks;
    expect(posts).toHaveLength(told - unwanted);
    const stated = posts.flatMap((post) => (typeof post.body.timestamp === 'number' && post.body.timestamp > 1e11 ? [post.body.timestamp] : []));
    expect(stated.some((at, index) => at < (stated[index - 1] ?? 0))).toBe(true);
  });

  it('lose about a third of the webhooks, and all of them in an outage', async () => {
    const { shop, clock, posts, call } = await openShop();
    shop.set({ losses: true });
    shop.sendNow(60);
    await clock.run(600_000);
    const { told, dropped } = shop.counts().webhooks;
    expect(dropped / told).toBeGreaterThan(0.22);
    expect(dropped / told).toBeLessThan(0.38);
    shop.set({ losses: false, outage: true });
    const before = posts.length;
    shop.sendNow(10);
    await clock.run(60_000);
    expect(posts).toHaveLength(before);
    expect((await call('GET', '/status')).status).toBe(503);
    shop.set({ outage: false });
    expect((await call('GET', '/status')).status).toBe(200);
  });

  it('refuse callers with 429 and a time to wait', async () => {
    const { shop, call } = await openShop();
    shop.sendNow(1);
    shop.set({ limits: true });
    const replies = [];
    for (let i = 0; i < 20; i++) replies.push(await call('GET', '/messages/1/info'));
    const refused = replies.filter((reply) => reply.status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(5);
    for (const reply of refused) {
      expect(reply.body).toEqual({ message: 'Too many requests.', retry_after: expect.any(Number) });
      expect(reply.headers.get('x-ratelimit-limit')).toBe('15');
    }
  });

  it('answer slowly: after 2 to 5 s, the work long done', async () => {
    const { shop, clock, call } = await openShop();
    shop.set({ slow: true });
    const reply = call('POST', '/send-message', { to: '+447700900123', text: 'Hi' });
    await expect.poll(() => shop.truth().length).toBe(1);
    let answered = false;
    void reply.then(() => {
      answered = true;
    });
    await clock.run(1900);
    expect(answered).toBe(false);
    await clock.run(3200);
    expect((await reply).status).toBe(200);
  });
});
