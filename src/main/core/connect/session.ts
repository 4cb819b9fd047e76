/**
 * One account's session at the provider: which one, its state in words, and the QR code while one is
 * needed. Learns from the API's answers, from webhooks, and by asking while somebody waits for a scan.
 */
import type { QrView, SessionView } from '../../../shared/contract/views.ts';
import { diskTroubleOf } from '../domain/diskTrouble.ts';
import { fail, type Result } from '../domain/failure.ts';
import type { AccountId, Millis } from '../domain/ids.ts';
import type { Clock } from '../ports/clock.ts';
import type { ProviderClient, SessionState, SessionWithSecrets } from '../ports/provider.ts';
import type { AccountRecord, AccountStore } from '../ports/store.ts';
import type { OwedWrites } from './owedWrites.ts';
import type { SecretBook } from './secrets.ts';

export type SessionKeeper = {
  view(): SessionView;
  qrView(): QrView;
  /** Makes this the account's session: keeps its name and credentials. */
  choose(session: SessionWithSecrets): Promise<void>;
  connect(): Promise<Result<QrView>>;
  qr(refresh: boolean): Promise<Result<QrView>>;
  refresh(): Promise<Result<SessionView>>;
  /** Like `refresh`, for whoever does not wait for it; asks again after trouble with the disk. */
  ask(): void;
  /** A webhook told a state or a code. Older news than what we know is passed over. */
  told(state: SessionState, at: Millis): void;
  toldQr(text: string, at: Millis): void;
  stop(): void;
};

/** A code older than this is asked for again; WhatsApp changes it every 20 to 60 s. */
const QR_FRESH_MS = 18_000;
const ASK_AGAIN_MS = 5_000;
const WATCH_EVERY_MS = 2_000;
/** Nobody scans for longer than this without asking again. */
const WATCH_FOR_MS = 5 * 60_000;

