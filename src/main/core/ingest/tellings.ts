/**
 * Keeps the roll-up of who told each status first in step with the receipts, inside the drain's transaction.
 *
 * The usual receipt tells something that its lane did not hold: it is the first, and one addition is all.
 * Everything else (a status told again in another way, a message joined with another, an entry understood
 * afresh) compares what the message's receipts counted for before with what they count for now: once a transaction,
 * because a message to a large group has thousands of them.
 */
import { counts, type Told, toldBy, toldOf } from '../domain/freshness.ts';
import type { AccountId, Millis } from '../domain/ids.ts';
import type { MessageRecord, Store, StoredReceipt } from '../ports/store.ts';

export type Tellings = {
  /** A receipt was added; `isFirst` when its lane had not held what it says. */
  added(message: MessageRecord, receipt: StoredReceipt, key: string, receivedAt: Millis, isFirst: boolean): void;
  /** The message's receipts are about to be moved, dropped or read in another way; `settle` compares. */
  disturb(message: MessageRecord): void;
  /** Brings the roll-up in line with every message that was disturbed; call before the transaction ends. */
  settle(): void;
  /** Forgets everything held in memory, after a transaction that was taken back. */
  reset(): void;
};

export function createTellings(store: Store, laneName: (message: MessageRecord, person: string) => string): Tellings {
  let disturbed = new Map<number, { readonly account: AccountId; readonly before: readonly Told[] }>();

  function toldNow(message: MessageRecord, without?: string): readonly Told[] {
    const receipts = store.messages.toldReceipts(message.row);
    return toldOf(without === undefined ? receipts : receipts.filter((receipt) => receipt.key !== without), (person) => laneName(message, person));
  }

  function replace(account: AccountId, before: readonly Told[], after: readonly Told[]): void {
    for (const told of before) store.freshness.tell(account, told, -1);
    for (const told of after) store.freshness.tell(account, told, 1);
  }

  return {
    added(message, receipt, key, receivedAt, isFirst) {
      if (!counts(receipt.said) || disturbed.has(message.row)) return;
      if (isFirst) store.freshness.tell(message.account, toldBy(receipt, receivedAt), 1);
      else disturbed.set(message.row, { account: message.account, before: toldNow(message, key) });
    },
    disturb(message) {
      if (!disturbed.has(message.row)) disturbed.set(message.row, { account: message.account, before: toldNow(message) });
    },
    settle() {
      for (const [row, { account, before }] of disturbed) {
        replace(account, before, []);
        // The number of a message that was joined with another may be a new one's by now, even of another account.
        const message = store.messages.byRow(row);
        if (message !== undefined) replace(message.account, [], toldNow(message));
      }
      disturbed = new Map();
    },
    reset() {
      disturbed = new Map();
    },
  };
}
