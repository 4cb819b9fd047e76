/** The history of what could not be heard, and of going back over it. */
import type { EngineHandlers } from '../../shared/contract/requests.ts';
import { reconcileWords } from '../core/ingest/pollWords.ts';
import type { ReconcileRuns } from '../core/ports/reconciles.ts';
import { readInboxCursor, readMessageCursor, writeMessageCursor } from '../core/read/cursors.ts';
import { toGapView } from '../core/read/rows.ts';
import type { Parts } from './parts.ts';

type Names = 'gaps.list' | 'reconcile.list';

export function gapHandlers({ store, runs, registry }: Pick<Parts, 'store' | 'registry'> & { runs: ReconcileRuns }): Pick<EngineHandlers, Names> {
  return {
    'gaps.list': (input) => {
      const { cursor, limit, ...query } = input ?? { limit: 50 };
      if (query.account !== undefined) registry.need(query.account);
      const before = cursor === undefined ? undefined : readMessageCursor(cursor);
      const found = store.gaps.page(query, before && { from: before.firstAt, id: before.row }, limit + 1);
      const rows = found.slice(0, limit);
      const last = rows.at(-1);
      return {
        rows: rows.map(toGapView),
        nextCursor: found.length > limit && last !== undefined ? writeMessageCursor({ firstAt: last.from, row: last.id }) : null,
      };
    },
    'reconcile.list': (input) => {
      const { account, cursor, limit } = input ?? { limit: 50 };
      if (account !== undefined) registry.need(account);
      const found = runs.page(account, cursor === undefined ? undefined : readInboxCursor(cursor), limit + 1);
      const rows = found.slice(0, limit);
      return {
        rows: rows.map((run) => {
          const polling = registry.find(run.account)?.poller.view();
          return {
            id: run.id,
            account: run.account,
            why: run.why,
            since: run.since,
            startedAt: run.startedAt,
            finishedAt: run.finishedAt ?? null,
            toAsk: run.toAsk,
            asked: run.toAsk - run.waiting,
            recovered: run.recovered,
            gaps: run.gaps,
            words: reconcileWords(run, null, polling?.perMinute ?? 0, polling?.active ?? false),
          };
        }),
        nextCursor: found.length > limit ? String(rows.at(-1)?.id) : null,
      };
    },
  };
}
