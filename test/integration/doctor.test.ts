/** The doctor of a whole engine: real SQLite, a scripted provider and a scripted way in over real HTTP. */
import { createServer, request as httpRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { composeEngine } from '../../src/main/compose.ts';
import { createDispatch, type Dispatch } from '../../src/main/dispatch.ts';
import type { Engine } from '../../src/main/engine.ts';
import type { Change } from '../../src/shared/contract/changes.ts';
import type { DoctorReport, Finding } from '../../src/shared/contract/health.ts';
import type { RequestName } from '../../src/shared/contract/names.ts';
import type { In, Out } from '../../src/shared/contract/requests.ts';
import { createMemoryLog } from '../support/memoryLog.ts';
import { createMemoryVault } from '../support/memoryVault.ts';
import { type ScriptedServer, startScriptedServer } from '../support/scriptedServer.ts';
import { tempDir } from '../support/tempDir.ts';
import { until, untilAnswered } from '../support/until.ts';

const TOKEN = '41|canaryPersonalAccessTokenOfTheOwner';
const API_KEY = 'wsk_canary_of_the_session_91fe';
const SECRET = 'whsec_canary_52ab';
const PHONE = '+447700900219';
const SESSION = '/api/whatsapp-sessions/41';

/** What stands between the internet and this computer: passes requests on unless the test says otherwise. */
type Front = { readonly url: string; answer: ((response: ServerResponse) => void) | undefined; close(): Promise<void> };

let engine: Engine;
let ask: Dispatch;
let far: ScriptedServer;
let front: Front;
let changes: Change[];
let account: string;
let webhookPath: string;
let details: Record<string, unknown>;

beforeEach(async () => {
  far = await startScriptedServer();
  details = { id: 41, name: 'Shop', phone_number: PHONE, status: 'connected', api_key: API_KEY, webhook_secret: SECRET, log_messages: true };
  far.on(`GET ${SESSION}`, (response) => json(response, 200, { success: true, data: details }));
  far.on(`PUT ${SESSION}`, (response, _request, heard) => {
    details = { ...details, ...(JSON.parse(heard.body) as object) };
    json(response, 200, { success: true, data: details });
  });
  far.on('GET /api/status', { json: { status: 'connected' } });
  engine = await composeEngine({
    dataFolder: await tempDir(),
    vault: createMemoryVault(),
    mode: 'browser',
    webhookPort: 0,
    demo: false,
    version: 'test',
    exportLink: () => null,
  });
  changes = [];
  engine.changes.subscribe((change) => changes.push(change));
  await engine.start();
  ask = createDispatch({ handlers: engine.handlers, log: createMemoryLog() });
  front = await startFront(() => engine.webhooksUrl());
  const made = await rpc('accounts.create', {
    provider: 'wasenderapi',
    name: 'Shop',
    settings: { baseUrl: far.url },
    secrets: { personalAccessToken: TOKEN },
    tunnel: { kind: 'own-url', url: front.url },
  });
  account = made.accountId;
  webhookPath = made.webhookPath;
  await rpc('session.choose', { account, session: '41' });
  await untilAnswered(async () => (await intake())?.webhookRegistered, 'the address to be told');
});
afterEach(async () => {
  await engine.stop();
  await Promise.all([far.close(), front.close()]);
});

async function rpc<N extends RequestName>(name: N, input?: In<N>): Promise<Out<N>> {
  const answer = await ask(name, input);
  if (!answer.ok) throw new Error(`${name}: ${answer.error.code} ${answer.error.message} ${answer.error.detail ?? ''}`);
  return answer.value as Out<N>;
}
const intake = async () => (await rpc('intake.status', { account })).intakes[0];
/** What the doctor finds about the account, asking everybody. */
async function found(): Promise<readonly Finding[]> {
  return (await rpc('doctor.run', { ask: true })).findings.filter(
    (one) => one.account === account || one.id.startsWith('clock') || one.id.includes('quar'),
  );
}
/** A proof that was under way when the test changed something may still come in after the first look. */
async function expectFinding(id: string): Promise<Finding> {
  for (let tries = 3; ; tries--) {
    const all = await found();
    const one = all.find((each) => each.id === id);
    if (one !== undefined) return one;
    if (tries === 1) throw new Error(`no ${id} among ${all.map((each) => each.id).join(', ')}`);
  }
}
async function press({ action }: Finding): Promise<void> {
  if (action?.kind !== 'ask') throw new Error('there is no button');
  await rpc(action.request, { account: action.account });
}
const refuse = (status: number) => (response: ServerResponse) =>
  void response.writeHead(status, { 'content-type': 'text/html' }).end('<html>no</html>');

describe('the doctor asks the provider and the public address', () => {
  it('and finds nothing that needs the owner when all is well', async () => {
    const all = await found();
    expect(all.filter((one) => one.level !== 'ok')).toEqual([]);
    expect(all.map((one) => one.id)).toEqual(['session.connected', 'key.fine', 'door.live', 'webhook.fine', 'clock.fine', 'limits.fine']);
  });

  it('and names a firewall before the address, what to allow, and where', async () => {
    front.answer = refuse(403);
    const one = await expectFinding('door.firewall');
    expect(one.level).toBe('problem');
    expect(one.evidence.join('\n')).toContain('403');
    expect(one.nextStep).toContain(`Allow POST requests to /w/* and GET requests to /n/* on ${new URL(front.url).host}`);
  });

  it.each([
    ['door.interstitial', refuse(401)],
    ['door.stranger', refuse(200)],
    ['door.dead', refuse(503)],
    ['door.redirected', (response: ServerResponse) => void response.writeHead(302, { location: 'https://elsewhere.example/' }).end()],
  ])('and tells %s apart', async (id, answer) => {
    front.answer = answer;
    expect(await expectFinding(id)).toMatchObject({ level: 'problem', account });
  });

  it('and notices that webhooks go to somebody else, and mends it at the press of the button', async () => {
    details = { ...details, webhook_url: 'https://hooks.example.net/a-path-that-is-a-secret' };
    const one = await expectFinding('webhook.elsewhere');
    expect(one.evidence.join('\n')).toContain('hooks.example.net');
    expect(JSON.stringify(one)).not.toContain('a-path-that-is-a-secret');
    await press(one);
    expect(details).toMatchObject({ webhook_url: front.url + webhookPath, webhook_enabled: true });
    await expectFinding('webhook.fine');
  });

  it('and notices events that are not subscribed, and mends it at the press of the button', async () => {
    details = { ...details, webhook_events: ['message.sent'] };
    const one = await expectFinding('webhook.events');
    expect(one.evidence.join('\n')).toContain('Missing: messages.update');
    await press(one);
    await expectFinding('webhook.fine');
  });

  it('and notices a switch that is off', async () => {
    details = { ...details, webhook_enabled: false };
    await expectFinding('webhook.disabled');
  });

  it('and names the token that is not accepted, with the answer', async () => {
    far.on(`GET ${SESSION}`, { status: 401, json: { success: false, message: `Unauthenticated: ${TOKEN}` } });
    const one = await expectFinding('key.token-refused');
    expect(one.evidence.join('\n')).toContain('HTTP 401');
    expect(JSON.stringify(one)).not.toContain(TOKEN);
  });

  it('and names the session key that is not accepted', async () => {
    far.on('GET /api/status', { status: 403, json: { success: false, message: 'Forbidden' } });
    expect((await expectFinding('key.session-refused')).evidence.join('\n')).toContain('HTTP 403');
  });

  it('and takes over the key of the chosen session when another one was saved', async () => {
    details = { ...details, api_key: 'wsk_renewed_elsewhere_77aa' };
    await press(await expectFinding('key.other-session'));
    const asked = far.heard.length;
    await expectFinding('key.fine');
    expect(far.heard.slice(asked).find((one) => one.url === '/api/status')?.headers.authorization).toBe('Bearer wsk_renewed_elsewhere_77aa');
  });

  it('and takes over a webhook secret that was renewed, after which webhooks are believed again', async () => {
    details = { ...details, webhook_secret: 'whsec_renewed_elsewhere_31' };
    const post = async () =>
      (
        await fetch(engine.webhooksUrl() + webhookPath, {
          method: 'POST',
          headers: { 'x-webhook-signature': 'whsec_renewed_elsewhere_31', 'content-type': 'application/json' },
          body: '{"event":"session.status","data":{"status":"connected"}}',
        })
      ).status;
    expect(await post()).toBe(401);
    await press(await expectFinding('webhook.other-secret'));
    expect(await post()).toBe(200);
  });

  it('and tells the rest of the app what it learned of the session', async () => {
    details = { ...details, status: 'logged_out' };
    expect(await expectFinding('session.logged_out')).toMatchObject({ level: 'problem', action: { kind: 'go', screen: 'connect' } });
    expect((await rpc('session.status', { account })).state).toBe('logged_out');
  });

  it('and says so when the provider does not answer', async () => {
    await far.close();
    await expectFinding('provider.unreachable');
  });

  it('and does not insist when the provider asked for rest', async () => {
    far.on(`GET ${SESSION}`, { status: 429, headers: { 'retry-after': '900' }, json: { message: 'Too Many Attempts.' } });
    await found();
    const before = far.heard.length;
    const all = await found();
    expect(far.heard.length).toBe(before);
    expect(all.find((one) => one.id === 'provider.not-asked')).toMatchObject({ level: 'note' });
    expect(all.find((one) => one.id === 'limits.held')).toMatchObject({ level: 'warning' });
  });

  it('and leaves no key, token, secret, number or path of ours in what it tells', async () => {
    far.on('GET /api/status', { status: 400, json: { message: `no ${API_KEY} ${SECRET} for ${PHONE} at ${webhookPath}` } });
    front.answer = refuse(403);
    const report = JSON.stringify(await rpc('doctor.run', { ask: true }));
    for (const secret of [TOKEN, API_KEY, SECRET, PHONE, '7700900219', webhookPath]) expect(report).not.toContain(secret);
  });
});

describe('the doctor looks by itself', () => {
  const pushed = () => changes.flatMap((change) => (change.name === 'doctor.changed' ? [change.value.report] : []));
  const has = (id: string) => (report: DoctorReport) => report.findings.some((one) => one.id === id);

  it('within seconds after a door changed, and asks nobody for it', async () => {
    await until(() => pushed().some(has('door.live')), 'a report of the open door');
    const before = far.heard.filter((one) => one.url === '/api/status').length;
    await rpc('intake.close', { account });
    await until(
      () =>
        pushed()
          .at(-1)
          ?.findings.some((one) => one.id === 'door.closed'),
      'a report of the closed door',
      10_000,
    );
    expect(pushed().filter((report) => report.asked)).toEqual([]);
    expect(far.heard.filter((one) => one.url === '/api/status')).toHaveLength(before);
  });

  it('and names a clock that is ten minutes off within seconds of hearing the time', async () => {
    far.on(`GET ${SESSION}`, (response) =>
      json(response, 200, { success: true, data: details }, { date: new Date(Date.now() + 600_000).toUTCString() }),
    );
    await rpc('session.status', { account, refresh: true });
    const report = await until(() => pushed().find(has('clock.skewed')), 'the clock to be named', 10_000);
    const one = report.findings.find((each) => each.id === 'clock.skewed');
    expect(one?.title).toMatch(/clock is (10|9) min behind/);
    expect(report.needs).toBeGreaterThan(0);
  });

  it('and counts what was not understood', async () => {
    await fetch(engine.webhooksUrl() + webhookPath, {
      method: 'POST',
      headers: { 'x-webhook-signature': SECRET, 'content-type': 'application/json' },
      body: '{"event":"messages.update","data":{"key":{"id":"3EB0"',
    });
    await untilAnswered(async () => ((await rpc('inbox.page', {})).counts.quarantined > 0 ? true : undefined), 'the quarantined entry');
    expect(await expectFinding('database.quarantine')).toMatchObject({ level: 'warning', action: { screen: 'events' } });
  });
});

function json(response: ServerResponse, status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

async function startFront(target: () => string): Promise<Front> {
  const pass = (request: IncomingMessage, response: ServerResponse) => {
    const { method, url, headers } = request;
    const onward = httpRequest(`${target()}${url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.writeHead(502).end());
    request.pipe(onward);
  };
  const server: Server = createServer((request, response) => (made.answer === undefined ? pass(request, response) : made.answer(response)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const made: Front = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answer: undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return made;
}
