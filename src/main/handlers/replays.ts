import type { EngineHandlers } from '../../shared/contract/requests.ts';
import type { ReplayChange, ReplayMove, ReplayState } from '../../shared/contract/views.ts';
import { raise } from '../core/domain/failure.ts';
import { type InboxId, messageKey } from '../core/domain/ids.ts';
import { type MessageChange, NO_REPLAY, type ReplayCount } from '../core/ingest/replay.ts';
import type { MessageRecord } from '../core/ports/store.ts';
import { redactChange } from '../core/read/redact.ts';
import { inboxQueryOf } from './inbox.ts';
import type { Parts } from './parts.ts';

type Names = 'inbox.count' | 'inbox.replay' | 'inbox.cancelReplay';

/** Entries replayed in one transaction, so that webhooks are not kept waiting for a long replay. */
const AT_ONCE = 200;
/** A preview takes back what it does, so what it tells is exact only within one transaction; this many keep webhooks waiting for a fraction of a second. */
const PREVIEW_AT_ONCE = 2_000;
const IDS_AT_ONCE = 20_000;
const CHANGES_IN_FULL = 50;
const PROGRESS_EVERY_MS = 150;

export function replayHandlers(
  parts: Pick<Parts, 'store' | 'clock' | 'drain' | 'breathe' | 'settings'> & { readonly publisher: Pick<Parts['publisher'], 'replay'> },
): Pick<EngineHandlers, Names> {
  const { store, clock, publisher } = parts;
  const running = new Map<string, { cancelled: boolean }>();
  let unnamed = 0;
  let changing = false;

  return {
    'inbox.count': (filter) => ({ count: store.inbox.count(inboxQueryOf(filter)), upTo: store.inbox.newest() }),
    'inbox.cancelReplay': ({ job }) => {
      const found = running.get(job);
      if (found !== undefined) found.cancelled = true;
      return { found: found !== undefined };
    },
    'inbox.replay': async (input) => {
      const { dryRun, anyway } = input;
      const job = input.job ?? `replay-${++unnamed}`;
      if (running.has(job) || (changing && !dryRun)) raise('busy', 'Another replay is under way. Wait for it to end, or stop it.', { retry: true });
      const state = { cancelled: false };
      running.set(job, state);
      if (!dryRun) changing = true;
      try {
        const count: ReplayCount = { ...NO_REPLAY };
        const changes = createChangeLog();
        const portion = dryRun ? PREVIEW_AT_ONCE : AT_ONCE;
        const total = 'ids' in input ? input.ids.length : store.inbox.count(inboxQueryOf(input.filter)) - (input.except?.length ?? 0);
        let done = 0;
        let portions = 0;
        let toldAt = clock.monotonic();
        for (const ids of portionsOf(input, portion)) {
          if (state.cancelled) break;
          const one = parts.drain.replay(ids, dryRun, { anyway, onChange: changes.add });
          for (const key of Object.keys(count) as (keyof ReplayCount)[]) count[key] += one[key];
          done += ids.length;
          portions++;
          if (clock.monotonic() - toldAt >= PROGRESS_EVERY_MS) {
            toldAt = clock.monotonic();
            publisher.replay({ job, done, total: Math.max(done, total), dryRun });
          }
          await parts.breathe();
        }
        const told = changes.read();
        return {
          ...count,
          messagesChanged: told.messages,
          dryRun,
          cancelled: state.cancelled,
          ...told.views,
          changes: parts.settings.get().sharedScreen ? told.views.changes.map(redactChange) : told.views.changes,
          portions: dryRun ? Math.max(1, portions) : 1,
        };
      } finally {
        running.delete(job);
        if (!dryRun) changing = false;
      }
    },
  };

  /** The ids to replay, a portion at a time, asked for as they are needed: a filter may match a million. */
  function* portionsOf(input: Parameters<EngineHandlers['inbox.replay']>[0], portion: number): Generator<readonly InboxId[]> {
    if ('ids' in input) {
      const ids = [...new Set(input.ids as InboxId[])].toSorted((a, b) => a - b);
      for (let i = 0; i < ids.length; i += portion) yield ids.slice(i, i + portion);
      return;
    }
    const except = new Set<number>(input.except ?? []);
    // What arrives meanwhile is not part of it, and what is replayed may leave the filter and must not be met again.
    const query = { ...inboxQueryOf(input.filter), upTo: Math.min(input.filter.upTo ?? Number.MAX_SAFE_INTEGER, store.inbox.newest()) };
    for (let after = 0; ; ) {
      const ids = store.inbox.ids(query, after, IDS_AT_ONCE);
      const wanted = ids.filter((id) => !except.has(id));
      for (let i = 0; i < wanted.length; i += portion) yield wanted.slice(i, i + portion);
      const last = ids.at(-1);
      if (last === undefined || ids.length < IDS_AT_ONCE) return;
      after = last;
    }
  }
}

/** Gathers what happens to each message over all portions: from what it was at first to what it is at last. */
function createChangeLog() {
  const full = new Map<number, MessageChange>();
  const moves = new Map<number, { readonly from: ReplayMove['from']; readonly to: ReplayMove['to'] }>();
  return {
    add(change: MessageChange): void {
      const from = moves.get(change.row)?.from ?? (change.before === undefined ? 'new' : change.before.status);
      moves.set(change.row, { from, to: change.after === undefined ? 'joined' : change.after.status });
      const known = full.get(change.row);
      if (known !== undefined) full.set(change.row, { ...change, before: known.before });
      else if (full.size < CHANGES_IN_FULL) full.set(change.row, change);
    },
    read() {
      const counts = new Map<string, ReplayMove>();
      for (const { from, to } of moves.values()) {
        const key = `${from}>${to}`;
        counts.set(key, { from, to, count: (counts.get(key)?.count ?? 0) + 1 });
      }
      const sorted = [...counts.values()].toSorted((a, b) => b.count - a.count);
      return { messages: moves.size, views: { changes: [...full.values()].map(toView), moves: sorted } };
    },
  };
}

function toView({ row, before, after }: MessageChange): ReplayChange {
  const message = after ?? before;
  return {
    id: messageKey(row),
    account: message?.account ?? '',
    messageId: message?.waId ?? null,
    recipient: message?.chat ?? null,
    name: message?.name ?? null,
    before: before === undefined ? null : stateOf(before),
    after: after === undefined ? null : stateOf(after),
  };
}

function stateOf({ status, steps, summary, failure }: MessageRecord): ReplayState {
  return { status, steps, group: summary, failure };
}
