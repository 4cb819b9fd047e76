/** One export at a time from this window: asked for, watched, cancelled, saved. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { RequestError } from '../../../shared/contract/errors.ts';
import type { MessageFilter } from '../../../shared/contract/requests.ts';
import type { ExportView } from '../../../shared/contract/views.ts';
import type { Api } from '../api.ts';
import type { Link } from './link.ts';

export type ExportsState = {
  /** What the open dialog would export; null while it is closed. */
  readonly wish: MessageFilter | null;
  readonly current: ExportView | null;
  readonly error: RequestError | null;
  readonly saved: string | null;
  readonly starting: boolean;
};
export type Exports = {
  readonly state: StoreApi<ExportsState>;
  open(filter: MessageFilter): void;
  close(): void;
  start(choice: { readonly format: 'csv' | 'ndjson'; readonly redact: boolean }): Promise<void>;
  cancel(): Promise<void>;
  save(): Promise<void>;
  again(): void;
};

const EMPTY = { current: null, error: null, saved: null, starting: false } as const;

export function createExports(api: Api, link: Link): Exports {
  const state = createStore<ExportsState>(() => ({ wish: null, ...EMPTY }));
  const heard = new Map<string, ExportView>();
  const keep = (view: ExportView) => {
    if (state.getState().current?.id === view.id) state.setState({ current: view });
  };
  link.onBatch((batch) => {
    for (const change of batch['export.changed']) {
      heard.set(change.export.id, change.export);
      keep(change.export);
    }
  });
  link.onAsk(async () => {
    const { current } = state.getState();
    if (current === null) return;
    const answer = await api.request('exports.status', { id: current.id });
    for (const view of answer.ok ? answer.value.exports : []) keep(view);
  });
  return {
    state,
    open: (filter) => state.setState({ wish: filter, ...(state.getState().current?.state === 'running' ? {} : EMPTY) }),
    close: () => state.setState({ wish: null }),
    again: () => state.setState(EMPTY),
    async start(choice) {
      const { wish } = state.getState();
      state.setState({ ...EMPTY, starting: true });
      const answer = await api.request('exports.start', { ...choice, filter: wish ?? {} });
      // a small export may be done before the answer to its start is here
      if (answer.ok) state.setState({ current: heard.get(answer.value.id) ?? answer.value, starting: false });
      else state.setState({ error: answer.error, starting: false });
    },
    async cancel() {
      const { current } = state.getState();
      if (current === null) return;
      const answer = await api.request('exports.cancel', { id: current.id });
      if (answer.ok) keep(answer.value);
      else state.setState({ error: answer.error });
    },
    async save() {
      const { current } = state.getState();
      if (current === null) return;
      const answer = await api.save(current);
      if (answer.ok) state.setState({ saved: answer.value, error: null });
      else state.setState({ error: answer.error });
    },
  };
}
