import { describe, expect, it } from 'vitest';
import { wasenderapi } from '../../../../../src/main/adapters/provider/wasenderapi/index.ts';

const SECRET = 'fb0ad0f00d0000000000000000000001';
const provider = wasenderapi();

function proof(headers: Record<string, string | undefined>, secrets: Record<string, string> = { webhookSecret: SECRET }) {
  return provider.prove({ method: 'POST', headers, body: Buffer.from('{}') }, secrets);
}

describe('a request is from the provider', () => {
  it('when its signature header is the webhook secret itself', () => {
    expect(proof({ 'x-webhook-signature': SECRET })).toEqual({ ok: true });
    expect(proof({ 'X-Webhook-Signature': SECRET }), 'header names have no case').toEqual({ ok: true });
  });

  it.each([
    ['a wrong secret', `${SECRET.slice(0, -1)}2`],
    ['a longer one', `${SECRET}0`],
    ['a shorter one', SECRET.slice(0, -1)],
    ['another case', SECRET.toUpperCase()],
    ['the header twice', `${SECRET}, ${SECRET}`],
    ['a hash of it', `sha256=${SECRET}`],
  ])('not with %s', (_name, given) => {
    expect(proof({ 'x-webhook-signature': given })).toEqual({ ok: false, why: 'wrong-signature' });
  });

  it('not without a header', () => {
    expect(proof({})).toEqual({ ok: false, why: 'no-signature' });
    expect(proof({ 'x-webhook-signature': '' })).toEqual({ ok: false, why: 'no-signature' });
  });

  it('never while we hold no secret, although the vendor’s own node accepts everything then', () => {
    expect(proof({ 'x-webhook-signature': SECRET }, {})).toEqual({ ok: false, why: 'no-secret' });
    expect(proof({ 'x-webhook-signature': '' }, { webhookSecret: '' })).toEqual({ ok: false, why: 'no-secret' });
  });
});
