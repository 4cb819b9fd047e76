/** Events: every body that arrived, newest first, and the one that is looked into. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { RequestError } from '../../../shared/contract/errors.ts';
import type { InboxFilter } from '../../../shared/contract/requests.ts';
import type { InboxCounts, InboxEntry, InboxRow, ReplayResult } from '../../../shared/contract/views.ts';
import type { Api } from '../api.ts';
import { type Asked, LOADING, paced } from './asked.ts';
import type { Link } from './link.ts';

export type InboxState = {
  readonly phase: 'loading' | 'ready' | 'failed';
  readonly error: RequestError | null;
  readonly filter: InboxFilter;
  readonly rows: readonly InboxRow[];
  readonly counts: InboxCounts | null;
  readonly nextCursor: string | null;
  readonly paging: boolean;
  readonly waiting: number;
  readonly selected: number | null;
  readonly entry: Asked<InboxEntry>;
};

export type ReplayWish = { readonly ids: readonly number[] } | { readonly filter: InboxFilter; readonly except?: readonly number[] };
export type ReplayAnswer = { readonly result: ReplayResult | null; readonly error: RequestError | null };
/** A replay under way. */
export type Replaying = { readonly answer: Promise<ReplayAnswer>; cancel(): void };
export type Inbox = {
  readonly state: StoreApi<InboxState>;
  setFilter(filter: InboxFilter): void;
  more(): Promise<void>;
  hold(held: boolean): void;
  release(): void;
  select(id: number | null): void;
  /** `anyway`: also what was set aside because it cannot be true. `onProgress` hears how many entries are done, of how many. */
  replay(wish: ReplayWish, how: { readonly dryRun: boolean; readonly anyway: boolean }, onProgress: (done: number, total: number) => void): Replaying;
  /** How many entries the filter matches, and the newest there is. */
  count(filter: InboxFilter): Promise<{ readonly count: number; readonly upTo: number } | null>;
  ask(): void;
  wake(): void;
  sleep(): void;
};

const PAGE = 100;
const MOST = 5000;

export function createInbox(api: Api, link: Link): Inbox {
  const state = createStore<InboxState>(() => ({
    phase: 'loading',
    error: null,
    filter: {},
    rows: [],
    counts: null,
    nextCursor: null,
    paging: false,
    waiting: 0,
    selected: null,
    entry: LOADING,
  }));
  const waiting = new Map<number, InboxRow>();
  let held = false;
  let asleep = true;
  let asking = 0;
  let jobs = 0;
  const listeners = new Map<string, (done: number, total: number) => void>();

  const show = (rows: readonly InboxRow[], more: Partial<InboxState> = {}) =>
    state.setState({ rows: rows.slice(0, MOST), waiting: waiting.size, ...more });
  const ask = async () => {
    const mine = ++asking;
    const { filter } = state.getState();
    const answer = await api.request('inbox.page', { ...filter, limit: PAGE });
    if (mine !== asking) return;
    if (!answer.ok) return state.setState({ phase: state.getState().phase === 'ready' ? 'ready' : 'failed', error: answer.error });
    waiting.clear();
    show(answer.value.rows, { phase: 'ready', error: null, nextCursor: answer.value.nextCursor, counts: answer.value.counts, paging: false });
  };
  const askAgain = paced(ask, 1000);
  const askEntry = paced(async () => {
    const { selected } = state.getState();
    if (selected === null) return;
    const answer = await api.request('inbox.get', { id: selected });
    if (state.getState().selected !== selected) return;
    if (answer.ok) state.setState({ entry: { phase: 'ready', value: answer.value, error: null } });
    else state.setState({ entry: { phase: 'failed', value: null, error: answer.error } });
  }, 200);
  const release = () => {
    if (waiting.size === 0) return;
    const fresh = [...waiting.values()];
    waiting.clear();
    show(merge(fresh, state.getState().rows));
  };
  link.onAsk(() => {
    if (!asleep) askAgain();
  });
  link.onBatch((batch) => {
    for (const { progress } of batch['replay.changed']) listeners.get(progress.job)?.(progress.done, progress.total);
    const changes = batch['inbox.changed'];
    if (asleep || changes.length === 0) return;
    const { rows, filter, phase, selected } = state.getState();
    const counts = changes.at(-1)?.counts ?? null;
    if (phase !== 'ready') return state.setState({ counts });
    const changed = new Map(changes.flatMap((change) => change.rows.map((row) => [row.id, row] as const)));
    if (selected !== null && changed.has(selected)) askEntry();
    const known = new Set(rows.map((row) => row.id));
    const next = rows.map((row) => changed.get(row.id) ?? row);
    const fresh = [...changed.values()].filter((row) => !known.has(row.id) && row.id > (rows.at(-1)?.id ?? 0) && inboxMatches(row, filter));
    if (held) for (const row of fresh) waiting.set(row.id, row);
    show(held ? next : merge(fresh, next), { counts });
  });
  return {
    state,
    ask: askAgain,
    release,
    setFilter(filter) {
      waiting.clear();
      state.setState({ filter, phase: 'loading', rows: [], nextCursor: null, waiting: 0 });
      if (!asleep) void ask();
    },
    wake() {
      asleep = false;
      askAgain();
    },
    sleep() {
      asleep = true;
      held = false;
      waiting.clear();
    },
    async more() {
      const { nextCursor, paging, filter, rows } = state.getState();
      if (nextCursor === null || paging || rows.length >= MOST) return;
      state.setState({ paging: true });
      const mine = asking;
      const answer = await api.request('inbox.page', { ...filter, cursor: nextCursor, limit: PAGE });
      if (mine !== asking) return;
      if (!answer.ok) return state.setState({ paging: false, error: answer.error });
      show(merge(answer.value.rows, state.getState().rows), { nextCursor: answer.value.nextCursor, paging: false });
    },
    hold(next) {
      held = next;
      if (!held) release();
    },
    select(id) {
      state.setState({ selected: id, entry: LOADING });
      if (id !== null) askEntry();
    },
    replay(wish, how, onProgress) {
      const job = `window-${Date.now()}-${++jobs}`;
      listeners.set(job, onProgress);
      const work = async (): Promise<ReplayAnswer> => {
        const choices = { ...how, job };
        const answer = await api.request(
          'inbox.replay',
          'ids' in wish
            ? { ids: [...wish.ids], ...choices }
            : { filter: wish.filter, ...(wish.except ? { except: [...wish.except] } : {}), ...choices },
        );
        listeners.delete(job);
        if (answer.ok && !how.dryRun) {
          askAgain();
          askEntry();
        }
        return answer.ok ? { result: answer.value, error: null } : { result: null, error: answer.error };
      };
      return { answer: work(), cancel: () => void api.request('inbox.cancelReplay', { job }) };
    },
    async count(filter) {
      const answer = await api.request('inbox.count', filter);
      return answer.ok ? answer.value : null;
    },
  };
}

export function inboxMatches(row: InboxRow, filter: InboxFilter): boolean {
  if (filter.account !== undefined && row.account !== filter.account) return false;
  if (filter.upTo !== undefined && row.id > filter.upTo) return false;
  if (filter.source !== undefined && row.source !== filter.source) return false;
  if (filter.state === undefined) return true;
  return typeof filter.state === 'string' ? row.state === filter.state : filter.state.includes(row.state);
}

/** The newest first: entries are numbered as they arrive. */
function merge(some: readonly InboxRow[], others: readonly InboxRow[]): InboxRow[] {
  const byId = new Map([...others, ...some].map((row) => [row.id, row]));
  return [...byId.values()].toSorted((a, b) => b.id - a.id);
}
