import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClient, type WasenderapiClient } from '../../../../../src/main/adapters/provider/wasenderapi/client.ts';
import type { LearnedLimits, Secrets } from '../../../../../src/main/core/ports/provider.ts';
import { type ScriptedServer, startScriptedServer } from '../../../../support/scriptedServer.ts';

const PAT = 'pat-c4n4ry-0001';
const KEY = 'key-c4n4ry-0002';
const SECRET = 'fb0ad0f00d0000000000000000000001';
const NOW = 1_770_000_000_000;

let server: ScriptedServer;
let learned: LearnedLimits[];
let clients: WasenderapiClient[];

beforeEach(async () => {
  server = await startScriptedServer();
  learned = [];
  clients = [];
});
afterEach(async () => {
  for (const client of clients) client.close();
  await server.close();
});

function open(secrets: Secrets = { personalAccessToken: PAT, apiKey: KEY }, more: { baseUrl?: string; deadlineMs?: number } = {}): WasenderapiClient {
  const client = createClient(
    {
      settings: { baseUrl: more.baseUrl ?? `${server.url}/api` },
      secrets,
      fetch,
      now: () => NOW,
      onLimits: (limits) => learned.push(limits),
    },
    {
      name: 'WASenderApi',
      defaultBaseUrl: 'https://www.wasenderapi.com/api',
      ...(more.deadlineMs === undefined ? {} : { deadlineMs: more.deadlineMs }),
    },
  );
  clients.push(client);
  return client;
}

function session(more: Record<string, unknown> = {}) {
  return {
    id: 41,
    name: 'Shop',
    phone_number: '+15550001111',
    status: 'connected',
    webhook_url: 'https://hooks.example.com/w/ab12',
    webhook_enabled: true,
    webhook_events: ['messages.update'],
    api_key: KEY,
    webhook_secret: SECRET,
    ...more,
  };
}

const SEEN = {
  id: '41',
  name: 'Shop',
  phone: '+15550001111',
  state: 'connected',
  webhook: { url: 'https://hooks.example.com/w/ab12', enabled: true, events: ['messages.update'] },
};