export function createSessionKeeper(deps: {
  account: AccountId;
  accounts: AccountStore;
  secrets: SecretBook;
  clock: Clock;
  client: () => ProviderClient;
  writes: Pick<OwedWrites, 'owe' | 'failed'>;
  onChange: () => void;
  /** The session became usable, or its credentials changed. */
  onReady: () => void;
}): SessionKeeper {
  const { accounts, clock } = deps;
  let qr: { text: string; at: Millis } | undefined;
  let watchUntil = Number.NEGATIVE_INFINITY;
  let cancelWatch: (() => void) | undefined;
  let cancelAsk: (() => void) | undefined;
  let stopped = false;
  let toldAt = 0;

  const record = (): AccountRecord | undefined => accounts.get(deps.account);
  const sessionId = () => record()?.settings.sessionId;
  const hasToken = () => deps.secrets.of(deps.account).personalAccessToken !== undefined;

  /** What was known of the session is no longer worth much when nobody can ask about it. */
  function cannotAsk(): boolean {
    return deps.secrets.trouble(deps.account) !== undefined && !hasToken() && deps.secrets.of(deps.account).apiKey === undefined;
  }

  function setState(state: SessionState): void {
    const account = record();
    if (account === undefined || account.sessionState === state) return;
    accounts.update(deps.account, { sessionState: state, sessionSince: clock.now() });
    if (state === 'connected') qr = undefined;
    deps.onChange();
    if (state === 'connected') deps.onReady();
  }

  async function learn(session: SessionWithSecrets): Promise<void> {
    const account = record();
    if (account === undefined) return;
    const secretsBefore = JSON.stringify(deps.secrets.of(deps.account));
    await deps.secrets.put(deps.account, session.secrets);
    accounts.update(deps.account, { sessionName: session.name, sessionPhone: session.phone ?? account.sessionPhone });
    setState(session.state);
    deps.onChange();
    if (JSON.stringify(deps.secrets.of(deps.account)) !== secretsBefore) deps.onReady();
  }

  async function refresh(): Promise<Result<SessionView>> {
    const id = sessionId();
    if (id !== undefined && hasToken()) {
      const session = await deps.client().readSession(id);
      if (!session.ok) return session;
      await learn(session.value);
      return { ok: true, value: view() };
    }
    if (deps.secrets.of(deps.account).apiKey === undefined) {
      const trouble = deps.secrets.trouble(deps.account);
      if (trouble !== undefined) return fail('vault_unavailable', trouble.words);
      return fail('secret_missing', 'There is no key to ask with yet. Add a personal access token or a session key.');
    }
    const state = await deps.client().sessionState();
    if (!state.ok) return state;
    setState(state.value);
    return { ok: true, value: view() };
  }

  function ask(): void {
    cancelAsk?.();
    cancelAsk = undefined;
    refresh().catch((error: unknown) => {
      if (stopped) return;
      notDone(error);
      // what it answered could not be written; it is asked for again when there may be room
      if (diskTroubleOf(error) !== undefined) cancelAsk ??= clock.after(ASK_AGAIN_MS, ask);
    });
  }

  const notDone = (error: unknown) => deps.writes.failed('session.not-asked', error);

  function watch(): void {
    watchUntil = clock.monotonic() + WATCH_FOR_MS;
    if (cancelWatch === undefined) cancelWatch = clock.after(WATCH_EVERY_MS, look);
  }

  function look(): void {
    cancelWatch = undefined;
    const account = record();
    if (account === undefined || account.sessionState === 'connected' || clock.monotonic() > watchUntil) return;
    refresh()
      .then(async () => {
        if (record()?.sessionState === 'need_scan' && (qr === undefined || Math.abs(clock.now() - qr.at) > QR_FRESH_MS)) await fetchQr();
      })
      .catch((error: unknown) => {
        if (!stopped) notDone(error);
      })
      .finally(() => {
        if (cancelWatch === undefined && clock.monotonic() <= watchUntil) cancelWatch = clock.after(WATCH_EVERY_MS, look);
      });
  }

  async function fetchQr(): Promise<Result<void>> {
    const id = sessionId();
    if (id === undefined) return fail('not_found', 'No session is chosen yet. Choose one first.');
    const answer = await deps.client().qr(id);
    if (!answer.ok) return answer;
    qr = { text: answer.value, at: clock.now() };
    deps.onChange();
    return { ok: true, value: undefined };
  }

  function view(): SessionView {
    const account = record();
    const state = cannotAsk() ? 'unknown' : (account?.sessionState ?? 'unknown');
    return {
      account: deps.account,
      id: account?.settings.sessionId ?? null,
      name: account?.sessionName ?? null,
      phone: account?.sessionPhone ?? null,
      state,
      words: cannotAsk() ? 'Its saved key cannot be opened any more; enter it again' : stateWords(state),
      since: cannotAsk() ? null : (account?.sessionSince ?? null),
    };
  }

  function qrView(): QrView {
    const state = record()?.sessionState ?? 'unknown';
    const shown = state === 'connected' ? undefined : qr;
    const ageMs = shown ? clock.now() - shown.at : null;
    return { account: deps.account, text: shown?.text ?? null, at: shown?.at ?? null, ageMs, state, words: qrWords(state, shown !== undefined) };
  }

  return {
    view,
    qrView,
    async choose(session) {
      const account = record();
      if (account === undefined) return;
      // Whose address was there before is known of the old session only.
      const isOther = account.settings.sessionId !== session.id;
      accounts.update(deps.account, {
        settings: { ...account.settings, sessionId: session.id },
        ...(isOther ? { previousWebhook: null } : {}),
      });
      await learn(session);
    },
    async connect() {
      const id = sessionId();
      if (id === undefined) return fail('not_found', 'No session is chosen yet. Choose one first.');
      const answer = await deps.client().connect(id);
      if (!answer.ok) return answer;
      if (answer.value.qr !== undefined) qr = { text: answer.value.qr, at: clock.now() };
      setState(answer.value.state);
      if (answer.value.state !== 'connected') {
        if (qr === undefined) await fetchQr();
        watch();
      }
      deps.onChange();
      return { ok: true, value: qrView() };
    },
    async qr(again) {
      if (record()?.sessionState === 'connected') return { ok: true, value: qrView() };
      watch();
      if (again || qr === undefined || Math.abs(clock.now() - qr.at) > QR_FRESH_MS) {
        const answer = await fetchQr();
        if (!answer.ok) return answer;
      }
      return { ok: true, value: qrView() };
    },
    refresh,
    ask,
    told(state, at) {
      // news from the future is from before the clock was set back, and says nothing of the order
      if (at < toldAt && toldAt <= clock.now()) return;
      toldAt = at;
      deps.writes.owe(() => setState(state));
      // The webhook says that it is connected; only the session's details say as whom.
      if (state === 'connected') ask();
    },
    toldQr(text, at) {
      if (clock.now() - at > QR_FRESH_MS || record()?.sessionState === 'connected') return;
      // The code is masked before it is stored, so the news is only that there is a new one.
      if (text.startsWith('2@')) qr = { text, at };
      else if (hasToken()) fetchQr().catch(notDone);
      deps.onChange();
    },
    stop() {
      stopped = true;
      cancelAsk?.();
      cancelWatch?.();
      cancelWatch = undefined;
      watchUntil = Number.NEGATIVE_INFINITY;
    },
  };
}

function stateWords(state: SessionState): string {
  switch (state) {
    case 'connected':
      return 'Connected to WhatsApp';
    case 'connecting':
      return 'Connecting to WhatsApp';
    case 'need_scan':
      return 'Waiting for the code to be scanned';
    case 'disconnected':
      return 'Not connected to WhatsApp';
    case 'logged_out':
      return 'Logged out on the phone; scan a new code to go on';
    case 'expired':
      return 'The session has expired; renew it with the provider';
    case 'error':
      return 'The provider reports an error with this session';
    case 'unknown':
      return 'Not asked yet';
  }
}

function qrWords(state: SessionState, shown: boolean): string {
  if (state === 'connected') return 'Connected';
  if (state === 'connecting') return 'Scanned, connecting';
  return shown ? 'Waiting for the scan' : 'Asking for a code';
}
