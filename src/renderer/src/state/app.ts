/** What the whole frame needs: status and settings, accounts, doors, today's funnel, the demo, notices. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { RequestError } from '../../../shared/contract/errors.ts';
import type {
  AccountView,
  AppSettings,
  AppStatus,
  DemoView,
  FunnelView,
  InboxCounts,
  IntakeView,
  Notice,
  QrView,
  ReconcileView,
  SessionView,
} from '../../../shared/contract/views.ts';
import type { Api } from '../api.ts';
import { startOfDay } from '../ui/format.ts';
import { paced } from './asked.ts';
import type { Link } from './link.ts';

export type AppState = {
  readonly status: AppStatus | null;
  readonly accounts: readonly AccountView[] | null;
  readonly intakes: Readonly<Record<string, IntakeView>>;
  readonly qrs: Readonly<Record<string, QrView>>;
  readonly reconciles: readonly ReconcileView[];
  readonly funnel: FunnelView | null;
  readonly demo: DemoView | null;
  readonly counts: InboxCounts | null;
  readonly notices: readonly Notice[];
  readonly error: RequestError | null;
};

/** Begins the id of a notice about a recovery: put away once, it does not come again. */
export const RECOVERY_NOTICE = 'recovery-';

export type App = {
  readonly state: StoreApi<AppState>;
  refresh(): void;
  put(settings: Partial<AppSettings>): Promise<RequestError | null>;
  setDemo(switches: Partial<DemoView['switches']>): Promise<RequestError | null>;
  dismiss(notice: string): void;
  /** A notice that the window itself has found reason for. */
  raise(notice: Notice): void;
  keepQr(qr: QrView): void;
};

const SUMMARY_EVERY = 1200;
const ACCOUNTS_EVERY = 400;

export function createApp(api: Api, link: Link, now: () => number): App {
  const state = createStore<AppState>(() => ({
    status: null,
    accounts: null,
    intakes: {},
    qrs: {},
    reconciles: [],
    funnel: null,
    demo: null,
    counts: null,
    notices: [],
    error: null,
  }));
  const set = (part: Partial<AppState>) => state.setState(part);

  const askSummary = async () => {
    const [status, funnel] = await Promise.all([api.request('app.status', {}), api.request('reports.funnel', { from: startOfDay(now()) })]);
    if (status.ok) set({ status: status.value, error: null });
    else set({ error: status.error });
    if (funnel.ok) set({ funnel: funnel.value });
  };
  const askAccounts = async () => {
    const [accounts, demo] = await Promise.all([api.request('accounts.list', {}), api.request('demo.status', {})]);
    if (accounts.ok) set({ accounts: accounts.value.accounts });
    else set({ error: accounts.error });
    if (demo.ok) set({ demo: demo.value });
  };
  let heardSince: Record<string, IntakeView> = {};
  const askIntakes = async () => {
    heardSince = {};
    const [intakes, reconciles, inbox] = await Promise.all([
      api.request('intake.status', {}),
      api.request('reconcile.last', {}),
      api.request('inbox.page', { limit: 1 }),
    ]);
    // a change that came while we asked is at least as new as the answer
    if (intakes.ok) set({ intakes: { ...Object.fromEntries(intakes.value.intakes.map((one) => [one.account, one])), ...heardSince } });
    if (reconciles.ok) set({ reconciles: reconciles.value.runs });
    if (inbox.ok) set({ counts: inbox.value.counts });
  };
  const summary = paced(askSummary, SUMMARY_EVERY);
  const accounts = paced(askAccounts, ACCOUNTS_EVERY);
  const intakes = paced(askIntakes, ACCOUNTS_EVERY);
  const refresh = () => {
    summary();
    accounts();
    intakes();
  };
  link.onAsk(refresh);
  link.onBatch((batch) => {
    if (batch['message.changed'].length > 0) summary();
    for (const { intake } of batch['intake.changed']) {
      heardSince[intake.account] = intake;
      const before = state.getState().intakes[intake.account];
      set({ intakes: { ...state.getState().intakes, [intake.account]: intake } });
      if (before?.state !== intake.state || before?.lastGap?.id !== intake.lastGap?.id) intakes();
    }
    for (const { session, qr } of batch['session.changed']) {
      set({ qrs: { ...state.getState().qrs, [qr.account]: qr } });
      setSession(state, session);
    }
    const counts = batch['inbox.changed'].at(-1)?.counts;
    if (counts) set({ counts });
    for (const { notice } of batch['notice.raised']) {
      set({ notices: [notice, ...state.getState().notices.filter((one) => one.id !== notice.id)].slice(0, 5) });
    }
  });
  return {
    state,
    refresh,
    async put(settings) {
      const answer = await api.request('settings.put', settings);
      const { status } = state.getState();
      if (answer.ok && status) set({ status: { ...status, settings: answer.value } });
      return answer.ok ? null : answer.error;
    },
    async setDemo(switches) {
      const answer = await api.request('demo.set', switches);
      if (answer.ok) set({ demo: answer.value });
      return answer.ok ? null : answer.error;
    },
    dismiss(id) {
      set({ notices: state.getState().notices.filter((one) => one.id !== id) });
      if (id.startsWith(RECOVERY_NOTICE)) void api.request('storage.seen', { id: id.slice(RECOVERY_NOTICE.length) });
    },
    raise: (notice) => set({ notices: [notice, ...state.getState().notices.filter((one) => one.id !== notice.id)].slice(0, 5) }),
    keepQr: (qr) => set({ qrs: { ...state.getState().qrs, [qr.account]: qr } }),
  };
}

function setSession(state: StoreApi<AppState>, session: SessionView): void {
  const { accounts } = state.getState();
  if (accounts === null) return;
  state.setState({ accounts: accounts.map((one) => (one.id === session.account ? { ...one, session } : one)) });
}
