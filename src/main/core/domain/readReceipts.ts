/**
 * Whether "not read" can be told at all. WhatsApp lets people switch read receipts off, and then a message that was
 * read stays "delivered" for ever; nothing says so. It is likely when much was delivered and nothing ever reported as
 * read, while others do read. Somebody who was reported once has them on. Pure.
 */
import type { Millis } from './ids.ts';

/** Messages to one number, or of one account to anybody in person. */
export type ReadingFacts = {
  /** Delivered, and not reported as read. */
  readonly unread: number;
  readonly everRead: boolean;
  /** When the first and the newest of the unread were first known. */
  readonly oldestAt: Millis | null;
  readonly newestAt: Millis | null;
};

/** For whom read receipts are likely to be off: this number, or the account's own phone, which then hears of nobody. */
export type Unseen = 'contact' | 'account';

const DAY = 86_400_000;
/** People leave a message or two unread; five are a habit. */
export const LEAST_TO_CONTACT = 5;
/** An account sees many people, of whom three in four read within a day. */
export const LEAST_OF_ACCOUNT = 20;
/** The newest has had this long to be read … */
const NEWEST_AGE_MS = DAY;
/** … or the oldest this long, where new ones go out every day. */
const OLDEST_AGE_MS = 7 * DAY;
const ACCOUNT_AGE_MS = 2 * DAY;

/** `undefined`: reading can be seen as far as we know. */
export function unseenBy(contact: ReadingFacts, account: ReadingFacts, now: Millis): Unseen | undefined {
  if (!account.everRead) return account.unread >= LEAST_OF_ACCOUNT && ageOf(account.oldestAt, now) >= ACCOUNT_AGE_MS ? 'account' : undefined;
  if (contact.everRead || contact.unread < LEAST_TO_CONTACT) return undefined;
  return ageOf(contact.newestAt, now) >= NEWEST_AGE_MS || ageOf(contact.oldestAt, now) >= OLDEST_AGE_MS ? 'contact' : undefined;
}

/** Why we think so, for the owner. */
export function unseenWords(unseen: Unseen, facts: ReadingFacts, now: Millis): string {
  const since = facts.oldestAt === null ? '' : ` since ${dayOf(facts.oldestAt, now)}`;
  return unseen === 'contact'
    ? `None of the ${facts.unread} messages delivered to this number${since} was reported as read. Read receipts may be switched off there.`
    : `None of the ${facts.unread} messages delivered through this account${since} was reported as read. Read receipts are probably switched off on the phone that sends.`;
}

function ageOf(at: Millis | null, now: Millis): number {
  return at === null ? 0 : now - at;
}

/** `3 May`, with the year when it is another one. */
function dayOf(at: Millis, now: Millis): string {
  const isOther = new Date(at).getFullYear() !== new Date(now).getFullYear();
  return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', ...(isOther ? { year: 'numeric' } : {}) }).format(at);
}
