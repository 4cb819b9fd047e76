import { createServer } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { createSystemClock } from '../../src/main/adapters/clock/system.ts';
import type { DemoShopOptions } from '../../src/main/demo/index.ts';
import { startTestShop } from '../support/demoShop.ts';
import { createFakeClock } from '../support/fakeClock.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A shop that lives a hundred times as fast as a real one; on a clock that tests move where fates matter. */
async function openShop(options: Partial<DemoShopOptions> = {}) {
  const test = await startTestShop({ clock: createSystemClock(), seed: 3, timeScale: 0.01, pace: 0, ...options });
  closers.push(() => test.shop.stop());
  return test;
}

async function openReceiver() {
  const got: { readonly signature: string | undefined; readonly body: { event: string; data: unknown } }[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (piece) => {
      text += piece;
    });
    request.on('end', () => {
      got.push({ signature: request.headers['x-webhook-signature']?.toString(), body: JSON.parse(text) });
      response.end('ok');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}/w/secret`, got };
}

const session = '/whatsapp-sessions/41';

describe('the demo shop over HTTP', () => {
  it('is connected by asking for a code, which somebody then scans; each state is told', async () => {
    const { shop, call, subscribe } = await openShop({ scansItself: false });
    const receiver = await openReceiver();
    expect((await call('GET', session)).body).toMatchObject({ data: { status: 'need_scan', webhook_secret: null, webhook_enabled: false } });
    expect((await call('GET', `${session}/qrcode`)).status).toBe(400);
    await subscribe(receiver.url);
    const connecting = await call('POST', `${session}/connect`);
    expect(connecting.body).toMatchObject({ success: true, data: { status: 'NEED_SCAN', qrCode: expect.stringMatching(/^2@/) } });
    expect((await call('GET', `${session}/qrcode`)).body).toMatchObject({ success: true, data: { qrCode: expect.stringMatching(/^2@/) } });
    shop.scan();
    await expect.poll(() => shop.session().state).toBe('connected');
    expect((await call('GET', '/status')).body).toEqual({ status: 'connected' });
    const states = () =>
      receiver.got
        .filter(({ body }) => body.event === 'session.status')
        .map(
          ({ body }) =>
            JSON.stringify(body.data)
              .toLowerCase()
              .match(/need_scan|connect\w+/)?.[0],
        );
    // Which of two requests arrives first is up to the network.
    await expect.poll(() => states().sort()).toEqual(['connected', 'connecting', 'need_scan']);
    expect(receiver.got.some(({ body }) => body.event === 'qrcode.updated')).toBe(true);
    const logs = (await call('GET', `${session}/session-logs`)).body;
    expect(logs).toMatchObject({
      data: { current_page: 1, total: 3, data: [{ status: 'connected', occurred_at: expect.stringMatching(/\.\d{6}Z$/) }, {}, {}] },
    });
  });

  it('changes its code while nobody scans it', async () => {
    const { shop, call } = await openShop({ scansItself: false });
    const first = JSON.stringify((await call('POST', `${session}/connect`)).body);
    await expect.poll(async () => JSON.stringify((await call('POST', `${session}/connect`)).body)).not.toBe(first);
    shop.scan();
    await expect.poll(() => shop.session().state).toBe('connected');
  });

  it('makes, changes and removes sessions, and checks what it is given', async () => {
    const { call } = await openShop();
    expect((await call('POST', '/whatsapp-sessions', { name: 'Second' })).body).toMatchObject({
      success: false,
      errors: { phone_number: [expect.any(String)] },
    });
    const made = await call('POST', '/whatsapp-sessions', { name: 'Second', phone_number: '+447700900001' });
    expect(made).toMatchObject({ status: 201, body: { data: { id: 42, status: 'need_scan', api_key: expect.stringMatching(/^[0-9a-f]{64}$/) } } });
    const changed = await call('PUT', '/whatsapp-sessions/42', {
      webhook_url: 'https://hooks.example.com/w/a',
      webhook_enabled: true,
      webhook_events: ['messages.update'],
    });
    expect(changed.body).toMatchObject({
      data: { name: 'Second', webhook_events: ['messages.update'], webhook_secret: expect.stringMatching(/^[0-9a-f]{32}$/) },
    });
    expect((await call('PUT', '/whatsapp-sessions/42', { webhook_events: ['nonsense'] })).status).toBe(422);
    expect((await call('POST', '/whatsapp-sessions/42/regenerate-key')).body).toEqual({
      success: true,
      api_key: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const listed = JSON.stringify((await call('GET', '/whatsapp-sessions')).body);
    expect(listed).toContain('Sun Bakery');
    expect(listed).not.toContain('api_key');
    expect((await call('DELETE', '/whatsapp-sessions/42')).status).toBe(204);
    expect((await call('GET', '/whatsapp-sessions/42')).body).toEqual({ success: false, message: 'WhatsApp session not found.' });
  });

  it('sends, tells of it by webhook, and says the same through message info and the log', async () => {
    const clock = createFakeClock();
    const { shop, call, subscribe } = await openShop({ clock, connected: true });
    const receiver = await openReceiver();
    await subscribe(receiver.url);
    const reply = await call('POST', '/send-message', { to: '+447700900123', text: 'Hi' });
    expect(reply.body).toEqual({ success: true, data: { msgId: expect.any(Number), jid: '+447700900123', status: 'in_progress' } });
    const msgId = shop.truth()[0]?.msgId;
    expect((await call('GET', `/messages/${msgId}/info`)).body).toMatchObject({ data: { msgId, status: expect.any(Number) } });
    clock.advance(900);
    expect(shop.truth()[0]?.steps.delivered).toBeDefined();
    const waId = shop.truth()[0]?.waId;
    expect((await call('GET', `/messages/${msgId}/info`)).body).toMatchObject({
      success: true,
      data: {
        id: waId,
        key: { id: waId, fromMe: true, remoteJid: '447700900123@s.whatsapp.net' },
        messageTimestamp: expect.stringMatching(/^\d{10}$/),
      },
    });
    expect((await call('GET', `${session}/message-logs?status=sent`)).body).toMatchObject({
      data: { total: 1, next_page_url: null, data: [{ id: String(msgId), to: '+447700900123', content: 'Hi', status: 'sent', failed_reason: null }] },
    });
    await expect
      .poll(() => receiver.got.some(({ body }) => body.event === 'messages.update' && JSON.stringify(body).includes(String(waId))))
      .toBe(true);
    for (const { signature } of receiver.got) expect(signature).toBe(shop.session().webhookSecret);
  });

  it('pages the log, newest first, and hides numbers and words when it may not keep them', async () => {
    const { shop, call } = await openShop({ connected: true, history: { messages: 60, days: 3 } });
    const through = shop.truth().filter((message) => message.origin === 'api');
    const page = await call('GET', `${session}/message-logs?page=2&per_page=20`);
    expect(page.body).toMatchObject({
      data: { current_page: 2, per_page: 20, total: through.length, last_page: Math.ceil(through.length / 20), from: 21, to: 40 },
    });
    expect(page.body).toMatchObject({ data: { data: expect.arrayContaining([expect.objectContaining({ id: String(through.at(-21)?.msgId) })]) } });
    await call('PUT', session, { log_messages: false });
    expect((await call('GET', `${session}/message-logs`)).body).toMatchObject({
      data: { data: expect.arrayContaining([expect.objectContaining({ to: null, content: null })]) },
    });
  });

  it('sends a failed message again, under the same id', async () => {
    const clock = createFakeClock();
    const { shop, call } = await openShop({ clock, connected: true });
    shop.sendNow(120);
    clock.advance(900);
    const msgId = shop.truth().find((message) => message.steps.failed !== undefined)?.msgId;
    expect((await call('POST', `/messages/${msgId}/resend`)).body).toMatchObject({ success: true, data: { msgId, status: 'in_progress' } });
    clock.advance(900);
    const again = shop.truth().find((message) => message.msgId === msgId);
    expect(again).toMatchObject({ failure: undefined, steps: { sent: expect.any(Number) } });
    expect((await call('POST', `/messages/${msgId}/resend`)).status).toBe(422);
  });

  it('says what it allows, and refuses what is more', async () => {
    const { call } = await openShop({ connected: true, limits: { info: 3 } });
    for (let i = 0; i < 3; i++) {
      const reply = await call('GET', '/messages/1/info');
      expect(reply.status).toBe(404);
      expect(reply.headers.get('x-ratelimit-limit')).toBe('3');
      expect(reply.headers.get('x-ratelimit-remaining')).toBe(String(2 - i));
      expect(Number(reply.headers.get('x-ratelimit-reset'))).toBeGreaterThan(0);
    }
    const refused = await call('GET', '/messages/1/info');
    expect(refused).toMatchObject({ status: 429, body: { message: 'Too many requests.', retry_after: expect.any(Number) } });
    await call('PUT', session, { account_protection: true });
    expect((await call('POST', '/send-message', { to: '+447700900123', text: 'Hi' })).status).toBe(200);
    expect(await call('POST', '/send-message', { to: '+447700900123', text: 'Hi' })).toMatchObject({ status: 429, body: { retry_after: 5 } });
  });

  it('shows groups and who is in them', async () => {
    const { call } = await openShop({ connected: true });
    const groups = (await call('GET', '/groups')).body;
    const jid = JSON.stringify(groups).match(/\d+@g\.us/)?.[0];
    expect((await call('GET', `/groups/${jid}/metadata`)).body).toMatchObject({ data: { id: jid, size: expect.any(Number) } });
    expect((await call('GET', `/groups/${jid}/participants`)).body).toMatchObject({
      data: expect.arrayContaining([expect.objectContaining({ admin: null })]),
    });
    expect((await call('POST', '/send-message', { to: jid, text: 'Hi all' })).status).toBe(200);
    expect((await call('GET', '/groups/1@g.us/metadata')).status).toBe(404);
  });

  it('answers anything odd in words, and only to who has the right token', async () => {
    const { url, call, shop, personalAccessToken } = await openShop({ connected: true });
    expect(await call('GET', '/auth-check')).toMatchObject({ status: 200, body: { success: true } });
    expect(await call('GET', '/auth-check', undefined, 'wrong')).toMatchObject({ status: 401, body: { success: false } });
    expect((await call('GET', '/whatsapp-sessions', undefined, shop.session().apiKey)).status).toBe(401);
    expect((await call('GET', '/status', undefined, personalAccessToken)).status).toBe(401);
    expect(await call('GET', '/nowhere')).toMatchObject({ status: 404, body: { success: false, message: 'Not found.' } });
    expect((await call('DELETE', '/status')).status).toBe(405);
    expect((await call('POST', '/send-message', { to: 'nobody', text: 'Hi' })).status).toBe(422);
    expect((await call('POST', '/send-message', { to: '+447700900123' })).status).toBe(422);
    expect((await fetch(`${url}/send-message`, { method: 'POST', body: '{' })).status).toBe(400);
    expect((await fetch(`${url}/send-message`, { method: 'POST', body: 'x'.repeat(1_100_000) })).status).toBe(413);
    await call('POST', `${session}/disconnect`);
    expect(await call('POST', '/send-message', { to: '+447700900123', text: 'Hi' })).toMatchObject({ status: 400, body: { success: false } });
    expect((await call('POST', `${session}/restart`)).status).toBe(400);
  });

  it('stops twice without harm and lets its port go', async () => {
    const { shop, url } = await openShop({ connected: true, pace: 600 });
    await expect.poll(() => shop.truth().length).toBeGreaterThan(3);
    await shop.stop();
    await shop.stop();
    const again = await openShop({ port: Number(new URL(url).port) });
    expect(again.url).toBe(url);
  });
});
