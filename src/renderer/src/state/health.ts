/** The doctor's newest report, and the stretches in which nobody was listening. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { RequestError } from '../../../shared/contract/errors.ts';
import type { DoctorReport, FindingAction } from '../../../shared/contract/health.ts';
import type { GapsPage } from '../../../shared/contract/views.ts';
import type { Api } from '../api.ts';
import { type Asked, LOADING, paced } from './asked.ts';
import type { Link } from './link.ts';

export type HealthState = {
  readonly report: DoctorReport | null;
  readonly error: RequestError | null;
  /** The owner asked for a look, and it is under way. */
  readonly looking: boolean;
  readonly gaps: Asked<GapsPage>;
};

export type Health = {
  readonly state: StoreApi<HealthState>;
  /** Looks at everything, the providers and the public addresses included. */
  look(): Promise<void>;
  /** What a finding's button does, apart from going somewhere; then looks again. */
  act(action: Extract<FindingAction, { readonly kind: 'ask' }>): Promise<RequestError | null>;
  wake(): void;
  sleep(): void;
};

const REPORT_EVERY = 1000;
const GAPS_EVERY = 2000;

export function createHealth(api: Api, link: Link): Health {
  const state = createStore<HealthState>(() => ({ report: null, error: null, looking: false, gaps: LOADING }));
  let asleep = true;

  const keep = (report: DoctorReport) => {
    const known = state.getState().report;
    if (known === null || report.at >= known.at) state.setState({ report, error: null });
  };
  const askReport = paced(async () => {
    const answer = await api.request('doctor.last', {});
    if (answer.ok) keep(answer.value);
    else state.setState({ error: answer.error });
  }, REPORT_EVERY);
  const askGaps = paced(async () => {
    if (asleep) return;
    const answer = await api.request('gaps.list', { limit: 20 });
    if (answer.ok) state.setState({ gaps: { phase: 'ready', value: answer.value, error: null } });
    else state.setState({ gaps: { phase: 'failed', value: state.getState().gaps.value, error: answer.error } });
  }, GAPS_EVERY);

  link.onAsk(() => {
    askReport();
    if (!asleep) askGaps();
  });
  link.onBatch((batch) => {
    const change = batch['doctor.changed'].at(-1);
    if (change) keep(change.report);
    if (!asleep && batch['intake.changed'].length > 0) askGaps();
  });
  const look = async () => {
    state.setState({ looking: true, error: null });
    const answer = await api.request('doctor.run', { ask: true });
    state.setState({ looking: false });
    if (answer.ok) keep(answer.value);
    else state.setState({ error: answer.error });
  };
  return {
    state,
    look,
    async act({ request, account }) {
      const answer = await api.request(request, { account });
      if (!answer.ok) return answer.error;
      await look();
      return null;
    },
    wake() {
      asleep = false;
      askReport();
      askGaps();
    },
    sleep() {
      asleep = true;
    },
  };
}
