import { describe, expect, it, onTestFinished } from 'vitest';
import { createSystemClock } from '../../src/main/adapters/clock/system.ts';
import { statusUpdate } from '../../src/main/demo/payloads.ts';
import type { Timeline } from '../../src/shared/contract/views.ts';
import type { App } from '../support/app.ts';
import { startTestShop, type TestShop } from '../support/demoShop.ts';
import { openApp } from '../support/openApp.ts';
import { tempDir } from '../support/tempDir.ts';
import { untilAnswered } from '../support/until.ts';

const FORMER = { webhook_url: 'http://127.0.0.1:9/somebody-else', webhook_enabled: true, webhook_events: ['messages.received'] };

/** The demo server as if it were the real provider, ten times as fast. */
async function startProvider(options: { readonly connected?: boolean } = {}): Promise<TestShop> {
  const far = await startTestShop({ clock: createSystemClock(), seed: 3, timeScale: 0.1, pace: 0, ...options });
  onTestFinished(() => far.shop.stop());
  return far;
}

async function webhookAt(far: TestShop, session = far.shop.session().id) {
  const { body } = await far.call('GET', `/whatsapp-sessions/${session}`);
  const { webhook_url, webhook_enabled, webhook_events } = (body as { data: typeof FORMER }).data;
  return { webhook_url, webhook_enabled, webhook_events };
}

const create = (app: App, far: TestShop, secrets: Readonly<Record<string, string>>, settings: Readonly<Record<string, string>> = {}) =>
  app.rpc('accounts.create', { provider: 'wasenderapi', name: 'Sun Bakery', settings: { baseUrl: far.url, ...settings }, secrets });

/** The invented customers are people: some messages fail, some phones are off. One of a few climbs. */
async function sendAndWatch(app: App, account: string, source: 'webhook' | 'poll', tries = 4): Promise<Timeline> {
  const sent = await app.rpc('messages.send', { account, recipient: '+44 7700 900219', text: 'Your order is ready.' });
  expect(sent).toMatchObject({ id: expect.stringMatching(/^m\d+$/), providerMessageId: expect.stringMatching(/^\d+$/), status: 'queued' });
  const messageId = sent.providerMessageId ?? '';
  const climbed = await untilAnswered(
    async () => {
      const life = await app.rpc('messages.get', { account, messageId });
      if (life.message.status === 'failed') return 'failed';
      const isThere = life.message.status === 'delivered' || life.message.status === 'read';
      return isThere && life.receipts.some((receipt) => receipt.source === source) && life;
    },
    `a message that climbs by ${source}`,
    6_000,
  ).catch((error) => {
    if (tries === 1) throw error;
  });
  return climbed === undefined || climbed === 'failed' ? sendAndWatch(app, account, source, tries - 1) : climbed;
}

