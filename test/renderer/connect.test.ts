import { describe, expect, it } from 'vitest';
import type { App } from '../../src/renderer/src/state/app.ts';
import { createConnect, fieldsFor, tunnelOf } from '../../src/renderer/src/state/connect.ts';
import type { RequestError } from '../../src/shared/contract/errors.ts';
import type { ProviderInfo } from '../../src/shared/contract/views.ts';
import { SHOP } from '../support/aMessage.ts';
import { createFakeApi, type FakeAnswers } from '../support/fakeApi.ts';

const field = (name: string, secret: boolean) => ({ name, label: name, help: '', secret, required: false, aliases: [] });
const provider: ProviderInfo = {
  key: 'wasenderapi',
  name: 'WASenderApi',
  summary: '',
  fields: [
    field('personalAccessToken', true),
    field('apiKey', true),
    field('webhookSecret', true),
    field('sessionId', false),
    field('baseUrl', false),
  ],
  can: { qr: true, webhook: true, poll: true, pull: false, history: true, send: true },
  limits: [],
  proof: 'password',
  cautions: ['Unofficial.'],
};
const refused: RequestError = { code: 'provider_refused', message: 'The token was not accepted.', retry: false };
const session = { account: SHOP, id: '41', name: 'Shop', phone: null, state: 'need_scan', words: 'Waiting for the scan', since: null } as const;

function aWizard(answers: FakeAnswers = {}) {
  const api = createFakeApi(() => 0, {
    'providers.list': () => ({ ok: true, value: { providers: [provider] } }),
    'accounts.create': () => ({ ok: true, value: { accountId: SHOP, webhookPath: '/w/x' } }),
    'accounts.update': () => ({ ok: false, error: refused }),
    'accounts.putSecret': () => ({ ok: false, error: refused }),
    'accounts.remove': () => ({ ok: true, value: { removed: true, messages: 0 } }),
    'session.list': () => ({
      ok: true,
      value: { sessions: [{ id: '41', name: 'Shop', phone: null, state: 'need_scan', webhookUrl: null, webhookEnabled: false }] },
    }),
    'session.choose': () => ({ ok: true, value: session }),
    'session.connect': () => ({
      ok: true,
      value: { account: SHOP, text: '2@x', at: 0, ageMs: 0, state: 'need_scan', words: 'Waiting for the scan' },
    }),
    ...answers,
  });
  const app = { refresh: () => undefined, keepQr: () => undefined } as unknown as App;
  const connect = createConnect(api, app);
  const names = () => api.asked.map((one) => one.name).filter((name) => name.startsWith('accounts.'));
  return { api, connect, names, state: () => connect.state.getState() };
}

async function typeToken(connect: ReturnType<typeof createConnect>) {
  await connect.start();
  connect.go('credential');
  connect.type('personalAccessToken', ' secret-token ');
}

describe('connecting', () => {
  it('asks only for what the chosen kind of key needs', () => {
    expect(fieldsFor(provider, 'token').map((one) => one.name)).toEqual(['personalAccessToken', 'baseUrl']);
    expect(fieldsFor(provider, 'key').map((one) => one.name)).toEqual(['apiKey', 'webhookSecret', 'sessionId', 'baseUrl']);
  });

  it('leads from the key over the session to the code', async () => {
    const { connect, state } = aWizard();
    await typeToken(connect);
    await connect.submitCredential();
    expect(state()).toMatchObject({ step: 'session', choice: '41', error: null });
    await connect.submitSession();
    expect(state().step).toBe('scan');
  });

  it('stays at the key when it is refused, keeps what was typed, and makes no second account of the next try', async () => {
    const { api, connect, names, state } = aWizard({ 'session.list': () => ({ ok: false, error: refused }) });
    await typeToken(connect);
    await connect.submitCredential();
    expect(state()).toMatchObject({ step: 'credential', error: refused, values: { personalAccessToken: ' secret-token ' } });
    api.replace({ 'accounts.update': () => ({ ok: true, value: {} as never }), 'accounts.putSecret': () => ({ ok: true, value: {} as never }) });
    await connect.submitCredential();
    expect(names()).toEqual(['accounts.create', 'accounts.update', 'accounts.putSecret']);
  });

  it('leaves no unusable account behind when the owner goes away, and still keeps what was typed', async () => {
    const { connect, names, state } = aWizard({ 'session.list': () => ({ ok: false, error: refused }) });
    await typeToken(connect);
    await connect.submitCredential();
    await connect.abandon();
    expect(names()).toEqual(['accounts.create', 'accounts.remove']);
    expect(state()).toMatchObject({ account: null, values: { personalAccessToken: ' secret-token ' } });
  });

  it('keeps an account whose key was accepted', async () => {
    const { connect, names } = aWizard();
    await typeToken(connect);
    await connect.submitCredential();
    await connect.abandon();
    expect(names()).toEqual(['accounts.create']);
  });

  it('skips the session and the code with a session key alone', async () => {
    const { connect, state } = aWizard();
    await connect.start();
    connect.change({ kind: 'key' });
    connect.type('apiKey', 'k');
    await connect.submitCredential();
    expect(state().step).toBe('door');
  });

  it('means the public tunnel server by an empty address', () => {
    expect(tunnelOf('localtunnel', ' ', '')).toEqual({ kind: 'localtunnel' });
    expect(tunnelOf('own-url', '', ' https://x.example ')).toEqual({ kind: 'own-url', url: 'https://x.example' });
  });
});