describe('asking for sessions', () => {
  it('uses the personal access token and lists them without their credentials', async () => {
    server.on('GET /api/whatsapp-sessions', {
      json: {
        success: true,
        data: [session(), session({ id: 42, status: 'DISCONNECTED', webhook_url: null, webhook_enabled: false, webhook_events: null })],
      },
    });
    const result = await open().listSessions();
    expect(result).toEqual({
      ok: true,
      value: [SEEN, { ...SEEN, id: '42', state: 'disconnected', webhook: { url: undefined, enabled: false, events: [] } }],
    });
    expect(server.heard[0]?.headers.authorization).toBe(`Bearer ${PAT}`);
    expect(JSON.stringify(result)).not.toContain(KEY);
  });

  it('reads the key and the secret of one, so that a personal access token alone is enough', async () => {
    server.on('GET /api/whatsapp-sessions/41', { json: { success: true, data: session() } });
    expect(await open({ personalAccessToken: PAT }).readSession('41')).toEqual({
      ok: true,
      value: { ...SEEN, secrets: { apiKey: KEY, webhookSecret: SECRET } },
    });
  });

  it('creates one with protection, and without keeping texts at the provider', async () => {
    server.on('POST /api/whatsapp-sessions', { status: 201, json: { success: true, data: session({ status: 'need_scan' }) } });
    expect(await open().createSession({ name: 'Shop', phone: '+15550001111' })).toMatchObject({ ok: true, value: { id: '41', state: 'need_scan' } });
    expect(JSON.parse(server.heard[0]?.body ?? '')).toEqual({
      name: 'Shop',
      phone_number: '+15550001111',
      account_protection: true,
      log_messages: false,
    });
  });

  it('connects and gives the raw text of the code, in whatever case the state is written', async () => {
    server.on('POST /api/whatsapp-sessions/41/connect', { json: { success: true, data: { status: 'NEED_SCAN', qrCode: '2@EXAMPLE' } } });
    expect(await open().connect('41')).toEqual({ ok: true, value: { state: 'need_scan', qr: '2@EXAMPLE' } });
    server.on('POST /api/whatsapp-sessions/41/connect', { json: { success: true, data: { status: 'connected' } } });
    expect(await open().connect('41')).toEqual({ ok: true, value: { state: 'connected', qr: undefined } });
  });

  it('gets the code, never a picture of it', async () => {
    server.on('GET /api/whatsapp-sessions/41/qrcode', { json: { success: true, data: { qrCode: '2@EXAMPLE' } } });
    expect(await open().qr('41')).toEqual({ ok: true, value: '2@EXAMPLE' });
    server.on('GET /api/whatsapp-sessions/41/qrcode', { json: { success: true, data: { qrCode: 'data:image/png;base64,AAAA' } } });
    expect(await open().qr('41')).toMatchObject({ ok: false, error: { code: 'conflict', retry: true } });
  });

  it('disconnects, restarts and removes, also when the answer is empty', async () => {
    server.on('POST /api/whatsapp-sessions/41/disconnect', { json: { success: true } });
    server.on('POST /api/whatsapp-sessions/41/restart', { json: { success: true } });
    server.on('DELETE /api/whatsapp-sessions/41', { status: 204 });
    const client = open();
    expect([await client.disconnect('41'), await client.restart('41'), await client.remove('41')].map((result) => result.ok)).toEqual([
      true,
      true,
      true,
    ]);
  });

  it('gets a new key from the top of the answer, where it stands alone', async () => {
    server.on('POST /api/whatsapp-sessions/41/regenerate-key', { json: { success: true, api_key: 'new' } });
    expect(await open().renewKey('41')).toEqual({ ok: true, value: 'new' });
  });

  it.each([{ status: 'connected' }, { status: 'CONNECTED' }, { success: true, data: { status: 'connected' } }])(
    'reads the state with the session key alone: %j',
    async (json) => {
      server.on('GET /api/status', { json });
      expect(await open({ apiKey: KEY }).sessionState()).toEqual({ ok: true, value: 'connected' });
      expect(server.heard[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
    },
  );

  it('reads whose phone is linked, without the number of the device', async () => {
    server.on('GET /api/user', { json: { success: true, data: { id: '15550001111:12@s.whatsapp.net', name: 'Shop' } } });
    expect(await open().user()).toEqual({ ok: true, value: { phone: '+15550001111', name: 'Shop' } });
  });

  it('reads when the session dropped', async () => {
    const entry = { id: 201, event_type: 'status_change', status: 'need_scan', occurred_at: '2026-02-02T02:40:00.123456Z' };
    server.on('GET /api/whatsapp-sessions/41/session-logs', { json: { success: true, data: { current_page: 1, last_page: 1, data: [entry] } } });
    expect(await open().activity('41', 1)).toEqual({
      ok: true,
      value: { entries: [{ event: 'status_change', state: 'need_scan', at: NOW + 123 }], more: false },
    });
  });

  it.each(['', '../user', '41/connect', '41?x=1', 'a'.repeat(65)])('never puts %j into a path', async (id) => {
    expect(await open().readSession(id)).toMatchObject({ ok: false, error: { code: 'bad_input' } });
    expect(server.heard).toEqual([]);
  });
});

describe('registering a webhook', () => {
  const registration = { url: 'https://ours.example.com/w/1', enabled: true, events: ['messages.update', 'session.status'] };

  it('writes the three webhook fields and nothing else', async () => {
    server.on('PUT /api/whatsapp-sessions/41', { json: { success: true, data: session() } });
    expect(await open().setWebhook('41', registration)).toMatchObject({ ok: true, value: { secrets: { webhookSecret: SECRET } } });
    expect(JSON.parse(server.heard[0]?.body ?? '')).toEqual({
      webhook_url: 'https://ours.example.com/w/1',
      webhook_enabled: true,
      webhook_events: ['messages.update', 'session.status'],
    });
  });

  it('fetches the secret when the answer does not carry it, since it comes into being then', async () => {
    server.on('PUT /api/whatsapp-sessions/41', { json: { success: true, data: session({ webhook_secret: null }) } });
    server.on('GET /api/whatsapp-sessions/41', { json: { success: true, data: session() } });
    expect(await open().setWebhook('41', registration)).toMatchObject({ ok: true, value: { secrets: { webhookSecret: SECRET } } });
  });

  it('puts back what was there before, word for word', async () => {
    server.on('PUT /api/whatsapp-sessions/41', { json: { success: true, data: session() } });
    await open().setWebhook('41', { url: 'https://hooks.example.com/w/ab12', enabled: false, events: ['messages.received'] });
    expect(JSON.parse(server.heard[0]?.body ?? '')).toEqual({
      webhook_url: 'https://hooks.example.com/w/ab12',
      webhook_enabled: false,
      webhook_events: ['messages.received'],
    });
  });

  it('switches reports off where the provider refuses to clear the address', async () => {
    server.on('PUT /api/whatsapp-sessions/41', (response, _request, heard) => {
      const refused = 'webhook_url' in JSON.parse(heard.body);
      response
        .writeHead(refused ? 422 : 200)
        .end(JSON.stringify(refused ? { success: false, message: 'The webhook url must be a URL.' } : { success: true, data: session() }));
    });
    expect(await open().setWebhook('41', { url: undefined, enabled: false, events: [] })).toMatchObject({ ok: true });
    expect(server.heard.map((one) => JSON.parse(one.body))).toEqual([
      { webhook_url: null, webhook_enabled: false, webhook_events: [] },
      { webhook_enabled: false },
    ]);
  });
});

describe('asking about messages', () => {
  it('keeps the bytes of the answer as they came', async () => {
    const text = '{"success":true,  "data":{"msgId":58000001,"status":3}}';
    server.on('GET /api/messages/58000001/info', { text });
    const result = await open().askMessage('58000001');
    expect(result).toMatchObject({ ok: true, value: { status: 200, shape: 'message-info', at: NOW } });
    expect(result.ok && Buffer.from(result.value.body).toString()).toBe(text);
  });

  it('is only possible by the provider’s own number', async () => {
    expect(await open().askMessage('3EB0EXAMPLE01')).toMatchObject({ ok: false, error: { code: 'bad_input' } });
  });

  it('says when the provider does not know the message', async () => {
    expect(await open().askMessage('1')).toMatchObject({
      ok: false,
      error: { code: 'not_found', message: 'WASenderApi does not know this message.', retry: false },
    });
  });

  it('reads the log by pages', async () => {
    server.on('GET /api/whatsapp-sessions/41/message-logs', {
      json: { success: true, data: { current_page: 2, last_page: 3, next_page_url: '/x?page=3', data: [{ id: '7' }, { id: 8 }, 'odd'] } },
    });
    expect(await open().messageLog('41', 2)).toMatchObject({ ok: true, value: { shape: 'message-log', page: 2, more: true, ids: ['7', '8'] } });
    expect(server.heard[0]?.url).toBe('/api/whatsapp-sessions/41/message-logs?page=2&per_page=50');
  });

  it('finds the log under the path of the documents when the usual one does not exist', async () => {
    server.on('GET /api/41/message-logs', { json: { success: true, data: { current_page: 1, last_page: 1, next_page_url: null, data: [] } } });
    expect(await open().messageLog('41', 1)).toMatchObject({ ok: true, value: { more: false, ids: [] } });
    expect(server.heard.map((one) => one.url.split('?')[0])).toEqual(['/api/whatsapp-sessions/41/message-logs', '/api/41/message-logs']);
  });
});

describe('checking a credential', () => {
  it('lists the sessions of a personal access token, and the state behind a session key', async () => {
    server.on('GET /api/whatsapp-sessions', { json: { success: true, data: [session()] } });
    server.on('GET /api/status', { json: { status: 'connected' } });
    expect(await open().check()).toEqual({ ok: true, value: { sessions: [SEEN] } });
    expect(await open({ apiKey: KEY }).check()).toEqual({ ok: true, value: { sessions: undefined } });
  });

  it('says which credential is missing without asking anybody', async () => {
    expect(await open({ apiKey: KEY }).listSessions()).toMatchObject({ ok: false, error: { code: 'secret_missing', detail: 'personalAccessToken' } });
    expect(await open({ personalAccessToken: PAT }).askMessage('1')).toMatchObject({
      ok: false,
      error: { code: 'secret_missing', detail: 'apiKey' },
    });
    expect(server.heard).toEqual([]);
  });
});

describe('sending', () => {
  const message = { recipient: '+15550002222', text: 'Hi' };

  it('posts once and keeps the answer', async () => {
    server.on('POST /api/send-message', { json: { success: true, data: { msgId: 58000001, jid: '+15550002222', status: 'in_progress' } } });
    expect(await open().send(message)).toMatchObject({ ok: true, value: { shape: 'send-answer' } });
    expect(server.heard).toMatchObject([{ headers: { authorization: `Bearer ${KEY}` }, body: '{"to":"+15550002222","text":"Hi"}' }]);
  });

  it.each([500, 502, 503, 408])('may have happened when the answer is %d, and is not repeated', async (status) => {
    server.on('POST /api/send-message', { status, json: { success: false, message: 'Oops' } });
    expect(await open().send(message)).toMatchObject({ ok: false, error: { code: 'ambiguous_send', retry: false } });
    expect(server.heard).toHaveLength(1);
  });

  it('may have happened when the connection breaks after it left', async () => {
    server.on('POST /api/send-message', (response) => response.destroy());
    expect(await open().send(message)).toMatchObject({ ok: false, error: { code: 'ambiguous_send', retry: false } });
    expect(server.heard).toHaveLength(1);
  });

  it('may have happened when no answer comes in time', async () => {
    server.on('POST /api/send-message', () => {});
    expect(await open(undefined, { deadlineMs: 60 }).send(message)).toMatchObject({
      ok: false,
      error: { code: 'ambiguous_send', detail: 'timeout' },
    });
  });

  it('may have happened when the answer cannot be read', async () => {
    server.on('POST /api/send-message', { text: '<html>thank you</html>' });
    expect(await open().send(message)).toMatchObject({ ok: false, error: { code: 'ambiguous_send' } });
  });

  it('did not happen when nobody was there', async () => {
    const result = await open(undefined, { baseUrl: `http://127.0.0.1:${await freePort()}/api` }).send(message);
    expect(result).toMatchObject({ ok: false, error: { code: 'provider_unreachable', retry: true, detail: 'ECONNREFUSED' } });
  });

  it('did not happen when it was refused', async () => {
    server.on('POST /api/send-message', { status: 422, json: { success: false, message: 'The number 15550002222 is invalid' } });
    expect(await open().send(message)).toMatchObject({
      ok: false,
      error: { code: 'provider_refused', message: 'WASenderApi refused this: The number ···222 is invalid' },
    });
    server.on('POST /api/send-message', { status: 429, json: { message: 'Too many', retry_after: 5 } });
    expect(await open().send(message)).toMatchObject({ ok: false, error: { code: 'rate_limited', afterMs: 5_000 } });
  });
});

describe('what goes wrong is said in plain words', () => {
  const ask = (client = open()) => client.askMessage('1');
  const route = 'GET /api/messages/1/info';

  it.each([
    [401, { success: false, message: 'Unauthenticated.' }, 'unauthorized', false],
    [403, { success: false, message: 'Forbidden' }, 'unauthorized', false],
    [403, { success: false, message: 'You need an active subscription.' }, 'provider_refused', false],
    [402, undefined, 'provider_refused', false],
    [400, { success: false, message: 'Session is not connected' }, 'provider_refused', true],
    [400, { success: false, message: 'Bad' }, 'provider_refused', false],
    [200, { success: false, message: 'Session is not connected' }, 'provider_refused', true],
    [404, { success: false, message: 'Not found' }, 'not_found', false],
    [408, undefined, 'provider_unreachable', true],
    [429, { message: 'Too many' }, 'rate_limited', true],
    [500, { success: false, message: 'Server error' }, 'provider_unreachable', true],
    [503, undefined, 'provider_unreachable', true],
  ])('HTTP %d %j is %s', async (status, json, code, retry) => {
    server.on(route, json === undefined ? { status, text: '<html></html>' } : { status, json });
    expect(await ask()).toMatchObject({ ok: false, error: { code, retry } });
  });

  it.each([
    ['a web page', { text: '<!doctype html><html></html>' }],
    ['a web page that says 404', { status: 404, text: '<html></html>' }],
    ['nothing at all', { text: '' }],
    ['a list', { json: [1] }],
    ['more than a megabyte', { text: `{"a":"${'x'.repeat(1_100_000)}"}` }],
  ])('%s is not the provider', async (_name, script) => {
    server.on(route, script);
    expect(await ask()).toMatchObject({ ok: false, error: { code: 'provider_refused', retry: false } });
  });

  it('a redirect is not followed, and the key does not travel there', async () => {
    const elsewhere = await startScriptedServer();
    server.on(route, { status: 302, headers: { location: `${elsewhere.url}/api/messages/1/info` } });
    expect(await ask()).toMatchObject({ ok: false, error: { code: 'provider_refused', detail: 'HTTP 302' } });
    expect(elsewhere.heard).toEqual([]);
    await elsewhere.close();
  });

  it('a request under way is given up by close, and none starts after it; a second close is harmless', async () => {
    const arrived = new Promise<void>((resolve) => server.on(route, () => resolve()));
    const client = open();
    const answer = ask(client);
    await arrived;
    client.close();
    client.close();
    expect(await answer).toMatchObject({ ok: false, error: { code: 'shutting_down' } });
    expect(await ask(client)).toMatchObject({ ok: false, error: { code: 'shutting_down' } });
    expect(server.heard).toHaveLength(1);
  });

  it('limits are learned from every answer, also from a refusal', async () => {
    server.on(route, {
      status: 429,
      headers: { 'x-ratelimit-limit': '60', 'x-ratelimit-remaining': '0', date: new Date(NOW).toUTCString() },
      json: { message: 'Slow down', retry_after: 9 },
    });
    expect(await ask()).toMatchObject({ ok: false, error: { code: 'rate_limited', afterMs: 9_000 } });
    expect(learned).toEqual([{ at: NOW, perMinute: 60, remaining: 0, waitUntil: NOW + 9_000, clockSkew: 500 }]);
  });

  it('no failure repeats a key, even when the provider does, or a key that no header can carry', async () => {
    const failures: unknown[] = [];
    for (const status of [200, 400, 401, 403, 404, 422, 429, 500]) {
      server.on(route, { status, json: { success: false, message: `Bad token ${KEY}`, error: PAT, headers: { authorization: `Bearer ${KEY}` } } });
      failures.push(await ask());
    }
    failures.push(await ask(open({ apiKey: `${KEY}\r\nx: y` })), await ask(open({ apiKey: `${KEY}\u20ac` })));
    failures.push(await ask(open({ apiKey: KEY }, { baseUrl: `https://x:${KEY}@127.0.0.1/api` })));
    expect(failures.every((failure) => typeof failure === 'object' && failure !== null && 'ok' in failure && !failure.ok)).toBe(true);
    expect(JSON.stringify(failures)).not.toContain('c4n4ry');
  });
});

/** A port on which nobody listens: taken for a moment, then left. */
async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
