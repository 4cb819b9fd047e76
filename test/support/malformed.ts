/** Bodies as a hostile or broken sender would write them, the same ones for the same seed. */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { appeared, deleted, groupReceipt, qrUpdated, sendFailed, sent, sessionStatus, statusUpdate } from '../../src/main/demo/payloads.ts';
import { createRandom, type Random } from '../../src/main/demo/random.ts';

export type Malformed = { readonly kind: string; readonly body: Uint8Array; readonly encoding?: string };

/** The listener's limit, in bytes. */
export const LARGEST_BODY = 256 * 1024;

const AT = 1_790_000_000_000;
const common = { apiKey: 'ab'.repeat(32), at: AT };
const chat = '15550002222@s.whatsapp.net';
const group = '120363000000000001@g.us';

/** One of each kind that we read, and valid. */
export const VALID: readonly string[] = [
  statusUpdate({ ...common, waId: '3EB0HOSTILE01', chat, status: 3 }),
  groupReceipt({ ...common, waId: '3EB0HOSTILE02', chat: group, person: '15550003333@s.whatsapp.net', step: 'read' }),
  sent({ ...common, waId: '3EB0HOSTILE03', to: '+15550002222', text: 'Your order is ready' }),
  sendFailed({ ...common, error: 'the number is not on WhatsApp' }),
  deleted({ ...common, keys: [{ waId: '3EB0HOSTILE04', chat }] }),
  appeared({ ...common, waId: '3EB0HOSTILE05', chat: '98700000000001@lid', phone: '15550002222', fromMe: true, text: 'Hello' }),
  sessionStatus({ ...common, state: 'connected' }),
  qrUpdated({ ...common, qr: '2@abc,def,ghi' }),
].map((body) => JSON.stringify(body));

/** About `count` bodies, a little of everything. */
export function malformedBodies(count: number, seed: number): readonly Malformed[] {
  const random = createRandom(seed);
  const fixed = [...truncated(), ...nested(), ...numbers(), ...keys(), ...texts(), ...compressed(), ...nothing()];
  const rest = Math.max(0, count - fixed.length);
  return [...fixed, ...mutated(Math.ceil(rest * 0.5), random), ...replaced(Math.ceil(rest * 0.35), seed), ...anything(Math.ceil(rest * 0.15), seed)];
}

const of = (kind: string, ...bodies: readonly (string | Uint8Array)[]): Malformed[] => bodies.map((body) => ({ kind, body: Buffer.from(body) }));

function truncated(): Malformed[] {
  return VALID.flatMap((body) => Array.from({ length: Buffer.byteLength(body) }, (_, end) => Buffer.from(body).subarray(0, end))).map((body) => ({
    kind: 'truncated',
    body,
  }));
}

