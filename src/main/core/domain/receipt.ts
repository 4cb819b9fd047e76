/** Our own words for what a provider said, before anything is written. */
import type { Millis } from './ids.ts';
import type { Certainty, Said } from './status.ts';

/** How a message is named by whoever speaks of it. At least one id is present. */
export type MessageRef = {
  /** WhatsApp's id of the message (`key.id`). */
  readonly waId?: string;
  /** The provider's own id of it (WASenderApi: `msgId`), as text. */
  readonly providerId?: string;
};

/** Where the news came from. */
export type Source = 'webhook' | 'poll' | 'send' | 'import' | 'track';

/** One thing a provider said about one message for one recipient. */
export type Receipt = {
  readonly ref: MessageRef;
  /** The chat: a phone number as `+` and digits, or a group or LID address as the provider wrote it. */
  readonly chat?: string;
  /** One person of a group; absent when the message as a whole is meant. Phone or LID like `chat`. */
  readonly person?: string;
  readonly said: Said;
  readonly at: Millis;
  readonly how: Certainty;
  readonly after?: Millis;
  readonly reason?: string;
};

/** What tells two receipts apart; as said, or as stored, where what is absent is null. */
type Identity = Pick<Receipt, 'said' | 'at' | 'how'> & {
  readonly person?: string | null;
  readonly after?: number | null;
  readonly reason?: string | null;
};

/**
 * The identity of a receipt within its message: the same statement about the same person and time is one
 * receipt however often and through whichever entry it comes. (Most providers send no event id.)
 */
export function receiptKey(receipt: Identity, source: Source): string {
  return `${receipt.said}|${receipt.at}|${receipt.how}|${receipt.after ?? ''}|${source}|${receipt.person ?? ''}|${receipt.reason ?? ''}`;
}
