/** A list of messages, newest first: paged by key, kept true by changes, never jumping while somebody points at it. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { RequestError } from '../../../shared/contract/errors.ts';
import type { MessageFilter } from '../../../shared/contract/requests.ts';
import type { MessageRow } from '../../../shared/contract/views.ts';
import type { Api } from '../api.ts';
import { paced } from './asked.ts';
import { matches } from './filter.ts';
import type { Link } from './link.ts';

export type MessagesState = {
  readonly phase: 'loading' | 'ready' | 'failed';
  readonly error: RequestError | null;
  readonly filter: MessageFilter;
  readonly rows: readonly MessageRow[];
  readonly nextCursor: string | null;
  readonly paging: boolean;
  /** New rows that wait while the list is held. */
  readonly waiting: number;
};

export type Messages = {
  readonly state: StoreApi<MessagesState>;
  setFilter(filter: MessageFilter): void;
  more(): Promise<void>;
  hold(held: boolean): void;
  release(): void;
  ask(): void;
  /** Kept true only while it is looked at: `wake` asks afresh, `sleep` stops the work. */
  wake(): void;
  sleep(): void;
  close(): void;
};

type Heard = { readonly seq: number; readonly row: MessageRow };
type Options = { readonly pageSize: number; readonly most: number };

export function createMessages(api: Api, link: Link, options: Options): Messages {
  const state = createStore<MessagesState>(() => ({
    phase: 'loading',
    error: null,
    filter: {},
    rows: [],
    nextCursor: null,
    paging: false,
    waiting: 0,
  }));
  const waiting = new Map<string, MessageRow>();
  /** News that came while a page was on its way, with their numbers: the newer of the two is shown. */
  let heard: Heard[] = [];
  let underWay = 0;
  let shownSeq = 0;
  let held = false;
  let asleep = true;
  let asking = 0;
  /** The ids of all rows shown. */
  let known = new Set<string>();

  const show = (rows: readonly MessageRow[], more: Partial<MessagesState> = {}) => {
    const shown = rows.length > options.most ? rows.slice(0, options.most) : rows;
    if (shown.length !== rows.length || shown.length < known.size || more.phase !== undefined) known = new Set(shown.map((row) => row.id));
    else for (let index = 0; known.size < shown.length && index < shown.length; index++) known.add(shown[index]?.id ?? '');
    state.setState({ rows: shown, waiting: waiting.size, ...more });
  };
  const askPage = async (cursor: string | undefined) => {
    underWay++;
    const answer = await api.request('messages.page', { ...state.getState().filter, cursor, limit: options.pageSize });
    underWay--;
    const newer = new Map(answer.ok ? heard.flatMap(({ seq, row }) => (seq > answer.value.seq ? [[row.id, row] as const] : [])) : []);
    if (underWay === 0) heard = [];
    return { answer, newer };
  };
  const ask = async () => {
    const mine = ++asking;
    const { answer, newer } = await askPage(undefined);
    if (mine !== asking) return;
    const { rows: shown, filter, phase } = state.getState();
    if (!answer.ok) return state.setState({ phase: phase === 'ready' ? 'ready' : 'failed', error: answer.error });
    shownSeq = answer.value.seq;
    const page = answer.value.rows.map((row) => newer.get(row.id) ?? row);
    const fresh = [...newer.values()].filter((row) => matches(row, filter) && !page.some((one) => one.id === row.id));
    const all = inOrder([...fresh, ...page]);
    if (!held) waiting.clear();
    const before = new Set(shown.map((row) => row.id));
    if (held) for (const row of all) if (!before.has(row.id)) waiting.set(row.id, row);
    const rows = held && phase === 'ready' ? all.filter((row) => before.has(row.id)) : all;
    show(rows, { phase: 'ready', error: null, nextCursor: answer.value.nextCursor, paging: false });
  };
  const askAgain = paced(ask, 1000);

  const apply = (changed: ReadonlyMap<string, MessageRow>) => {
    const { rows, filter, phase, nextCursor } = state.getState();
    if (phase !== 'ready') return;
    const news = [...changed.values()];
    const touched = news.some((row) => known.has(row.id));
    const next = touched ? rows.map((row) => changed.get(row.id) ?? row) : rows;
    const fresh = news.filter((row) => !known.has(row.id) && belongs(row, next, nextCursor) && matches(row, filter));
    if (held) for (const row of fresh) waiting.set(row.id, row);
    if (!held && fresh.length > 0) show(withNewest(fresh, next));
    else if (touched || fresh.length > 0) show(next);
  };
  const stops = [
    link.onBatch((batch) => {
      const changes = batch['message.changed'];
      if (asleep || changes.length === 0) return;
      if (underWay > 0) heard.push(...changes.flatMap(({ seq, rows }) => rows.map((row) => ({ seq, row }))));
      const changed = new Map(changes.flatMap(({ seq, rows }) => (seq > shownSeq ? rows.map((row) => [row.id, row] as const) : [])));
      if (changed.size > 0) apply(changed);
      if (changes.some((change) => change.more)) askAgain();
    }),
    link.onAsk(() => {
      // an engine that started again counts from the beginning
      shownSeq = 0;
      if (!asleep) askAgain();
    }),
  ];
  const release = () => {
    if (waiting.size === 0) return;
    const fresh = [...waiting.values()];
    waiting.clear();
    show(withNewest(fresh, state.getState().rows));
  };
  return {
    state,
    ask: askAgain,
    setFilter(filter) {
      waiting.clear();
      known = new Set();
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
      const { nextCursor, paging, rows } = state.getState();
      if (nextCursor === null || paging || rows.length >= options.most) return;
      state.setState({ paging: true });
      const mine = asking;
      const { answer, newer } = await askPage(nextCursor);
      if (mine !== asking) return;
      if (!answer.ok) return state.setState({ paging: false, error: answer.error });
      const older = answer.value.rows.filter((row) => !known.has(row.id)).map((row) => newer.get(row.id) ?? row);
      show([...state.getState().rows, ...older], { nextCursor: answer.value.nextCursor, paging: false });
    },
    hold(next) {
      held = next;
      if (!held) release();
    },
    release,
    close() {
      for (const stop of stops.splice(0)) stop();
    },
  };
}

/** A row older than the last one we hold will come with its own page. */
function belongs(row: MessageRow, rows: readonly MessageRow[], nextCursor: string | null): boolean {
  const last = rows.at(-1);
  return last === undefined || nextCursor === null || compare(row, last) < 0;
}

/** Newest first; our own running number decides between equal times. */
function compare(a: MessageRow, b: MessageRow): number {
  return b.firstAt - a.firstAt || Number(b.id.slice(1)) - Number(a.id.slice(1));
}

/** Nearly always all that is new is newer than all that is shown, which then need not be sorted again. */
function withNewest(fresh: readonly MessageRow[], rows: readonly MessageRow[]): MessageRow[] {
  const top = inOrder(fresh);
  const [last, first] = [top.at(-1), rows[0]];
  return last === undefined || first === undefined || compare(last, first) < 0 ? [...top, ...rows] : inOrder([...top, ...rows]);
}

function inOrder(rows: readonly MessageRow[]): MessageRow[] {
  const seen = new Set<string>();
  return rows.filter((row) => !seen.has(row.id) && seen.add(row.id)).toSorted(compare);
}