function nested(): Malformed[] {
  const shapes = [
    (depth: number) => '['.repeat(depth) + ']'.repeat(depth),
    (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`,
    (depth: number) => '['.repeat(depth),
    (depth: number) => `${'{"data":'.repeat(depth)}`,
    (depth: number) => `{"event":"messages.update","data":${'['.repeat(depth)}${']'.repeat(depth)}}`,
    (depth: number) => `{"event":"messages.update","data":${'{"key":'.repeat(depth)}{}${'}'.repeat(depth)}}`,
    (depth: number) => `{"event":${'['.repeat(depth)}"messages.update"${']'.repeat(depth)}}`,
    (depth: number) => `{"event":"message-receipt.update","data":${'{"message":'.repeat(depth)}null${'}'.repeat(depth)}}`,
  ];
  return shapes.flatMap((shape) => of('nested', ...[50, 201, 1_000, 10_000, 20_000].map(shape)));
}

const HUGE = [
  '1e400',
  '-1e400',
  '1e309',
  '9007199254740993',
  '-0',
  '0.1e-400',
  `1${'0'.repeat(400)}`,
  '1e21',
  '-1',
  '3.0000000000000001',
  '1E5',
  '8640000000000001',
];

function numbers(): Malformed[] {
  return HUGE.flatMap((number) =>
    of(
      'huge numbers',
      `{"event":"messages.update","timestamp":${number},"data":{"update":{"status":3},"key":{"id":"3EB0N","remoteJid":"${chat}","fromMe":true}}}`,
      `{"event":"messages.update","timestamp":${AT},"data":{"update":{"status":${number}},"key":{"id":"3EB0N","remoteJid":"${chat}","fromMe":true}}}`,
      `{"event":"messages.update","timestamp":${AT},"data":{"update":{"status":3},"key":{"id":${number},"remoteJid":"${chat}","fromMe":true}}}`,
      `{"event":"message.sent","timestamp":${AT},"data":{"msgId":${number},"success":true}}`,
      `{"event":"message-receipt.update","data":{"message":{"key":{"id":"3EB0N","remoteJid":"${group}","fromMe":true},"receipt":{"userJid":"${chat}","readTimestamp":${number}}}}}`,
      number,
    ),
  );
}

const PROTO = ['__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty', 'length', 'toJSON', 'then', ''];

function keys(): Malformed[] {
  return PROTO.flatMap((name) =>
    of(
      'odd keys',
      `{"${name}":{"event":"messages.update"}}`,
      `{"event":"${name}","data":{}}`,
      `{"event":"messages.update","data":{"${name}":{"status":3},"key":{"id":"3EB0K"}}}`,
      `{"event":"messages.update","data":{"update":{"status":"${name}"},"key":{"id":"3EB0K"}}}`,
      `{"event":"session.status","data":{"status":"${name}"}}`,
      `{"event":"messages.update","event":"${name}","event":"messages.update","data":1,"data":null}`,
      `{"event":"messages.update","data":{"update":{"status":3,"status":{"${name}":4}},"key":{"id":"3EB0K","id":["${name}"]}}}`,
    ),
  );
}

const ODD_TEXTS = [
  '\\ud800',
  '\\udc00\\ud800',
  '\\u0000',
  '\\u0007',
  '\\u202e',
  '\\ufeff',
  '\\uffff',
  '\u{1F600}',
  'é',
  '\\u2028',
  '\\/',
  '%00',
  "';DROP TABLE messages;--",
  '<script>',
];

function texts(): Malformed[] {
  const within = ODD_TEXTS.flatMap((text) =>
    of(
      'odd texts',
      `{"event":"${text}","data":{}}`,
      `{"event":"messages.update","timestamp":"${text}","data":{"update":{"status":"${text}"},"key":{"id":"3EB0T","remoteJid":"${chat}"}}}`,
      `{"event":"messages.update","timestamp":${AT},"data":{"update":{"status":3},"key":{"id":"${text}","remoteJid":"${text}","fromMe":true}}}`,
      `{"event":"message.sent","data":{"success":false,"error":"${text}"}}`,
      `{"event":"message.sent","data":{"key":{"id":"3EB0T${text.length}","remoteJid":"${text}","fromMe":true},"success":false,"error":"${text}"}}`,
      `{"event":"session.status","data":{"status":"${text}"}}`,
    ),
  );
  const raw = VALID.flatMap((body) => [
    Buffer.from(body, 'utf16le'),
    Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), Buffer.from(body)]),
    Buffer.concat([Buffer.of(0xff, 0xfe), Buffer.from(body, 'utf16le')]),
    Buffer.from(body.replace('3EB0', '3EB0\0')),
    Buffer.concat([Buffer.from(body.slice(0, 40)), Buffer.of(0xed, 0xa0, 0x80, 0xc0, 0xaf, 0xf5, 0x80), Buffer.from(body.slice(40))]),
    Buffer.from(`${body}${body}`),
    Buffer.from(`${body},`),
    Buffer.from(`)]}'\n${body}`),
    Buffer.from(`payload=${encodeURIComponent(body)}`),
    Buffer.from(JSON.stringify(body)),
    Buffer.from(`[${body}]`),
    Buffer.from(body.replaceAll('"', "'")),
    Buffer.from(body.replaceAll('"', '”')),
  ]);
  return [...within, ...of('odd encodings', ...raw)];
}

