/**
 * Branded identifiers. A parser is the only way to make one, so a phone number can never be
 * handed to a function that wants an account.
 */
declare const brand: unique symbol;
type Branded<T, B extends string> = T & { readonly [brand]: B };

/** One connection to a provider: `acc_` and 16 lower-case hex digits. */
export type AccountId = Branded<string, 'AccountId'>;
/** Our own name for one tracked message: `m` and the row number, e.g. `m42`. */
export type MessageKey = Branded<string, 'MessageKey'>;
/** The number of one inbox entry; rises with arrival. */
export type InboxId = Branded<number, 'InboxId'>;

/** Integer milliseconds since 1970 (UTC). */
export type Millis = number;

const ACCOUNT = /^acc_[0-9a-f]{16}$/;
const MESSAGE = /^m[1-9][0-9]{0,15}$/;

/** The account id in `text`, or `undefined` when it is not one. */
export function parseAccountId(text: string): AccountId | undefined {
  return ACCOUNT.test(text) ? (text as AccountId) : undefined;
}

/** The message key in `text`, or `undefined` when it is not one (it may still be a provider's id). */
export function parseMessageKey(text: string): MessageKey | undefined {
  return MESSAGE.test(text) ? (text as MessageKey) : undefined;
}

/** The key of the message in row `row` of the store. */
export function messageKey(row: number): MessageKey {
  return `m${row}` as MessageKey;
}

/** The row number behind a message key. */
export function messageRow(key: MessageKey): number {
  return Number(key.slice(1));
}

/** The inbox entry number `value`; throws on anything but a positive safe integer. */
export function inboxId(value: number): InboxId {
  if (!Number.isSafeInteger(value) || value < 1) throw new RangeError(`inbox id ${value}`);
  return value as InboxId;
}
