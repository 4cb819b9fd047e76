/** The shop's WhatsApp sessions: their settings, their states, the code to scan and the log of it all. */
import type { Millis } from '../core/domain/ids.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Destination } from './courier.ts';
import { qrUpdated, sessionStatus, type WebhookBody } from './payloads.ts';
import type { Random } from './random.ts';
import type { Waits } from './waits.ts';

export type ShopState = 'need_scan' | 'connecting' | 'connected' | 'disconnected';

/** What the API lets its caller write. */
export type SessionSettings = {
  readonly name: string;
  readonly phone_number: string;
  readonly account_protection: boolean;
  readonly log_messages: boolean;
  readonly read_incoming_messages: boolean;
  readonly webhook_url: string | null;
  readonly webhook_enabled: boolean;
  readonly webhook_events: readonly string[];
};

export type SessionLogRow = { readonly id: number; readonly event_type: string; readonly status: string; readonly at: Millis };

export type ShopSession = {
  readonly id: number;
  readonly createdAt: Millis;
  settings: SessionSettings;
  updatedAt: Millis;
  state: ShopState;
  apiKey: string;
  /** Made when webhooks are first switched on. */
  webhookSecret: string | undefined;
  qr: string | undefined;
  /** Newest last. */
  readonly log: SessionLogRow[];
};

export interface Sessions {
  list(): readonly ShopSession[];
  find(id: number): ShopSession | undefined;
  byKey(apiKey: string): ShopSession | undefined;
  create(settings: Partial<SessionSettings> & Pick<SessionSettings, 'name' | 'phone_number'>): ShopSession;
  update(session: ShopSession, change: Partial<SessionSettings>): void;
  remove(session: ShopSession): void;
  /** Shows a code unless connected already. */
  connect(session: ShopSession): void;
  /** The code of now; asking for it is what makes somebody come and scan it. */
  askQr(session: ShopSession): string | undefined;
  /** The code is scanned at this moment; nothing happens where none is shown. */
  scan(session: ShopSession): void;
  /** Connected without a code, as after an earlier scan. */
  connectAtOnce(session: ShopSession): void;
  disconnect(session: ShopSession): void;
  restart(session: ShopSession): void;
  regenerateKey(session: ShopSession): string;
  destination(session: ShopSession): Destination;
}

const QR_LIFE_MS = 20_000;
const SCAN_AFTER_MS = 4000;
const CONNECTING_MS = 800;
const DEFAULTS = {
  account_protection: false,
  log_messages: true,
  read_incoming_messages: false,
  webhook_url: null,
  webhook_enabled: false,
  webhook_events: ['messages.received', 'session.status'],
} as const;

export function createSessions(parts: {
  readonly clock: Clock;
  readonly waits: Waits;
  readonly random: Random;
  /** Whether somebody comes and scans the code without being told to. */
  readonly scansItself: boolean;
  readonly tell: (session: ShopSession, body: WebhookBody) => void;
  readonly onConnected: (session: ShopSession) => void;
  /** Webhooks were switched on or their address changed. */
  readonly onSubscribed: (session: ShopSession) => void;
}): Sessions {
  const { clock, waits, random } = parts;
  const sessions = new Map<number, ShopSession>();
  const pending = new Map<number, Set<() => void>>();
  const scanPlanned = new Set<number>();
  let nextId = 41;
  let logged = 0;
  let codes = 0;

  function setState(session: ShopSession, state: ShopState): void {
    session.state = state;
    session.updatedAt = clock.now();
    session.log.push({ id: ++logged, event_type: 'status_change', status: state, at: clock.now() });
    if (session.log.length > 500) session.log.shift();
    parts.tell(session, sessionStatus({ apiKey: session.apiKey, at: clock.now(), state }));
  }

  /** What is planned for a session is forgotten with its next change of state. */
  function plan(session: ShopSession, ms: number, task: () => void): void {
    const set = pending.get(session.id) ?? new Set();
    pending.set(session.id, set);
    const cancel = waits.after(ms, () => {
      set.delete(cancel);
      task();
    });
    set.add(cancel);
  }

  function forgetPlans(session: ShopSession): void {
    for (const cancel of pending.get(session.id) ?? []) cancel();
    pending.delete(session.id);
    scanPlanned.delete(session.id);
  }

  function showCode(session: ShopSession): void {
    const code = random.fork('qr', session.id, ++codes, clock.now());
    session.qr = `2@${code.hex(64)},${code.hex(44)},${code.hex(44)},${code.hex(24)}`;
    parts.tell(session, qrUpdated({ apiKey: session.apiKey, at: clock.now(), qr: session.qr }));
    plan(session, QR_LIFE_MS, () => showCode(session));
  }

  function becomeConnected(session: ShopSession): void {
    session.qr = undefined;
    forgetPlans(session);
    setState(session, 'connecting');
    plan(session, CONNECTING_MS, () => {
      setState(session, 'connected');
      parts.onConnected(session);
    });
  }

  function scan(session: ShopSession): void {
    if (session.state === 'need_scan' && session.qr !== undefined) becomeConnected(session);
  }

  return {
    list: () => [...sessions.values()],
    find: (id) => sessions.get(id),
    byKey: (apiKey) => [...sessions.values()].find((session) => session.apiKey === apiKey),
    create(settings) {
      const id = nextId++;
      const now = clock.now();
      const session: ShopSession = {
        id,
        createdAt: now,
        settings: { ...DEFAULTS, ...settings },
        updatedAt: now,
        state: 'need_scan',
        apiKey: random.fork('key', id, 0).hex(64),
        webhookSecret: undefined,
        qr: undefined,
        log: [],
      };
      sessions.set(id, session);
      ensureSecret(session);
      return session;
    },
    update(session, change) {
      session.settings = { ...session.settings, ...change };
      session.updatedAt = clock.now();
      ensureSecret(session);
      if (session.settings.webhook_enabled && session.settings.webhook_url !== null) parts.onSubscribed(session);
    },
    remove(session) {
      forgetPlans(session);
      sessions.delete(session.id);
    },
    connect(session) {
      if (session.state === 'connected' || session.state === 'connecting' || session.qr !== undefined) return;
      forgetPlans(session);
      setState(session, 'need_scan');
      showCode(session);
    },
    askQr(session) {
      if (session.qr !== undefined && parts.scansItself && !scanPlanned.has(session.id)) {
        scanPlanned.add(session.id);
        plan(session, SCAN_AFTER_MS, () => scan(session));
      }
      return session.qr;
    },
    scan,
    connectAtOnce(session) {
      forgetPlans(session);
      session.qr = undefined;
      setState(session, 'connected');
      parts.onConnected(session);
    },
    disconnect(session) {
      forgetPlans(session);
      session.qr = undefined;
      if (session.state !== 'disconnected') setState(session, 'disconnected');
    },
    restart(session) {
      if (session.state === 'connected') becomeConnected(session);
    },
    regenerateKey(session) {
      session.apiKey = random.fork('key', session.id, clock.now(), session.apiKey).hex(64);
      session.updatedAt = clock.now();
      return session.apiKey;
    },
    destination: (session) => ({
      url: session.settings.webhook_url ?? undefined,
      enabled: session.settings.webhook_enabled && sessions.has(session.id),
      events: session.settings.webhook_events,
      secret: session.webhookSecret,
    }),
  };

  function ensureSecret(session: ShopSession): void {
    if (session.settings.webhook_enabled) session.webhookSecret ??= random.fork('secret', session.id).hex(32);
  }
}
