import type { EngineHandlers, InboxFilter } from '../../shared/contract/requests.ts';
import type { InboxCounts } from '../../shared/contract/views.ts';
import { raise } from '../core/domain/failure.ts';
import { messageKey } from '../core/domain/ids.ts';
import { createBodyMasker, maskForView, maskNumbers } from '../core/domain/mask.ts';
import type { InboxQuery } from '../core/ports/store.ts';
import { readInboxCursor } from '../core/read/cursors.ts';
import { maskId, withoutNames } from '../core/read/redact.ts';
import { toInboxRow } from '../core/read/rows.ts';
import type { Parts } from './parts.ts';

type Names = 'inbox.page' | 'inbox.get';

export function inboxHandlers(parts: Parts): Pick<EngineHandlers, Names> {
  const { store } = parts;
  /** Also what was kept while texts were stored. */
  function withoutText(account: string, bytes: Buffer): Buffer {
    const record = store.accounts.get(account);
    const provider = record && parts.providers.get(record.provider);
    return provider === undefined ? bytes : createBodyMasker(provider.masking, () => false)(bytes, []);
  }

  function shownId(row: number, shared: boolean): string | null {
    const message = store.messages.byRow(row);
    if (message === undefined || message.waId === null) return null;
    return shared ? maskId(message.waId, message.chat) : message.waId;
  }

  return {
    'inbox.page': (input) => {
      const { cursor, limit, ...filter } = input ?? { limit: 50 };
      const seq = parts.publisher.seq();
      const found = store.inbox.page(inboxQueryOf(filter), cursor === undefined ? undefined : readInboxCursor(cursor), limit + 1);
      const rows = found.slice(0, limit);
      const last = rows.at(-1);
      return {
        rows: rows.map(toInboxRow),
        nextCursor: found.length > limit && last !== undefined ? String(last.id) : null,
        counts: countsOf(parts),
        seq,
      };
    },
    'inbox.get': ({ id }) => {
      const entry = store.inbox.get(id) ?? raise('not_found', 'There is no such event.');
      // A repeat to the letter was stored without its bytes: they are those of the first.
      const first = entry.duplicateOf === null || entry.body.length > 0 ? entry : (store.inbox.get(entry.duplicateOf) ?? entry);
      const bytes = first.body;
      const shared = parts.settings.get().sharedScreen;
      const receipts = store.messages.receiptsOfEntry(entry.duplicateOf ?? entry.id);
      return {
        ...toInboxRow({ ...entry, removedAt: first.removedAt, removedBy: first.removedBy, bytes: bytes.length }),
        body: maskForView(shared ? withoutNames(withoutText(entry.account, bytes).toString('utf8')) : bytes.toString('utf8')),
        headers: maskedHeaders(entry.headers),
        messages: receipts.map((receipt) => ({
          id: messageKey(receipt.messageRow),
          messageId: shownId(receipt.messageRow, shared),
          said: receipt.said,
        })),
      };
    },
  };
}

/** How many entries are in each state, and how many requests were turned away without being stored. */
export function countsOf(parts: Pick<Parts, 'store' | 'rejected'>): InboxCounts {
  return { ...parts.store.inbox.counts(), rejected: parts.rejected() };
}

/** A filter of the contract as the store asks it. */
export function inboxQueryOf(filter: InboxFilter): InboxQuery {
  return {
    ...(filter.account === undefined ? {} : { account: filter.account }),
    ...(filter.upTo === undefined ? {} : { upTo: filter.upTo }),
    ...(filter.source === undefined ? {} : { source: filter.source }),
    ...(filter.state === undefined ? {} : { states: Array.isArray(filter.state) ? filter.state : [filter.state] }),
  };
}

function maskedHeaders(text: string): Record<string, string> {
  const headers = JSON.parse(text) as Record<string, string>;
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, maskNumbers(value)]));
}