describe('with a personal access token alone', () => {
  it('leads from the list of sessions over the code and the open door to a message that climbs, and puts everything back', async () => {
    const far = await startProvider();
    await far.call('PUT', `/whatsapp-sessions/${far.shop.session().id}`, FORMER);
    const app = await openApp();
    const { accountId: account, webhookPath } = await create(app, far, { personalAccessToken: far.personalAccessToken });

    const { sessions } = await app.rpc('session.list', { account });
    // whose address stands there already is shown before it is replaced
    expect(sessions).toMatchObject([{ name: 'Sun Bakery', phone: '+12125550100', state: 'need_scan', webhookUrl: FORMER.webhook_url }]);
    const session = sessions[0]?.id ?? '';
    expect(await app.rpc('session.choose', { account, session })).toMatchObject({ id: session, state: 'need_scan' });
    expect((await app.rpc('accounts.get', { account })).secrets.map(({ name }) => name)).toContain('apiKey');

    const changes = await app.changes();
    expect(await app.rpc('session.connect', { account })).toMatchObject({
      text: expect.stringMatching(/^2@/),
      state: 'need_scan',
      words: 'Waiting for the scan',
    });
    expect(await app.rpc('session.qr', { account })).toMatchObject({ text: expect.stringMatching(/^2@/), ageMs: expect.any(Number) });
    await untilAnswered(async () => (await app.rpc('session.status', { account })).state === 'connected', 'the scan');
    expect(await app.rpc('session.qr', { account })).toMatchObject({ text: null, state: 'connected', words: 'Connected' });
    await untilAnswered(
      async () => changes.seen.some(({ name, value }) => name === 'session.changed' && value.session.state === 'connected'),
      'the news of it',
    );
    changes.close();

    const door = await app.rpc('intake.open', { account, tunnel: { kind: 'local' } });
    expect(door).toMatchObject({
      state: 'live',
      webhookRegistered: true,
      publicUrl: app.webhooks,
      words: `Live: WASenderApi reaches this computer at ${app.webhooks}.`,
    });
    expect((await webhookAt(far)).webhook_url).toBe(`${app.webhooks}${webhookPath}`);

    const life = await sendAndWatch(app, account, 'webhook');
    // what was before anything could be missed is no gap
    expect(life.gaps).toEqual([]);
    expect(life.receipts).toContainEqual(expect.objectContaining({ source: 'send', said: 'queued', certainty: 'arrival' }));
    expect(life.message).toMatchObject({ messageId: expect.stringMatching(/^3EB0/), recipient: '+447700900219', text: null });

    await app.stop();
    expect(await webhookAt(far)).toEqual(FORMER);
  }, 45_000);

  it('goes on where it was after a restart, and says when it was not there', async () => {
    const far = await startProvider({ connected: true });
    const data = await tempDir();
    const first = await openApp({ data });
    const { accountId: account, webhookPath } = await create(
      first,
      far,
      { personalAccessToken: far.personalAccessToken },
      { sessionId: far.shop.session().id },
    );
    await untilAnswered(async () => (await first.rpc('session.status', { account })).state === 'connected', 'the session named at once');
    await first.rpc('intake.open', { account, tunnel: { kind: 'local' } });
    const before = await sendAndWatch(first, account, 'webhook');
    await first.kill('SIGKILL');
    // nobody listens, and nobody put the address back
    far.shop.sendNow(3);

    const second = await openApp({ data });
    await untilAnswered(async () => (await second.rpc('intake.status', { account })).intakes[0]?.webhookRegistered, 'the door to open by itself');
    expect((await webhookAt(far)).webhook_url).toBe(`${second.webhooks}${webhookPath}`);
    const after = await second.rpc('messages.get', { account, messageId: before.message.messageId ?? '' });
    expect(after.receipts).toEqual(expect.arrayContaining([...before.receipts]));
    const missed = far.shop
      .truth()
      .slice(-3)
      .flatMap(({ msgId }) => (msgId === undefined ? [] : [String(msgId)]));
    await untilAnswered(
      async () => {
        const { rows } = await second.rpc('messages.page');
        // one that WhatsApp never took has no id there
        const isThere = (row: (typeof rows)[number]) => row.messageId !== null || row.status === 'failed';
        return missed.every((id) => rows.some((row) => row.providerMessageId === id && isThere(row)));
      },
      'what was sent meanwhile',
      20_000,
    );
    const gap = await untilAnswered(
      async () => {
        const { gaps } = await second.rpc('messages.get', { account, messageId: missed[0] ?? '' });
        return gaps[0]?.reconciledAt !== null && gaps[0];
      },
      'the absence to be gone over',
      20_000,
    );
    expect(gap).toMatchObject({ why: 'Tickline was not running.', to: expect.any(Number) });
    await second.stop();
    // ours was there when we came again, so there is nobody else's to put back
    expect((await webhookAt(far)).webhook_enabled).toBe(false);
  }, 45_000);

  it('moves to another session with its key and its webhooks, and gives the first one its own address back', async () => {
    const far = await startProvider({ connected: true });
    await far.call('PUT', `/whatsapp-sessions/${far.shop.session().id}`, FORMER);
    const app = await openApp();
    const { accountId: account, webhookPath } = await create(app, far, { personalAccessToken: far.personalAccessToken });
    await app.rpc('session.choose', { account, session: far.shop.session().id });
    await app.rpc('accounts.update', { account, tunnel: { kind: 'local' } });
    await untilAnswered(async () => (await webhookAt(far)).webhook_url === `${app.webhooks}${webhookPath}`, 'the address at the first');
    const other = await app.rpc('session.create', { account, name: 'Second shop', phone: '+44 7700 900001' });
    expect(other).toMatchObject({ name: 'Second shop', state: 'need_scan' });
    expect(await webhookAt(far)).toEqual(FORMER);
    await untilAnswered(
      async () => (await webhookAt(far, other.id ?? '')).webhook_url === `${app.webhooks}${webhookPath}`,
      'the address at the second',
    );
    await app.rpc('accounts.update', { account, settings: { sessionId: far.shop.session().id } });
    expect(await app.rpc('session.status', { account })).toMatchObject({ id: far.shop.session().id, name: 'Sun Bakery', state: 'connected' });
    expect((await webhookAt(far, other.id ?? '')).webhook_enabled).toBe(false);
    await untilAnswered(async () => (await webhookAt(far)).webhook_url === `${app.webhooks}${webhookPath}`, 'the address at the first again');
  });
});

