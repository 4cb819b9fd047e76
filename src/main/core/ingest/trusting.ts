/** What applying asks about whose word counts. */
import type { AccountId, Millis } from '../domain/ids.ts';
import { isConfirmed, type WebhookProof } from '../domain/trust.ts';
import type { MessageRecord } from '../ports/store.ts';

export type Trusting = {
  /** What proves the account's webhooks. */
  proof(account: AccountId): WebhookProof;
  /** The provider's clock minus ours; `undefined` while that is not known. */
  skewMs(account: AccountId): number | undefined;
  /** A webhook brought a message never met before; whether it is one of a burst. */
  met(account: AccountId, receivedAt: Millis): boolean;
};

export const TRUST_NOBODY: Trusting = { proof: () => 'password', skewMs: () => undefined, met: () => false };

/** One of so many hints is confirmed by asking, besides every failure. */
const SAMPLE = 50;

/** Whether what a webhook told of the message should be confirmed by asking soon, as far as it can be asked about. */
export function wantsConfirming(message: Pick<MessageRecord, 'row' | 'status' | 'confirmed' | 'providerId'>): boolean {
  if (message.providerId === null || isConfirmed(message)) return false;
  return message.status === 'failed' || message.row % SAMPLE === 0;
}
