/** Connecting WASenderApi, step by step. Everything typed is kept, so going back loses nothing. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { RequestError } from '../../../shared/contract/errors.ts';
import type { In } from '../../../shared/contract/requests.ts';
import type { ProviderInfo, ProviderSessionView } from '../../../shared/contract/views.ts';
import type { Api } from '../api.ts';
import type { App } from './app.ts';
import { type Asked, LOADING } from './asked.ts';

export type ConnectStep = 'caution' | 'credential' | 'session' | 'scan' | 'door';
export type CredentialKind = 'token' | 'key';
export type DoorKind = 'localtunnel' | 'own-url' | 'none';

export type ConnectState = {
  readonly step: ConnectStep;
  readonly provider: Asked<ProviderInfo>;
  readonly kind: CredentialKind;
  readonly name: string;
  readonly values: Readonly<Record<string, string>>;
  readonly account: string | null;
  readonly sessions: Asked<readonly ProviderSessionView[]>;
  /** The provider's id of a session, or `new`. */
  readonly choice: string | null;
  readonly newName: string;
  readonly newPhone: string;
  readonly door: DoorKind;
  readonly host: string;
  readonly ownUrl: string;
  readonly opened: boolean;
  readonly busy: boolean;
  readonly error: RequestError | null;
};

export type Connect = {
  readonly state: StoreApi<ConnectState>;
  start(): Promise<void>;
  resume(account: string, step: ConnectStep): void;
  change(part: Partial<Pick<ConnectState, 'kind' | 'name' | 'choice' | 'newName' | 'newPhone' | 'door' | 'host' | 'ownUrl'>>): void;
  type(field: string, value: string): void;
  go(step: ConnectStep): void;
  submitCredential(): Promise<void>;
  listSessions(): Promise<void>;
  submitSession(): Promise<void>;
  connectSession(): Promise<void>;
  refreshQr(): Promise<void>;
  openDoor(): Promise<void>;
  /** Leaving before the key was accepted: what was typed stays, the unusable account does not. */
  abandon(): Promise<void>;
  reset(): void;
};

/** What a credential of each kind needs; the provider's own table says how each field is called and explained. */
export function fieldsFor(provider: ProviderInfo, kind: CredentialKind): ProviderInfo['fields'] {
  const isToken = (name: string) => /personal|accessToken|^pat$/i.test(name);
  return provider.fields.filter((field) => {
    // with a personal access token the session is chosen from a list
    if (!field.secret) return kind === 'key' || field.name !== 'sessionId';
    return kind === 'token' ? isToken(field.name) : !isToken(field.name);
  });
}

const FIRST: ConnectState = {
  step: 'caution',
  provider: LOADING,
  kind: 'token',
  name: '',
  values: {},
  account: null,
  sessions: LOADING,
  choice: null,
  newName: '',
  newPhone: '',
  door: 'localtunnel',
  host: '',
  ownUrl: '',
  opened: false,
  busy: false,
  error: null,
};

