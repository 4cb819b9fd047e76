import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wasenderapi } from '../../../../../src/main/adapters/provider/wasenderapi/index.ts';

const provider = wasenderapi();
const KEY = 'k3y'.repeat(20);
const DEFAULT = 'https://www.wasenderapi.com/api';

function refusal(settings: Record<string, string>, secrets: Record<string, string>) {
  const result = provider.prepare(settings, secrets);
  if (result.ok) throw new Error('it was accepted');
  return result.error;
}

describe('what an owner types', () => {
  it.each(['apiKey', 'api_key', 'API_KEY', 'sessionKey', 'sessionApiKey', 'session_api_key', 'session-api-key'])(
    '%s is the key of a session',
    (name) => {
      expect(provider.prepare({}, { [name]: KEY })).toEqual({ ok: true, value: { settings: { baseUrl: DEFAULT }, secrets: { apiKey: KEY } } });
    },
  );

  it.each(['personalAccessToken', 'pat', 'PAT', 'token', 'personal_access_token'])('%s is the personal access token', (name) => {
    expect(provider.prepare({}, { [name]: KEY })).toMatchObject({ ok: true, value: { secrets: { personalAccessToken: KEY } } });
  });

  it.each(['webhookSecret', 'webhook_secret'])('%s alone is enough to receive', (name) => {
    expect(provider.prepare({}, { [name]: KEY })).toMatchObject({ ok: true, value: { secrets: { webhookSecret: KEY } } });
  });

  it('may carry the spaces, and the word Bearer, that copying brings along', () => {
    expect(provider.prepare({ sessionId: ' 41 ' }, { pat: ` Bearer ${KEY}\n`, apiKey: '  ' })).toEqual({
      ok: true,
      value: { settings: { baseUrl: DEFAULT, sessionId: '41' }, secrets: { personalAccessToken: KEY } },
    });
  });

  it.each([
    ['https://www.wasenderapi.com/api', DEFAULT],
    ['https://www.wasenderapi.com/api/', DEFAULT],
    ['https://www.wasenderapi.com', DEFAULT],
    ['https://www.wasenderapi.com/', DEFAULT],
    ['www.wasenderapi.com', DEFAULT],
    ['HTTPS://WWW.WASENDERAPI.COM/api//', DEFAULT],
    ['https://gateway.example.com:8443/wa', 'https://gateway.example.com:8443/wa/api'],
    ['http://127.0.0.1:4000', 'http://127.0.0.1:4000/api'],
    ['http://localhost:4000/api', 'http://localhost:4000/api'],
    ['http://[::1]:4000/', 'http://[::1]:4000/api'],
    ['', DEFAULT],
  ])('the address %s has one form', (baseUrl, form) => {
    expect(provider.prepare({ baseUrl }, { apiKey: KEY })).toMatchObject({ ok: true, value: { settings: { baseUrl: form } } });
  });

  it.each([
    'http://www.wasenderapi.com/api',
    'http://127.0.0.1.example.com/api',
    'https://anna:pass@www.wasenderapi.com/api',
    'https://www.wasenderapi.com/api?key=1',
    'https://www.wasenderapi.com/api#x',
    'ftp://www.wasenderapi.com',
    'javascript://x',
    'https://',
    'not an address',
  ])('the address %s is refused', (baseUrl) => {
    expect(refusal({ baseUrl }, { apiKey: KEY })).toMatchObject({ code: 'bad_input', detail: 'settings.baseUrl' });
  });

  it('needs at least one credential', () => {
    expect(refusal({}, {})).toMatchObject({ code: 'bad_input', detail: 'secrets' });
    expect(refusal({}, { apiKey: ' ' })).toMatchObject({ code: 'bad_input', detail: 'secrets' });
  });

  it('can be laid over what is stored: of one field under two names the later value holds', () => {
    expect(provider.prepare({}, { apiKey: 'old', api_key: KEY })).toMatchObject({ ok: true, value: { secrets: { apiKey: KEY } } });
  });

  it('is refused by the name of the field that does not exist', () => {
    expect(refusal({ colour: 'red' }, { apiKey: KEY }).message).toContain('“colour”');
    expect(refusal({}, { apiKey: KEY, constructor: KEY }).message).toContain('“constructor”');
  });

  it('says where a secret among the settings belongs', () => {
    expect(refusal({ api_key: KEY }, {})).toMatchObject({ code: 'bad_input', detail: 'settings.apiKey' });
    expect(refusal({}, { sessionId: '41' })).toMatchObject({ code: 'bad_input', detail: 'secrets.sessionId' });
  });

  it('is told apart when the API key is put where the session number belongs (webhooks call it sessionId)', () => {
    expect(refusal({ sessionId: 'ab'.repeat(32) }, { apiKey: KEY }).detail).toBe('settings.sessionId');
  });

  it('is never repeated in a refusal, whatever box it was put into', () => {
    const canary = 'c4n4ry'.repeat(6);
    const anyName = fc.constantFrom('baseUrl', 'sessionId', 'apiKey', 'pat', 'webhookSecret', 'colour', canary, '__proto__');
    const anyValue = fc.constantFrom(canary, `https://${canary}:x@example.com`, `http://${canary}.example.com`, `${canary} ${canary}`, `${canary}é`);
    fc.assert(
      fc.property(fc.dictionary(anyName, anyValue), fc.dictionary(anyName, anyValue), (settings, secrets) => {
        const result = provider.prepare(settings, secrets);
        if (!result.ok) expect(JSON.stringify(result.error)).not.toContain(canary);
      }),
    );
  });
});

describe('the demo shop', () => {
  it('speaks the same language under its own key, name and address', () => {
    const demo = wasenderapi({ key: 'demo', defaultBaseUrl: 'http://127.0.0.1:4000/api' });
    expect(demo.info).toMatchObject({ key: 'demo', name: 'Demo shop', cautions: [] });
    expect(demo.info.fields).toBe(provider.info.fields);
    expect(demo.prepare({}, { apiKey: KEY })).toMatchObject({ ok: true, value: { settings: { baseUrl: 'http://127.0.0.1:4000/api' } } });
  });

  it('never falls back to the real service', () => {
    expect(wasenderapi({ key: 'demo' }).prepare({}, { apiKey: KEY })).toMatchObject({
      ok: false,
      error: { code: 'bad_input', detail: 'settings.baseUrl' },
    });
  });
});
