/** How fresh each door is, kept true while somebody looks. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { FreshnessView } from '../../../shared/contract/freshness.ts';
import type { Api } from '../api.ts';
import { type Asked, LOADING, paced } from './asked.ts';
import type { Link } from './link.ts';

export type Freshness = {
  readonly state: StoreApi<Asked<FreshnessView>>;
  wake(): void;
  sleep(): void;
};

const ASK_EVERY = 5_000;

export function createFreshness(api: Api, link: Link): Freshness {
  const state = createStore<Asked<FreshnessView>>(() => LOADING);
  let asleep = true;
  const ask = paced(async () => {
    if (asleep) return;
    const answer = await api.request('freshness.get', {});
    if (answer.ok) state.setState({ phase: 'ready', value: answer.value, error: null });
    else state.setState({ phase: 'failed', error: answer.error });
  }, ASK_EVERY);
  const askIfAwake = () => {
    if (!asleep) ask();
  };
  link.onAsk(askIfAwake);
  link.onBatch((batch) => {
    if (batch['message.changed'].length > 0 || batch['intake.changed'].length > 0) askIfAwake();
  });
  return {
    state,
    wake() {
      asleep = false;
      ask();
    },
    sleep() {
      asleep = true;
    },
  };
}
