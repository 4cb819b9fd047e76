import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { wasenderapi } from '../../../../src/main/adapters/provider/wasenderapi/index.ts';
import { parseAccountId } from '../../../../src/main/core/domain/ids.ts';
import { createBodyMasker, UNREADABLE } from '../../../../src/main/core/domain/mask.ts';
import { readable } from '../../../../src/main/core/ingest/readable.ts';
import { entryOf } from '../../../../src/main/core/ingest/receive.ts';

const KEY = 'c0ffee'.repeat(10).concat('beef');
const TEXT = JSON.stringify({ event: 'messages.update', sessionId: KEY, data: { update: { status: 3 }, key: { id: '3EB0A', fromMe: true } } });

describe('a body that hides its text', () => {
  it.each([
    ['gzip, said so', gzipSync(TEXT), 'gzip'],
    ['gzip, not said so', gzipSync(TEXT), undefined],
    ['deflate', deflateSync(TEXT), 'deflate'],
    ['deflate without its head', deflateRawSync(TEXT), 'deflate'],
    ['brotli', brotliCompressSync(TEXT), 'br'],
    ['UTF-16, little end first', Buffer.from(TEXT, 'utf16le'), undefined],
    ['UTF-16 with its mark', Buffer.concat([Buffer.of(0xff, 0xfe), Buffer.from(TEXT, 'utf16le')]), undefined],
    ['UTF-16, big end first', Buffer.from(TEXT, 'utf16le').swap16(), undefined],
    ['UTF-16 inside gzip', gzipSync(Buffer.from(TEXT, 'utf16le')), 'gzip'],
  ])('is read, masked and understood: %s', (_what, body, contentEncoding) => {
    const account = parseAccountId('acc_0000000000000001');
    if (account === undefined) throw new Error('not an account id');
    const provider = wasenderapi();
    const door = { account, mask: createBodyMasker(provider.masking, () => false), secrets: () => ({}) };
    const entry = entryOf(door, {
      source: 'webhook',
      shape: 'webhook',
      body,
      receivedAt: 1_770_000_000_000,
      ...(contentEncoding === undefined ? {} : { contentEncoding }),
    });
    expect(entry.body.includes(KEY)).toBe(false);
    expect(entry.event).toBe('messages.update');
    expect(provider.normalise(entry).facts).toMatchObject([{ kind: 'receipt', said: 'delivered' }]);
  });

  it('gives what stands before the cut when it was cut off', () => {
    const cut = gzipSync(TEXT.repeat(50)).subarray(0, 150);
    expect(readable(cut, 'gzip').toString()).toMatch(/^\{"event":"messages\.update"/);
  });

  it.each([
    ['unpacks to more than a body may have', gzipSync(Buffer.alloc(4 * 1024 * 1024)), 'gzip'],
    ['is no gzip behind its first bytes', Buffer.of(0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5, 6, 7), 'gzip'],
    ['is in an encoding that we do not know', Buffer.of(0x28, 0xb5, 0x2f, 0xfd, 1, 2, 3), 'zstd'],
  ])('leaves only its length and digest when it %s', (_what, body, contentEncoding) => {
    const kept = readable(body, contentEncoding);
    expect(kept.toString()).toMatch(new RegExp(`^${UNREADABLE}: ${body.length} bytes, sha256 [0-9a-f]{64}$`));
    expect(wasenderapi().normalise({ source: 'webhook', shape: 'webhook', body: kept, receivedAt: 0 }).oddities).toEqual([
      { kind: 'broken', reason: UNREADABLE },
    ]);
  });
});

describe('a body that hides nothing', () => {
  it.each([
    ['as it should be', Buffer.from(TEXT), undefined],
    ['with an encoding named that is not used', Buffer.from(TEXT), 'gzip'],
    ['with an encoding that says there is none', Buffer.from('payload=x'), 'identity'],
    ['empty', Buffer.alloc(0), 'gzip'],
    ['of one byte', Buffer.of(0x1f), undefined],
  ])('stays the very same: %s', (_what, body, contentEncoding) => {
    expect(readable(body, contentEncoding)).toBe(body);
  });
});