function compressed(): Malformed[] {
  return VALID.flatMap((text) =>
    (
      [
        ['gzip', gzipSync(text)],
        ['deflate', deflateSync(text)],
        ['br', brotliCompressSync(text)],
        ['gzip', Buffer.from(text)],
        ['gzip', gzipSync(text).subarray(0, 30)],
        // a small body that would unpack to a hundred megabytes
        ['gzip', gzipSync(Buffer.alloc(4 * 1024 * 1024))],
        ['nonsense', Buffer.from(text)],
      ] as const
    ).flatMap(([encoding, body]): Malformed[] => [
      { kind: 'compressed', body, encoding },
      { kind: 'compressed, not said so', body },
    ]),
  );
}

function nothing(): Malformed[] {
  const junk = Buffer.alloc(LARGEST_BODY, 0x61);
  const noise = Buffer.from(Array.from({ length: LARGEST_BODY }, (_, at) => (at * 2_654_435_761) & 0xff));
  return of(
    'nothing of use',
    '',
    ' ',
    '\n\n',
    '\0',
    'null',
    'true',
    '0',
    '""',
    '[]',
    '{}',
    '[[]]',
    '{"event":null}',
    '{"event":""}',
    '{"event":"messages.update"}',
    '{"event":"messages.update","data":[]}',
    '<!doctype html><html><body><h1>502 Bad Gateway</h1></body></html>',
    '<?xml version="1.0"?><event/>',
    'event=messages.update&status=3',
    junk,
    noise,
    Buffer.from(`"${'x'.repeat(LARGEST_BODY - 2)}"`),
    Buffer.from(`{"event":"messages.update","data":[${'7,'.repeat(120_000)}7]}`),
    Buffer.from(`{"event":"messages.update","data":[${'{},'.repeat(80_000)}{}]}`),
    Buffer.from(`[${'"\\ud800",'.repeat(28_000)}1]`),
    Buffer.from(`{${'"a":1,'.repeat(40_000)}"a":1}`),
  );
}

function mutated(count: number, random: Random): Malformed[] {
  return Array.from({ length: count }, () => {
    let bytes = Buffer.from(random.pick(VALID));
    for (let changes = random.int(1, 4); changes > 0; changes--) bytes = mutate(bytes, random);
    return { kind: 'mutated', body: bytes };
  });
}

function mutate(bytes: Buffer<ArrayBuffer>, random: Random): Buffer<ArrayBuffer> {
  const at = random.int(0, Math.max(0, bytes.length - 1));
  const till = Math.min(bytes.length, at + random.int(1, 12));
  switch (random.int(0, 4)) {
    case 0: {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << random.int(0, 7));
      return flipped;
    }
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(till)]);
    case 2:
      return Buffer.concat([bytes.subarray(0, till), bytes.subarray(at)]);
    case 3:
      return Buffer.concat([
        bytes.subarray(0, at),
        Buffer.from(Array.from({ length: random.int(1, 6) }, () => random.int(0, 255))),
        bytes.subarray(at),
      ]);
    default:
      return Buffer.concat([
        bytes.subarray(0, at),
        Buffer.from(random.pick(['{', '}', '[', ']', '"', ',', ':', 'null', '1e999', '\\u0000'])),
        bytes.subarray(till),
      ]);
  }
}

/** Valid bodies with any JSON value, from a grammar, in place of one part. */
function replaced(count: number, seed: number): Malformed[] {
  const samples = fc.sample(fc.tuple(fc.nat(VALID.length - 1), fc.nat(20), fc.jsonValue({ maxDepth: 3 })), { numRuns: count, seed });
  return samples.map(([which, part, value]) => {
    let at = 0;
    const text = JSON.stringify(JSON.parse(VALID[which] ?? '{}', (_key, old) => (at++ === part ? value : old)) ?? null);
    return { kind: 'wrong types', body: Buffer.from(text) };
  });
}

function anything(count: number, seed: number): Malformed[] {
  const json = fc.sample(fc.json({ maxDepth: 4 }), { numRuns: Math.ceil(count / 2), seed });
  const bytes = fc.sample(fc.uint8Array({ minLength: 1, maxLength: 300 }), { numRuns: Math.floor(count / 2), seed });
  return [...of('any JSON', ...json), ...of('any bytes', ...bytes)];
}
