import { describe, expect, it } from 'vitest';
import { LEAST_OF_ACCOUNT, LEAST_TO_CONTACT, type ReadingFacts, unseenBy, unseenWords } from '../../../src/main/core/domain/readReceipts.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 4, 12, 12);

function unread(count: number, oldestDays: number, newestDays: number): ReadingFacts {
  return { unread: count, everRead: false, oldestAt: NOW - oldestDays * DAY, newestAt: NOW - newestDays * DAY };
}
const READERS: ReadingFacts = { unread: 0, everRead: true, oldestAt: null, newestAt: null };

describe('whether reading can be seen', () => {
  it('is in doubt for a number to which much was delivered and nothing reported as read, while others read', () => {
    expect(unseenBy(unread(LEAST_TO_CONTACT, 9, 2), READERS, NOW)).toBe('contact');
  });

  it('is in doubt where new messages go out every day, once the oldest had a week', () => {
    expect(unseenBy(unread(40, 6, 0), READERS, NOW)).toBeUndefined();
    expect(unseenBy(unread(40, 7, 0), READERS, NOW)).toBe('contact');
  });

  it('is not in doubt after a few messages, nor before there was time to read', () => {
    expect(unseenBy(unread(LEAST_TO_CONTACT - 1, 90, 30), READERS, NOW)).toBeUndefined();
    expect(unseenBy(unread(50, 0.5, 0.2), READERS, NOW)).toBeUndefined();
  });

  it('is not in doubt for somebody who was ever reported to have read', () => {
    expect(unseenBy({ unread: 50, everRead: true, oldestAt: NOW - 30 * DAY, newestAt: NOW - 3 * DAY }, READERS, NOW)).toBeUndefined();
  });

  it('is in doubt for the whole account when nobody at all was reported, and then for no number in particular', () => {
    expect(unseenBy(unread(9, 9, 2), unread(LEAST_OF_ACCOUNT, 9, 0), NOW)).toBe('account');
    expect(unseenBy(unread(1, 9, 9), unread(LEAST_OF_ACCOUNT, 9, 0), NOW)).toBe('account');
    expect(unseenBy(unread(9, 9, 2), unread(LEAST_OF_ACCOUNT - 1, 9, 0), NOW)).toBeUndefined();
    expect(unseenBy(unread(9, 9, 2), unread(500, 1, 0), NOW)).toBeUndefined();
  });

  it('says why', () => {
    expect(unseenWords('contact', unread(7, 9, 2), NOW)).toBe(
      'None of the 7 messages delivered to this number since 3 May was reported as read. Read receipts may be switched off there.',
    );
    expect(unseenWords('account', unread(143, 400, 0), NOW)).toMatch(
      /^None of the 143 messages delivered through this account since 7 April 2025 was/,
    );
  });
});
