import type { EngineHandlers, InboxFilter } from '../../shared/contract/requests.ts';
import type { InboxCounts } from '../../shared/contract/views.ts';
import { raise } from '../core/domain/failure.ts';
import { type InboxId, messageKey } from '../core/domain/ids.ts';
import { maskForView, maskNumbers } from '../core/domain/mask.ts';
import type { ReplayCount } from '../core/ingest/drain.ts';
import type { InboxQuery } from '../core/ports/store.ts';
import { readInboxCursor } from '../core/read/cursors.ts';
import { toInboxRow } from '../core/read/rows.ts';
import type { Parts } from './parts.ts';

type Names = 'inbox.page' | 'inbox.get' | 'inbox.replay';

/** Entries replayed in one transaction, so that webhooks are not kept waiting for a long replay. */
const REPLAY_AT_ONCE = 200;
const REPLAY_AT_MOST = 100_000;

export function inboxHandlers(parts: Parts): Pick<EngineHandlers, Names> {
  const { store } = parts;
  return {
    'inbox.page': (input) => {
      const { cursor, limit, ...filter } = input ?? { limit: 50 };
      const seq = parts.publisher.seq();
      const found = store.inbox.page(queryOf(filter), cursor === undefined ? undefined : readInboxCursor(cursor), limit + 1);
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
      const bytes = entry.duplicateOf === null || entry.body.length > 0 ? entry.body : (store.inbox.get(entry.duplicateOf)?.body ?? entry.body);
      const receipts = store.messages.receiptsOfEntry(entry.duplicateOf ?? entry.id);
      return {
        ...toInboxRow({ ...entry, bytes: bytes.length }),
        body: maskForView(bytes.toString('utf8')),
        headers: maskedHeaders(entry.headers),
        messages: receipts.map((receipt) => ({
          id: messageKey(receipt.messageRow),
          messageId: store.messages.byRow(receipt.messageRow)?.waId ?? null,
          said: receipt.said,
        })),
      };
    },
    'inbox.replay': async (input) => {
      const ids = 'ids' in input ? (input.ids as InboxId[]) : store.inbox.ids(queryOf(input.filter), REPLAY_AT_MOST);
      const sum: ReplayCount = { entries: 0, applied: 0, ignored: 0, quarantined: 0, unchanged: 0, messagesChanged: 0 };
      for (let i = 0; i < ids.length; i += REPLAY_AT_ONCE) {
        const count = parts.drain.replay(ids.slice(i, i + REPLAY_AT_ONCE), input.dryRun);
        for (const key of Object.keys(sum) as (keyof ReplayCount)[]) sum[key] += count[key];
        await parts.breathe();
      }
      return { ...sum, dryRun: input.dryRun };
    },
  };
}

/** How many entries are in each state, and how many requests were turned away without being stored. */
export function countsOf(parts: Pick<Parts, 'store' | 'rejected'>): InboxCounts {
  return { ...parts.store.inbox.counts(), rejected: parts.rejected() };
}

function queryOf(filter: InboxFilter): InboxQuery {
  return {
    ...(filter.account === undefined ? {} : { account: filter.account }),
    ...(filter.source === undefined ? {} : { source: filter.source }),
    ...(filter.state === undefined ? {} : { states: Array.isArray(filter.state) ? filter.state : [filter.state] }),
  };
}

function maskedHeaders(text: string): Record<string, string> {
  const headers = JSON.parse(text) as Record<string, string>;
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, maskNumbers(value)]));
}
