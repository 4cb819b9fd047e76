import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wasenderapi } from '../../../../../src/main/adapters/provider/wasenderapi/index.ts';
import type { EntryToRead, Shape } from '../../../../../src/main/core/ports/provider.ts';

/** One documented payload and what it must be understood as. */
type Case = Omit<EntryToRead, 'body'> & {
  readonly promise: string;
  readonly body: unknown;
  readonly facts: readonly unknown[];
  readonly oddities: readonly unknown[];
};

const folder = new URL('../../../../fixtures/payloads/wasenderapi/', import.meta.url);
const cases = readdirSync(folder)
  .toSorted()
  .map((file): [string, Case] => [file.replace('.json', ''), JSON.parse(readFileSync(new URL(file, folder), 'utf8'))]);

const provider = wasenderapi();
const SHAPES: readonly Shape[] = ['webhook', 'message-info', 'message-log', 'send-answer', 'session', 'track'];
const RECEIVED = 1_770_000_005_000;

function read(body: Uint8Array | string, shape: Shape = 'webhook') {
  return provider.normalise({ source: 'webhook', shape, body: typeof body === 'string' ? Buffer.from(body) : body, receivedAt: RECEIVED });
}

describe('every documented payload', () => {
  it.each(cases)('%s', (_name, { promise, body, facts, oddities, ...entry }) => {
    const result = provider.normalise({ ...entry, body: Buffer.from(JSON.stringify(body)) });
    // Written out and read back, so that an absent value and `undefined` are the same.
    expect(JSON.parse(JSON.stringify(result)), promise).toEqual({ facts, oddities });
  });
});

describe('bodies that are not what they should be', () => {
  it.each([
    ['', 'empty body'],
    [' \n\t ', 'empty body'],
    ['hello', 'not JSON: it does not begin like JSON'],
    ['<html><body>502</body></html>', 'not JSON: it is a web page or XML'],
    ['{"event":"messages.update","data":{"upd', 'not JSON: it was cut off before its end'],
    ['{"event":', 'not JSON: it was cut off before its end'],
    ['{"event":"messages.update",}', 'not JSON: it breaks at character 27'],
    ['\0\0\0\0', 'not JSON: it holds zero bytes'],
    [`${'['.repeat(10_000)}${']'.repeat(10_000)}`, 'nested too deeply'],
    [`${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`, 'nested too deeply'],
    ['null', 'there is no JSON object in it'],
    ['"messages.update"', 'there is no JSON object in it'],
    ['{"__proto__":{"event":"messages.update"}}', 'it does not name an event'],
    ['{"event":{"toString":1}}', 'it does not name an event'],
  ])('are broken with a reason: %#', (body, reason) => {
    expect(read(body)).toEqual({ facts: [], oddities: [{ kind: 'broken', reason }] });
  });

  it('are called compressed when they are', () => {
    expect(read(Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3)).oddities).toEqual([{ kind: 'broken', reason: 'compressed body' }]);
    expect(read(Uint8Array.of(0x78, 0x9c, 0xcb, 0x48)).oddities).toEqual([{ kind: 'broken', reason: 'compressed body' }]);
  });

  it('may begin with a byte order mark and still be read', () => {
    expect(read('\uFEFF{"event":"session.status","data":{"status":"connected"}}').facts).toEqual([{ kind: 'session', state: 'connected' }]);
  });

  it('may be nested deeply where nobody looks and still be read', () => {
    const deep = `${'['.repeat(5_000)}${']'.repeat(5_000)}`;
    expect(read(`{"event":"session.status","data":{"status":"connected"},"more":${deep}}`).facts).toHaveLength(1);
  });

  it('never fill the Events screen: many like pieces are listed to fifty and then counted', () => {
    const { oddities } = read(JSON.stringify({ event: 'messages.update', data: Array.from({ length: 5_000 }, () => 7) }));
    expect(oddities).toHaveLength(51);
    expect(oddities.at(-1)).toEqual({ kind: 'broken', reason: 'messages.update: and 4950 more pieces like these' });
  });

  it('do not get an id that the store would change: half characters, control characters, endless or inexact ids', () => {
    for (const id of ['\ud800', 'a\0b', 'x'.repeat(201), '', 1e20, -1, 1.5, true, {}, null]) {
      const body = JSON.stringify({ event: 'messages.update', data: { update: { status: 3 }, key: { id } } });
      expect(read(body).facts).toEqual([]);
      expect(read(body).oddities[0]?.kind).toBe('broken');
    }
  });

  it('explain an impossible time once, however many pieces share it', () => {
    const piece = { update: { status: 3 }, key: { id: 'A', remoteJid: '15550002222@s.whatsapp.net' } };
    const { facts, oddities } = read(JSON.stringify({ event: 'messages.update', timestamp: 'soon', data: [piece, piece, piece] }));
    expect(facts).toHaveLength(3);
    expect(oddities).toEqual([
      { kind: 'ignored', reason: 'messages.update: the time in it cannot be read, so the time of its arrival is used', where: 'timestamp' },
    ]);
  });
});

