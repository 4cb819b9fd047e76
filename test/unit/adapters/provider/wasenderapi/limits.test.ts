import { describe, expect, it } from 'vitest';
import { readLimits } from '../../../../../src/main/adapters/provider/wasenderapi/limits.ts';

const NOW = 1_770_000_000_000;
const DATE = new Date(NOW).toUTCString();

function limits(headers: Record<string, string>, status = 200, retryAfter?: number) {
  return readLimits(new Headers(headers), NOW, status, retryAfter);
}

describe('the limits that an answer tells', () => {
  it('are none when it tells none', () => {
    expect(limits({})).toEqual({ at: NOW });
  });

  it('are read from its headers', () => {
    expect(limits({ 'x-ratelimit-limit': '60', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '30' })).toEqual({
      at: NOW,
      perMinute: 60,
      remaining: 0,
      resetAt: NOW + 30_000,
    });
  });

  it.each([
    ['seconds to go', '30', NOW + 30_000],
    ['a Unix time', '1770000030', NOW + 30_000],
    ['a Unix time in milliseconds', '1770000030000', NOW + 30_000],
    ['a Unix time just gone by, which is not thousands of days to go', '1769999999', NOW],
    ['an absurdly long time', '1999999999', NOW + 3_600_000],
    ['absurdly many seconds', '99999999', NOW + 3_600_000],
  ])('say the start of the next window as %s', (_name, reset, resetAt) => {
    expect(limits({ 'x-ratelimit-reset': reset }).resetAt).toBe(resetAt);
  });

  it('are moved to our own clock when the server’s is wrong', () => {
    const date = new Date(NOW - 120_000).toUTCString();
    expect(limits({ date, 'x-ratelimit-reset': '1769999910' })).toEqual({ at: NOW, clockSkew: -119_500, resetAt: NOW + 29_500 });
  });

  it.each<[string, Record<string, string>, number | undefined, number]>([
    ['seconds in Retry-After', { 'retry-after': '7' }, undefined, 7_000],
    ['a date in Retry-After', { 'retry-after': new Date(NOW + 9_000).toUTCString(), date: DATE }, undefined, 9_000],
    [
      'a date in Retry-After of a server whose clock is wrong',
      { 'retry-after': new Date(NOW + 509_000).toUTCString(), date: new Date(NOW + 500_000).toUTCString() },
      undefined,
      9_000,
    ],
    ['retry_after in the body of a 429', {}, 12, 12_000],
    ['the end of the window of a 429', { 'x-ratelimit-reset': '20' }, undefined, 20_000],
    ['an endless Retry-After', { 'retry-after': '999999999' }, undefined, 3_600_000],
  ])('ask us to wait by %s', (_name, headers, retryAfter, wait) => {
    expect(limits(headers, 429, retryAfter).waitUntil).toBe(NOW + wait);
  });

  it.each(['', '-5', 'soon', 'NaN', '1e9', '0x10', 'Infinity', '5, 5'])('are not believed when they are no numbers: %s', (text) => {
    expect(
      limits({ 'x-ratelimit-limit': text, 'x-ratelimit-remaining': text, 'x-ratelimit-reset': text, 'retry-after': text, date: text }, 429),
    ).toEqual({ at: NOW });
  });
});
