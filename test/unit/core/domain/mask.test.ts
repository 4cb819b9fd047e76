import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { masking } from '../../../../src/main/adapters/provider/wasenderapi/masking.ts';
import { createBodyMasker, MASKED, maskForView, maskNumbers, maskSecrets } from '../../../../src/main/core/domain/mask.ts';
import * as payloads from '../../../../src/main/demo/payloads.ts';

const KEY = 'wsk_canary_4f1f0c';
const HEX = 'a3'.repeat(32);
const SECRETS = [KEY, HEX, 'canary"quoted\\secret'];
const hideText = createBodyMasker(masking, () => false);
const keepText = createBodyMasker(masking, () => true);
const masked = (body: string, secrets: readonly string[] = SECRETS) => hideText(Buffer.from(body), secrets).toString('utf8');

describe('a body before it is stored', () => {
  const style = payloads.DOCUMENTED_STYLE;
  const about = { apiKey: KEY, at: 1_770_000_000_000, waId: '3EB0A1B2C3D4', chat: '15550002222@s.whatsapp.net', style };
  const bodies = {
    'messages.update': payloads.statusUpdate({ ...about, status: 3 }),
    'message-receipt.update': payloads.groupReceipt({ ...about, person: '15550003333@s.whatsapp.net', step: 'read' }),
    'message.sent': payloads.sent({ ...about, to: '+15550002222', text: 'canary words' }),
    'message.sent, of the help pages': payloads.sent({ ...about, to: '+15550002222', text: 'canary words', style: { ...style, shape: 'other' } }),
    'message.sent, failed': payloads.sendFailed({ ...about, error: 'no account' }),
    'messages.delete': payloads.deleted({ ...about, keys: [about] }),
    'messages.upsert': payloads.appeared({ ...about, fromMe: true, text: 'canary words', pushName: 'Canary Person' }),
    'session.status': payloads.sessionStatus({ ...about, state: 'connected' }),
    'qrcode.updated': payloads.qrUpdated({ ...about, qr: '2@abc' }),
  };

  for (const [name, body] of Object.entries(bodies)) {
    it(`keeps neither the key nor the words of ${name}, also where the key is not known yet`, () => {
      for (const secrets of [SECRETS, []]) {
        const stored = masked(JSON.stringify(body), secrets);
        expect(stored).not.toMatch(/canary/i);
        expect(JSON.parse(stored)).toMatchObject({ event: body.event });
      }
    });
  }

  it('has no credential left under any of the names that providers give them, however these are written', () => {
    for (const key of [
      ...masking.credentialKeys,
      'SESSION_ID',
      'sessionid',
      'Session-Id',
      'API_KEY',
      'webhookSecret',
      'personalAccessToken',
      'X-Webhook-Signature',
    ])
      for (const value of ['"canary"', '["canary",{"deep":"canary"}]', '{"value":"canary"}', '123456789'])
        expect(masked(`{"a":{"${key}":${value}},"b":1}`, [])).not.toMatch(/canary|123456789/);
  });

  it('has no credential left under a key with escapes in it', () => {
    expect(masked(String.raw`{"session\u0049d":"canary","s\u0065ssion_id":"canary","\u0073ecret":"canary"}`, [])).not.toContain('canary');
  });

  it('has no known secret left in any string, under any key, however it is escaped', () => {
    const escaped = [...KEY].map((char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
    for (const written of [
      KEY,
      escaped,
      `before ${escaped} after`,
      `${KEY.slice(0, 3)}\\u005f${KEY.slice(4)}`,
      JSON.stringify(SECRETS[2]).slice(1, -1),
      `\\q ${escaped}`,
    ]) {
      const stored = masked(`{"data":{"note":"${written}"}}`);
      expect(stored).not.toMatch(/canary/i);
      expect(stored).toContain(MASKED);
    }
    expect(masked(`{"${KEY}":1,"x":["${KEY}"]}`)).not.toContain(KEY);
  });

  it('has no secret left in a body that is not JSON, or only half of it', () => {
    for (const body of [
      `sessionId=${KEY}&x=1`,
      `<xml>${KEY}</xml>`,
      `{"sessionId":"${KEY}`,
      `{"sessionId":"another-secret-value`,
      `{'sessionId':'${KEY}'}`,
      `"sessionId":"another-secret-value"}}}}`,
      `{"sessionId":another-secret-value}`,
      `{"sessionId" \n:\t "another-secret-value`,
      `key ${HEX} key`,
    ])
      expect(masked(body)).not.toMatch(/canary|another-secret|a3a3a3/);
  });

  it('has nothing left that looks like a session key, known or not', () => {
    expect(masked(`{"data":"${HEX}"}`, [])).toBe(`{"data":"${MASKED}"}`);
    // 65 digits are no session key: what it is should stay as it came
    expect(masked(`{"data":"${HEX}a"}`, [])).toBe(`{"data":"${HEX}a"}`);
  });

  it('keeps message text only where the owner stores it', () => {
    const body = Buffer.from(
      JSON.stringify({
        data: { message: { conversation: 'Hi there', other: { deep: ['words'] } }, messageBody: 'Hi there', content: { any: 'words' } },
      }),
    );
    expect(hideText(body, []).toString()).not.toMatch(/Hi there|words/);
    expect(keepText(body, [])).toBe(body);
    expect(masked('{"messageBody":15550002222}', [])).not.toContain('15550002222');
  });

  it('keeps what says which message and whose it is, inside the message too', () => {
    const { data } = payloads.groupReceipt({ ...about, person: '15550003333@s.whatsapp.net', step: 'read' });
    expect((JSON.parse(masked(JSON.stringify({ data }))) as { data: unknown }).data).toEqual(data);
  });

  it('is the very same buffer when there was nothing to take out', () => {
    const clean = fc.dictionary(
      fc.constantFrom('id', 'status', 'remoteJid', 'timestamp', 'data', 'x', 'ünicode'),
      fc.oneof(fc.string({ unit: 'binary', maxLength: 20 }), fc.integer(), fc.constant(null), fc.boolean()),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          clean.map((value) => Buffer.from(JSON.stringify(value))),
          fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
        ),
        (body) => {
          // a random body may happen to name a credential; those few are not what this is about
          fc.pre(!/[a-z]{4}/i.test(body.toString('latin1').replace(/"(?:id|status|remoteJid|timestamp|data|x|ünicode|null|true|false)"/g, '')));
          expect(hideText(body, SECRETS)).toBe(body);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('keeps every byte around what was taken out, also bytes that are no text', () => {
    const before = Buffer.from([0xff, 0xfe, 0x00, 0x80, 0x22, 0x61, 0x22, 0x3a]);
    const body = Buffer.concat([before, Buffer.from(`"${KEY}"`), Buffer.from('é…\u{1f600}'), before]);
    expect(hideText(body, SECRETS)).toEqual(Buffer.concat([before, Buffer.from(`"${MASKED}"`), Buffer.from('é…\u{1f600}'), before]));
  });

  it('is masked again without a change', () => {
    for (const body of Object.values(bodies)) {
      const once = hideText(Buffer.from(JSON.stringify(body)), SECRETS);
      expect(hideText(once, SECRETS)).toBe(once);
    }
  });
});

describe('a line without secrets', () => {
  it('has known secrets and session keys taken out wherever they stand', () => {
    expect(maskSecrets(`a ${KEY} b ${KEY}`, [KEY])).toBe(`a ${MASKED} b ${MASKED}`);
    expect(maskSecrets(`Bearer ${HEX.toUpperCase()}`, [])).toBe(`Bearer ${MASKED}`);
    // a secret of one or two letters would take out half of every line
    expect(maskSecrets('a bc', ['a', 'bc'])).toBe('a bc');
  });
});

describe('a body in a view', () => {
  const spellings = [
    '15550002222',
    '+15550002222',
    '+1 555 000 2222',
    '+1 (555) 000-2222',
    '+1 (555) 000 - 2222',
    '001 555 000 2222',
    '1.555.000.2222',
    '1-555-000-2222',
    '1‑555‑000‑2222',
    '1–555–000–2222',
    '+1\u00a0555\u00a0000\u00a02222',
    '\u202a+1 555 000 2222\u202c',
    '1\u200b555\u200b000\u200b2222',
    '15550002222@s.whatsapp.net',
    '15550002222:12@s.whatsapp.net',
    '15550002222_1:12@s.whatsapp.net',
    'true_15550002222@c.us',
    'wa.me/15550002222',
    'tel:+15550002222;ext=1',
    '2026-05-03 15550002222',
    '2026-05-03 5550002222',
  ];
  const leaks = /555\D{0,3}000\D{0,3}2222/;

  for (const number of spellings) {
    it(`shows only the end of ${JSON.stringify(number)}`, () => {
      expect(maskNumbers(`call ${number}, please`)).not.toMatch(leaks);
      expect(maskNumbers(`call ${number}, please`)).toContain('···222');
      for (const body of [JSON.stringify({ a: { [number]: [`x ${number}`] } }), `call ${number}`, `{"a": ${number}`, `{"a":"${number}`])
        expect(maskForView(body)).not.toMatch(leaks);
    });
  }

  it('shows no number that stands bare, or under a name that times have', () => {
    for (const key of ['to', 'timestamp', 'status', 't', 'retry_after', 'x'])
      for (const value of [
        '15550002222',
        '-15550002222',
        '15550002222.0',
        '1.5550002222e10',
        '1.5550002222E+10',
        '"15550002222"',
        '"\\u0031\\u0035550002222"',
      ]) {
        const shown = maskForView(`{"${key}":${value}}`);
        expect(shown).not.toMatch(/5550002222/);
        expect(() => JSON.parse(shown)).not.toThrow();
      }
  });

  it('shows Arabic digits no more than others', () => {
    expect(maskNumbers('٠١٥٥٥٠٠٠٢٢٢')).toBe('···٢٢٢');
  });

  it('leaves times, dates, the ids of messages and small numbers as they are', () => {
    const body = JSON.stringify({
      timestamp: 1_770_000_000_123,
      messageTimestamp: '1770000000',
      receipt: { readTimestamp: 1_770_000_000, t: 1_770_000_001 },
      created_at: '2026-05-03 10:11:12',
      updated_at: '2026-05-03T10:11:12.123Z',
      msgId: 12_345_678,
      ids: ['3EB0A1B2C3D4E5F60718', '3EB01234567890123456', 'BAE5F4123456789012', 'ACFA'],
      status: 3,
      price: '12.50',
      version: '2.3000.1',
    });
    expect(maskForView(body)).toBe(body);
  });

  it('is JSON still when it was', () => {
    fc.assert(
      fc.property(fc.json(), (body) => void JSON.parse(maskForView(body))),
      { numRuns: 300 },
    );
    const numbers = fc.dictionary(
      fc.string(),
      fc.oneof(fc.maxSafeInteger(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.bigInt({ min: 10n ** 9n, max: 10n ** 12n }).map(String)),
    );
    fc.assert(fc.property(numbers, (body) => void JSON.parse(maskForView(JSON.stringify(body)))));
  });
});