export function createConnect(api: Api, app: App): Connect {
  const state = createStore<ConnectState>(() => FIRST);
  const set = (part: Partial<ConnectState>) => state.setState(part);
  const working = async (work: () => Promise<RequestError | null>) => {
    if (state.getState().busy) return;
    set({ busy: true, error: null });
    const error = await work();
    set({ busy: false, error });
  };

  const saveAccount = async (): Promise<RequestError | null> => {
    const { provider, kind, name, values, account } = state.getState();
    if (provider.value === null) return null;
    const filled = fieldsFor(provider.value, kind).filter((field) => values[field.name]?.trim());
    const pick = (secret: boolean) =>
      Object.fromEntries(filled.filter((field) => field.secret === secret).map((field) => [field.name, values[field.name]?.trim() ?? '']));
    const [settings, secrets] = [pick(false), pick(true)];
    const accountName = name.trim() || 'My shop';
    if (account === null) {
      const answer = await api.request('accounts.create', { provider: provider.value.key, name: accountName, settings, secrets });
      if (!answer.ok) return answer.error;
      set({ account: answer.value.accountId });
    } else {
      const answer = await api.request('accounts.update', { account, name: accountName, settings });
      if (!answer.ok) return answer.error;
      for (const [slot, value] of Object.entries(secrets)) {
        const put = await api.request('accounts.putSecret', { account, slot, value });
        if (!put.ok) return put.error;
      }
    }
    app.refresh();
    return null;
  };
  const list = async (): Promise<RequestError | null> => {
    const { account, choice } = state.getState();
    if (account === null) return null;
    set({ sessions: LOADING });
    const answer = await api.request('session.list', { account });
    if (!answer.ok) {
      set({ sessions: { phase: 'failed', value: null, error: answer.error } });
      return answer.error;
    }
    const { sessions } = answer.value;
    set({ sessions: { phase: 'ready', value: sessions, error: null }, choice: choice ?? sessions[0]?.id ?? 'new' });
    return null;
  };
  const connect = async (): Promise<RequestError | null> => {
    const { account } = state.getState();
    if (account === null) return null;
    const answer = await api.request('session.connect', { account });
    if (answer.ok) app.keepQr(answer.value);
    return answer.ok ? null : answer.error;
  };
  return {
    state,
    async start() {
      if (state.getState().provider.phase === 'ready') return;
      const answer = await api.request('providers.list', {});
      const found = answer.ok ? answer.value.providers.find((one) => one.key === 'wasenderapi') : undefined;
      if (found) set({ provider: { phase: 'ready', value: found, error: null } });
      else if (!answer.ok) set({ provider: { phase: 'failed', value: null, error: answer.error } });
    },
    resume: (account, step) => set({ ...FIRST, provider: state.getState().provider, account, step }),
    change: (part) => set({ ...part, error: null }),
    type: (field, value) => set({ values: { ...state.getState().values, [field]: value }, error: null }),
    go: (step) => set({ step, error: null }),
    async abandon() {
      const { account, kind, sessions, opened } = state.getState();
      if (account === null || opened || kind === 'key' || sessions.phase === 'ready') return;
      set({ account: null, step: 'credential' });
      await api.request('accounts.remove', { account });
      app.refresh();
    },
    reset: () => set({ ...FIRST, provider: state.getState().provider }),
    submitCredential: () =>
      working(async () => {
        const error = (await saveAccount()) ?? (state.getState().kind === 'token' ? await list() : null);
        if (error === null) set({ step: state.getState().kind === 'token' ? 'session' : 'door' });
        return error;
      }),
    listSessions: () => working(list),
    submitSession: () =>
      working(async () => {
        const { account, choice, newName, newPhone } = state.getState();
        if (account === null || choice === null) return null;
        const answer =
          choice === 'new'
            ? await api.request('session.create', { account, name: newName.trim(), phone: newPhone.trim() })
            : await api.request('session.choose', { account, session: choice });
        if (!answer.ok) return answer.error;
        if (choice === 'new' && answer.value.id !== null) set({ choice: answer.value.id });
        app.refresh();
        set({ step: answer.value.state === 'connected' ? 'door' : 'scan' });
        return answer.value.state === 'connected' ? null : connect();
      }),
    connectSession: () => working(connect),
    refreshQr: () =>
      working(async () => {
        const { account } = state.getState();
        if (account === null) return null;
        const answer = await api.request('session.qr', { account, refresh: true });
        if (answer.ok) app.keepQr(answer.value);
        return answer.ok ? null : answer.error;
      }),
    openDoor: () =>
      working(async () => {
        const { account, door, host, ownUrl } = state.getState();
        if (account === null) return null;
        const answer = await api.request('intake.open', { account, tunnel: tunnelOf(door, host, ownUrl) });
        if (answer.ok) set({ opened: true });
        app.refresh();
        return answer.ok ? null : answer.error;
      }),
  };
}

/** The tunnel that is asked for; an empty host means the public service. */
export function tunnelOf(door: DoorKind, host: string, ownUrl: string): NonNullable<In<'intake.open'>['tunnel']> {
  switch (door) {
    case 'localtunnel':
      return host.trim() === '' ? { kind: 'localtunnel' } : { kind: 'localtunnel', host: host.trim() };
    case 'own-url':
      return { kind: 'own-url', url: ownUrl.trim() };
    case 'none':
      return { kind: 'none' };
  }
}
