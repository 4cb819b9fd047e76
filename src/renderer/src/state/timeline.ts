/** The message whose life stands in the drawer. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { MessageRow, Timeline } from '../../../shared/contract/views.ts';
import type { Api } from '../api.ts';
import { type Asked, LOADING, paced } from './asked.ts';
import type { Link } from './link.ts';

/** `row` is what is known at once from the list; the timeline follows. */
export type DrawerState = {
  readonly open: { readonly account: string; readonly id: string } | null;
  readonly row: MessageRow | null;
  readonly timeline: Asked<Timeline>;
};

export type Drawer = {
  readonly state: StoreApi<DrawerState>;
  open(account: string, id: string, row?: MessageRow): void;
  close(): void;
  ask(): void;
};

const AGAIN_EVERY = 300;

export function createDrawer(api: Api, link: Link): Drawer {
  const state = createStore<DrawerState>(() => ({ open: null, row: null, timeline: LOADING }));
  const ask = paced(async () => {
    const { open } = state.getState();
    if (open === null) return;
    const answer = await api.request('messages.get', { account: open.account, messageId: open.id });
    if (state.getState().open !== open) return;
    if (answer.ok) state.setState({ row: answer.value.message, timeline: { phase: 'ready', value: answer.value, error: null } });
    else state.setState({ timeline: { ...state.getState().timeline, phase: 'failed', error: answer.error } });
  }, AGAIN_EVERY);
  link.onAsk(ask);
  link.onBatch((batch) => {
    const { row } = state.getState();
    if (row === null) return;
    for (const { rows } of batch['message.changed']) {
      const newer = rows.find((one) => one.id === row.id);
      if (newer) {
        state.setState({ row: newer });
        ask();
      }
    }
    if (batch['intake.changed'].length > 0) ask();
  });
  return {
    state,
    ask,
    open(account, id, row) {
      state.setState({ open: { account, id }, row: row ?? null, timeline: LOADING });
      ask();
    },
    close: () => state.setState({ open: null, row: null, timeline: LOADING }),
  };
}
