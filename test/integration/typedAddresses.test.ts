import { describe, expect, it } from 'vitest';
import type { Answer } from '../../src/shared/contract/errors.ts';
import { addAccount, openApp } from '../support/openApp.ts';

/** Never right, and right but in a disguise. */
const WRONG = [
  'http://169.254.169.254/',
  'https://[fe80::1]/',
  'https://0.0.0.0/',
  'http://2130706433/',
  'https://0x7f.1/',
  'http://[::ffff:127.0.0.1]/',
];

describe('an address that can never be right', () => {
  it('is refused with a plain sentence wherever it is typed, and nothing is changed', async () => {
    const app = await openApp();
    const { account } = await addAccount(app);
    const before = await app.rpc('accounts.get', { account });
    const create = { provider: 'wasenderapi', name: 'A shop', secrets: { webhookSecret: 'another-secret-0123456789' } };
    for (const address of WRONG) {
      const answers: Answer<unknown>[] = [
        await app.ask('accounts.create', { ...create, settings: { baseUrl: address } }),
        await app.ask('accounts.create', { ...create, tunnel: { kind: 'own-url', url: address } }),
        await app.ask('accounts.create', { ...create, tunnel: { kind: 'localtunnel', host: address } }),
        await app.ask('accounts.update', { account, settings: { baseUrl: address } }),
        await app.ask('accounts.update', { account, tunnel: { kind: 'own-url', url: address } }),
        await app.ask('intake.open', { account, tunnel: { kind: 'own-url', url: address } }),
        await app.ask('intake.open', { account, tunnel: { kind: 'localtunnel', host: address } }),
      ];
      for (const answer of answers) expect(answer).toMatchObject({ ok: false, error: { code: 'bad_input', message: expect.stringMatching(/\.$/) } });
    }
    expect(await app.rpc('accounts.get', { account })).toEqual(before);
    expect((await app.rpc('accounts.list')).accounts).toHaveLength(1);
  });
});
