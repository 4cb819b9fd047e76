/** Ways to knock at a webhook's door without knowing its secret. */
import { createHash, createHmac } from 'node:crypto';
import { createRandom } from '../../src/main/demo/random.ts';
import type { RawPost } from './postMany.ts';

const HEADER = 'x-webhook-signature';

/** Latin and its look-alikes in other scripts. */
const LOOK_ALIKES: Readonly<Record<string, string>> = { a: 'а', c: 'с', e: 'е', o: 'о', s: 'ѕ', i: 'і', '-': '‐', '0': '０', '1': '１', b: 'ƅ' };

/** `count` requests, none of which shows the secret in the one header where it belongs, or on the one path where it counts. */
export function forgeries(
  count: number,
  given: { readonly path: string; readonly secret: string; readonly body: Uint8Array; readonly seed: number },
): readonly RawPost[] {
  const { path, secret, body } = given;
  const signed = (value: string | Uint8Array): RawPost => ({ path, body, headers: [[HEADER, value]] });
  const bytes = Buffer.from(secret);

  const bitFlips = Array.from({ length: bytes.length * 8 }, (_, bit) => {
    const flipped = Buffer.from(bytes);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    return signed(flipped);
  });
  const cut = Array.from({ length: secret.length }, (_, at) => [
    signed(secret.slice(0, at)),
    signed(secret.slice(at + 1)),
    signed(secret.slice(0, at) + secret.slice(at + 1)),
  ]).flat();
  const cased = [...secret].flatMap((letter, at) =>
    letter.toUpperCase() === letter.toLowerCase() ? [] : [signed(secret.slice(0, at) + letter.toUpperCase() + secret.slice(at + 1))],
  );
  const alike = [...secret].flatMap((letter, at) => {
    const other = LOOK_ALIKES[letter];
    return other === undefined ? [] : [signed(Buffer.from(secret.slice(0, at) + other + secret.slice(at + 1)))];
  });
  const hex = (algorithm: string) => createHmac(algorithm, secret).update(body).digest('hex');
  const derived = [
    secret.toUpperCase(),
    `${secret}${secret}`,
    `${secret}a`,
    `"${secret}"`,
    `Bearer ${secret}`,
    `sha256=${hex('sha256')}`,
    hex('sha256'),
    hex('sha1'),
    createHash('sha256').update(secret).digest('hex'),
    Buffer.from(secret).toString('base64'),
    encodeURIComponent(`${secret}\0`),
    `${secret},`,
    `,${secret}`,
    `${secret}\u00a0`,
    [...secret].reverse().join(''),
    'undefined',
    'null',
    'true',
    '[object Object]',
    '*',
  ].map((value) => signed(value));
  const elsewhere: RawPost[] = [
    { path, body, headers: [] },
    { path, body, headers: [[HEADER, '']] },
    {
      path,
      body,
      headers: [
        [HEADER, 'wrong'],
        [HEADER, secret],
      ],
    },
    {
      path,
      body,
      headers: [
        [HEADER, secret],
        [HEADER, 'wrong'],
      ],
    },
    {
      path,
      body,
      headers: [
        [HEADER, ''],
        [HEADER, secret],
      ],
    },
    {
      path,
      body,
      headers: [
        [HEADER, secret],
        [HEADER.toUpperCase(), secret],
      ],
    },
    { path, body, headers: [['x_webhook_signature', secret]] },
    { path, body, headers: [['x-webhook-signature2', secret]] },
    { path, body, headers: [['x-hub-signature-256', `sha256=${hex('sha256')}`]] },
    { path, body, headers: [['authorization', `Bearer ${secret}`]] },
    { path, body, headers: [['cookie', `${HEADER}=${secret}`]] },
    { path: `${path}?${HEADER}=${secret}`, body, headers: [] },
    { path, body: Buffer.from(`${HEADER}: ${secret}`), headers: [] },
  ];
  // the right secret, on every path but the right one
  const right = (other: string): RawPost => ({ path: other, body, headers: [[HEADER, secret]] });
  const part = path.slice('/w/'.length);
  const paths = [
    ...Array.from({ length: part.length }, (_, at) => right(`/w/${part.slice(0, at)}${part[at] === 'A' ? 'B' : 'A'}${part.slice(at + 1)}`)),
    ...Array.from({ length: part.length }, (_, at) => right(`/w/${part.slice(0, at)}`)),
    ...[
      `/W/${part}`,
      `/w//${part}`,
      `/w/${part}/`,
      `/w/${part}a`,
      `//w/${part}`,
      `/w/../w/${part}`,
      `/w/%${part}`,
      `/${part}`,
      '/',
      '/w/',
      `/n/${part}`,
    ].map(right),
  ];
  const wrongMethod: RawPost[] = ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'].map((method) => ({ ...right(path), method }));

  const random = createRandom(given.seed);
  const fixed = [...bitFlips, ...cut, ...cased, ...alike, ...derived, ...elsewhere, ...paths, ...wrongMethod];
  const guessed = Array.from({ length: Math.max(0, count - fixed.length) }, () => {
    const guess = Buffer.from(bytes);
    for (let changes = random.int(1, 4); changes > 0; changes--) {
      const at = random.int(0, guess.length - 1);
      // never back to what it was
      guess[at] = (((bytes[at] ?? 0) - 0x21 + random.int(1, 90)) % 94) + 0x21;
    }
    return signed(guess);
  });
  return [...fixed, ...guessed];
}
