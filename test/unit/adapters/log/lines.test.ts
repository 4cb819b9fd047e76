import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLineLog } from '../../../../src/main/adapters/log/lines.ts';
import type { Facts } from '../../../../src/main/core/ports/log.ts';
import { CANARY_KEY, CANARY_PHONE, CANARY_SECRET, CANARY_TOKEN } from '../../../support/canaries.ts';

const KEYS = [CANARY_KEY, CANARY_TOKEN, CANARY_SECRET, 'a "quoted"\\secret\n17', 'ünïcode-🔑-secret'];

function make(known: readonly string[] = KEYS) {
  const lines: string[] = [];
  return { lines, log: createLineLog({ now: () => 0, write: (line) => lines.push(line), knownSecrets: () => known }) };
}

describe('a log line', () => {
  it('carries no phone number and no secret, in whatever field they came', () => {
    const { lines, log } = make(['wsk_canary_1']);
    log.warn('provider.refused', { account: 'acc_0123456789abcdef', cause: 'key wsk_canary_1 of +1 555 010 0481 was refused', status: 401 });
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      time: '1970-01-01T00:00:00.000Z',
      level: 'warn',
      event: 'provider.refused',
      account: 'acc_0123456789abcdef',
      cause: 'key [masked] of ···481 was refused',
      status: 401,
    });
  });

  it('is one line of JSON without a canary, wherever in it and however spelt one was planted', () => {
    const spelt = fc.constantFrom(
      ...KEYS.flatMap((key) => [
        key,
        encodeURIComponent(key),
        JSON.stringify(key),
        JSON.stringify({ key }),
        `Bearer ${key}`,
        `https://a.example/?k=${encodeURIComponent(key)}`,
      ]),
      ...[CANARY_PHONE, `+${CANARY_PHONE}`, '+1 (555) 999-88-77', `${CANARY_PHONE}@s.whatsapp.net`, `chat=${CANARY_PHONE}`],
    );
    const around = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.constantFrom('', ' ', '"', '\\', '\n', ':', '{"a":"', '%', '\0', 'at https://x/'),
    );
    const text = fc.tuple(around, spelt, around).map(([before, canary, after]) => `${before} ${canary} ${after}`);
    const value = fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null), fc.constant(Number(CANARY_PHONE)));
    fc.assert(
      fc.property(
        text,
        fc.dictionary(fc.oneof(text, fc.constantFrom('cause', 'time', '__proto__', 'level')), value, { maxKeys: 5 }),
        (event, facts) => {
          const { lines, log } = make();
          log.error(event, facts as Facts);
          const line = lines.join();
          expect(lines).toHaveLength(1);
          expect(line).not.toContain('\n');
          expect(JSON.parse(line)).toMatchObject({ time: '1970-01-01T00:00:00.000Z', level: 'error' });
          for (const key of KEYS)
            for (const spelling of [key, encodeURIComponent(key), JSON.stringify(key).slice(1, -1)]) expect(line).not.toContain(spelling);
          expect(line).not.toContain(CANARY_PHONE);
          expect(line.replace(/[\s()-]/g, '')).not.toContain('5559998877');
        },
      ),
      { numRuns: 300 },
    );
  });

  it('hides what proves whoever shows it also when nobody told it that secret', () => {
    const { lines, log } = make([]);
    const path = 'Q2hlZXJzLCB0aGlzIGlzIGEgc2VjcmV0';
    log.info('x', {
      cause: `POST http://127.0.0.1:4000/w/${path}?a=1 Authorization: Bearer 917|CanaryTokenThat.4711 http://127.0.0.1:1/#token=abcdefgh_ijkl`,
    });
    expect(lines.join()).not.toMatch(/Q2hl|Canary|ijkl/);
    expect(lines.join()).toContain('http://127.0.0.1:4000/w/[masked]');
  });

  it('keeps the numbers that are none of a telephone', () => {
    const { lines, log } = make();
    log.info('x', { at: 1_793_000_317_305, port: 46_405, seed: 602_833_497, bytes: 9_999_999_999, share: 0.123456789012 });
    expect(JSON.parse(lines.join())).toMatchObject({
      at: 1_793_000_317_305,
      port: 46_405,
      seed: 602_833_497,
      bytes: 9_999_999_999,
      share: 0.123456789012,
    });
  });
});
