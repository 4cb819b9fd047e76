/** Periods, erasures and the shared screen, as the engine has them. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Answer, RequestError } from '../../../shared/contract/errors.ts';
import type { ErasePreviewView, ErasureView, PrivacyView, RetentionDays, RetentionPreview } from '../../../shared/contract/privacy.ts';
import type { Api } from '../api.ts';
import type { App } from './app.ts';
import { type Asked, LOADING, paced } from './asked.ts';
import type { Link } from './link.ts';

/** A typed number, or our own id of a message to the person. */
export type Whom = { readonly recipient: string } | { readonly message: string };

export type Privacy = {
  readonly state: StoreApi<Asked<PrivacyView>>;
  /** What these periods would remove now. */
  wouldRemove(retention: RetentionDays): Promise<Answer<RetentionPreview | null>>;
  keepFor(retention: RetentionDays): Promise<RequestError | null>;
  shareScreen(on: boolean): Promise<RequestError | null>;
  preview(whom: Whom): Promise<Answer<ErasePreviewView>>;
  erase(whom: Whom): Promise<Answer<ErasureView>>;
  allow(id: number): Promise<RequestError | null>;
  refresh(): void;
  wake(): void;
  sleep(): void;
};

const RUNNING_EVERY = 700;

export function createPrivacy(api: Api, link: Link, app: App): Privacy {
  const state = createStore<Asked<PrivacyView>>(() => LOADING);
  let awake = 0;
  const keep = (value: PrivacyView) => state.setState({ phase: 'ready', value, error: null });

  const refresh = paced(async () => {
    const answer = await api.request('privacy.status', {});
    if (answer.ok) keep(answer.value);
    else state.setState({ phase: 'failed', value: state.getState().value, error: answer.error });
    // nobody pushes how far it is; it is over soon
    if (awake > 0 && answer.ok && answer.value.erasures.some((erasure) => erasure.state === 'running')) setTimeout(refresh, RUNNING_EVERY);
  }, 200);
  link.onAsk(() => (awake > 0 ? refresh() : undefined));

  return {
    state,
    refresh,
    async wouldRemove(retention) {
      const answer = await api.request('privacy.set', { retention, dryRun: true });
      return answer.ok ? { ok: true, value: answer.value.wouldRemove } : answer;
    },
    async keepFor(retention) {
      const answer = await api.request('privacy.set', { retention });
      if (answer.ok) keep(answer.value);
      return answer.ok ? null : answer.error;
    },
    shareScreen: (sharedScreen) => app.put({ sharedScreen }),
    preview: (whom) => api.request('privacy.preview', whom),
    async erase(whom) {
      const answer = await api.request('privacy.erase', whom);
      if (answer.ok) refresh();
      return answer;
    },
    async allow(erasureId) {
      const answer = await api.request('privacy.allow', { erasureId });
      refresh();
      return answer.ok ? null : answer.error;
    },
    wake() {
      awake++;
      refresh();
    },
    sleep() {
      awake--;
    },
  };
}