describe('whatever the bytes', () => {
  const known = cases.map(([, { body }]) => JSON.stringify(body));
  const anyShape = fc.constantFrom(...SHAPES);

  /** Holds of every reading: it says something, and what it says can be stored and read again unchanged. */
  function holds(body: Uint8Array, shape: Shape): void {
    const result = read(body, shape);
    for (const fact of result.facts) {
      if (fact.kind !== 'receipt') continue;
      expect(Number.isSafeInteger(fact.at)).toBe(true);
      expect(fact.at).toBeLessThanOrEqual(RECEIVED + 86_400_000);
      expect(fact.ref.waId ?? fact.ref.providerId).toBeTruthy();
    }
    for (const oddity of result.oddities) expect(oddity.reason.length).toBeGreaterThan(5);
  }

  it('reading never throws: any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), anyShape, (bytes, shape) => holds(bytes, shape)),
      { numRuns: 500 },
    );
  });

  it('reading never throws: documented payloads with bytes changed, cut out and doubled', () => {
    const change = fc.record({ at: fc.nat(2_000), drop: fc.nat(12), put: fc.uint8Array({ maxLength: 6 }) });
    fc.assert(
      fc.property(fc.constantFrom(...known), fc.array(change, { maxLength: 4 }), anyShape, (body, changes, shape) => {
        let bytes: Uint8Array = Buffer.from(body);
        for (const { at, drop, put } of changes) {
          const from = at % (bytes.length + 1);
          bytes = Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(from + drop)]);
        }
        holds(bytes, shape);
      }),
      { numRuns: 2_000 },
    );
  });

  it('reading never throws: documented payloads with any JSON value in place of a part', () => {
    fc.assert(
      fc.property(fc.constantFrom(...known), fc.nat(60), fc.jsonValue(), anyShape, (body, which, value, shape) => {
        let at = 0;
        const changed = JSON.stringify(JSON.parse(body, (_key, part) => (at++ === which ? value : part)) ?? null);
        holds(Buffer.from(changed), shape);
      }),
      { numRuns: 2_000 },
    );
  });

  it('no reason repeats a key or a number that stands in the body', () => {
    const canary = 'f00d'.repeat(16);
    const number = '15559998877';
    fc.assert(
      fc.property(
        fc.constantFrom(...known),
        fc.nat(60),
        fc.constantFrom(canary, number, `+${number}`, Number(number)),
        anyShape,
        (body, which, planted, shape) => {
          let at = 0;
          const changed = JSON.stringify(JSON.parse(body, (_key, part) => (at++ === which ? planted : part)) ?? null);
          const said = JSON.stringify(read(Buffer.from(changed), shape).oddities);
          expect(said).not.toContain(canary);
          expect(said).not.toContain(number);
        },
      ),
      { numRuns: 1_500 },
    );
  });
});