describe('with a session key alone', () => {
  it('polls, says that the address must be set by hand, and believes webhooks once their secret is given', async () => {
    const far = await startProvider({ connected: true });
    const app = await openApp();
    const { accountId: account, webhookPath } = await create(app, far, { apiKey: far.shop.session().apiKey });
    await untilAnswered(async () => (await app.rpc('session.status', { account })).state === 'connected', 'the state by the key');
    const door = await app.rpc('intake.open', { account, tunnel: { kind: 'local' } });
    expect(door).toMatchObject({ state: 'live', webhookRegistered: false, polling: { active: true }, words: expect.stringMatching(/by hand/) });
    const life = await sendAndWatch(app, account, 'poll');
    expect(life.receipts.at(-1)).toMatchObject({ source: 'poll', certainty: 'between' });
    const waId = life.message.messageId ?? '';

    const body = JSON.stringify(statusUpdate({ apiKey: 'x', at: Date.now(), waId, chat: '447700900219@s.whatsapp.net', status: 4 }));
    const signed = { 'x-webhook-signature': 'the secret from the page of the session' };
    // nothing can be believed as long as we do not know how it proves itself
    // nothing to compare with yet: whoever tries again may be heard later
    expect(await app.post(webhookPath, body, signed)).toBe(503);
    await app.rpc('accounts.putSecret', { account, slot: 'webhookSecret', value: 'the-secret-of-the-session' });
    await untilAnswered(
      async () => (await app.post(webhookPath, body, { 'x-webhook-signature': 'the-secret-of-the-session' })) === 200,
      'a webhook by hand',
    );
    await untilAnswered(
      async () => (await app.rpc('messages.get', { account, messageId: waId })).receipts.some(({ source }) => source === 'webhook'),
      'its receipt',
    );
    expect((await app.rpc('intake.status', { account })).intakes[0]).toMatchObject({
      state: 'live',
      webhookRegistered: true,
      words: expect.stringMatching(/^Live: webhooks arrive/),
    });
  });
});

describe('the demo shop inside the app', () => {
  it('starts with one request, is scanned, shows names, and goes with everything it brought', async () => {
    const app = await openApp();
    const { accountId: account } = await app.rpc('demo.start');
    expect((await app.rpc('demo.start')).accountId).toBe(account);
    expect(await app.rpc('session.qr', { account })).toMatchObject({ text: expect.stringMatching(/^2@/), state: 'need_scan' });
    await untilAnswered(async () => (await app.rpc('session.status', { account })).state === 'connected', 'the scan', 15_000);
    const named = await untilAnswered(
      async () => (await app.rpc('messages.page')).rows.find((row) => row.kind === 'person' && row.name !== null),
      'a named message',
    );
    expect(named).toMatchObject({ demo: true, name: expect.stringMatching(/^\p{Lu}\p{L}+ \p{Lu}\p{L}+$/u) });
    const { rows } = await app.rpc('messages.page', { text: named.name?.toLowerCase() });
    expect(rows.map((row) => row.recipient)).toContain(named.recipient);
    expect(await app.rpc('demo.status')).toMatchObject({ running: true, account });

    const removed = await app.rpc('accounts.remove', { account });
    expect(removed.messages).toBeGreaterThan(0);
    expect(await app.rpc('accounts.list')).toEqual({ accounts: [] });
    expect((await app.rpc('messages.page')).rows).toEqual([]);
    const inbox = await app.rpc('inbox.page');
    expect([inbox.rows, Object.values(inbox.counts).every((count) => count === 0)]).toEqual([[], true]);
    expect(await app.rpc('demo.status')).toMatchObject({ running: false, account: null, url: null });
    const again = await app.rpc('demo.start');
    expect(again.accountId).not.toBe(account);
  }, 30_000);

  it('is one shop however often it is asked for at once, also while it is being removed', async () => {
    const app = await openApp();
    const started = await Promise.all([1, 2, 3].map(() => app.rpc('demo.start')));
    expect(new Set(started.map(({ accountId }) => accountId)).size).toBe(1);
    const account = started[0]?.accountId ?? '';
    const [removed, anew] = await Promise.all([app.rpc('accounts.remove', { account }), app.rpc('demo.start')]);
    expect(removed.removed).toBe(true);
    expect(anew.accountId).not.toBe(account);
    expect((await app.rpc('accounts.list')).accounts.map(({ id }) => id)).toEqual([anew.accountId]);
    expect(await app.rpc('demo.status')).toMatchObject({ running: true, account: anew.accountId });
  }, 30_000);

  it('goes on after a restart as another day in the same shop', async () => {
    const data = await tempDir();
    const first = await openApp({ data, demo: true });
    await untilAnswered(
      async () => (await first.rpc('messages.page', { status: ['delivered', 'read'] })).rows.length >= 3,
      'the first ticks',
      20_000,
    );
    await first.stop();
    const second = await openApp({ data });
    const { accounts } = await second.rpc('accounts.list');
    expect(accounts).toMatchObject([{ name: 'Sun Bakery', demo: true }]);
    const known = new Set((await second.rpc('messages.page', { limit: 200 })).rows.map((row) => row.id));
    expect(known.size).toBeGreaterThanOrEqual(3);
    const fresh = await untilAnswered(
      async () => (await second.rpc('messages.page', { status: ['delivered', 'read'], limit: 200 })).rows.find((row) => !known.has(row.id)),
      'new messages beside the old',
      20_000,
    );
    expect(fresh.account).toBe(accounts[0]?.id);
  }, 45_000);
});
