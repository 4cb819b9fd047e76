/** Whether reading can be seen, for the rows of one answer: asked of the store once for each number, and rarely for an account. */
import type { Millis } from '../domain/ids.ts';
import { type ReadingFacts, type Unseen, unseenBy, unseenWords } from '../domain/readReceipts.ts';
import type { MessageRecord, ReadingStore } from '../ports/store.ts';

export type ReadingView = { readonly unseen: Unseen; readonly words: string };

export interface Readings {
  /** Why a message that was delivered may have been read without our hearing of it; `undefined` where that is not likely. */
  of(message: Pick<MessageRecord, 'account' | 'chat' | 'kind' | 'status'>): ReadingView | undefined;
}

/** What an account's people do changes slowly, and is dear to count. */
const ACCOUNT_FOR_MS = 60_000;

/** Gives what rows of one moment are asked about; keeps what it knows of accounts for a minute. */
export function createReadings(store: ReadingStore, now: () => Millis, monotonic: () => number): () => Readings {
  const accounts = new Map<string, { readonly at: number; readonly facts: ReadingFacts }>();

  function ofAccount(account: string): ReadingFacts {
    const known = accounts.get(account);
    if (known !== undefined && monotonic() - known.at < ACCOUNT_FOR_MS) return known.facts;
    const facts = store.ofAccount(account);
    accounts.set(account, { at: monotonic(), facts });
    return facts;
  }

  return () => {
    const contacts = new Map<string, ReadingView | undefined>();
    return {
      of({ account, chat, kind, status }) {
        if (status !== 'delivered' || kind !== 'person' || chat === null) return undefined;
        const key = `${account} ${chat}`;
        if (contacts.has(key)) return contacts.get(key);
        const facts = { contact: store.ofContact(account, chat), account: ofAccount(account) };
        const unseen = unseenBy(facts.contact, facts.account, now());
        const view = unseen && { unseen, words: unseenWords(unseen, facts[unseen], now()) };
        contacts.set(key, view);
        return view;
      },
    };
  };
}
