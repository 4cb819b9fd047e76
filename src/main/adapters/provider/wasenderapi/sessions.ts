/** The calls about sessions; all but the state need the personal access token. */
import { readAddress } from '../../../core/domain/address.ts';
import { fail, ok, type Result } from '../../../core/domain/failure.ts';
import type { Millis } from '../../../core/domain/ids.ts';
import type { ProviderClient, ProviderSession, SessionState, SessionWithSecrets, WebhookRegistration } from '../../../core/ports/provider.ts';
import { fitsAHeader } from './fields.ts';
import type { HttpAnswer, Question, Requester } from './http.ts';
import { isRecord, type RawRecord, readBoolean, readId, readText } from './raw.ts';
import { readSessionState } from './status.ts';
import { readTime } from './times.ts';

/** One line of a session's own history: when it connected, dropped, asked for a scan. */
export type Activity = { readonly event: string; readonly state: SessionState; readonly at: Millis | undefined };

type PortCalls = Pick<
  ProviderClient,
  'listSessions' | 'createSession' | 'readSession' | 'connect' | 'qr' | 'disconnect' | 'sessionState' | 'setWebhook'
>;

export type SessionCalls = PortCalls & {
  /** Useful after an outage: says when the session dropped. Newest first, as the provider gives it. */
  activity(id: string, page: number): Promise<Result<{ readonly entries: readonly Activity[]; readonly more: boolean }>>;
  restart(id: string): Promise<Result<void>>;
  /** The old key stops working at once. */
  renewKey(id: string): Promise<Result<string>>;
  remove(id: string): Promise<Result<void>>;
  /** The linked WhatsApp user, asked with the session key. */
  user(): Promise<Result<{ readonly phone: string | undefined; readonly name: string | undefined }>>;
};

export function sessionCalls(requester: Requester, name: string): SessionCalls {
  const thing = 'this session';

  async function ask(question: Question): Promise<Result<HttpAnswer>> {
    const outcome = await requester.ask(question);
    return outcome.ok ? outcome : { ok: false, error: outcome.error };
  }

  /** A call about one session. */
  async function about(id: string, method: Question['method'], rest: string, body?: RawRecord): Promise<Result<RawRecord>> {
    const path = pathOf(id);
    if (path === undefined) return fail('bad_input', 'That is not the number of a session.', { detail: 'id' });
    const answer = await ask({ method, path: `${path}${rest}`, token: 'account', thing, ...(body === undefined ? {} : { body }) });
    return answer.ok ? ok(isRecord(answer.value.json.data) ? answer.value.json.data : answer.value.json) : answer;
  }

  async function readSession(id: string): Promise<Result<SessionWithSecrets>> {
    return understood(await about(id, 'GET', ''));
  }

  function understood(answer: Result<RawRecord>): Result<SessionWithSecrets> {
    if (!answer.ok) return answer;
    const session = sessionOf(answer.value);
    return session === undefined ? strange() : ok(session);
  }

  function strange(): Result<never> {
    return fail('provider_refused', `${name} answered something that Tickline does not understand. Try again; if it stays so, ${name} has changed.`);
  }

  async function done(answer: Promise<Result<unknown>>): Promise<Result<void>> {
    const result = await answer;
    return result.ok ? ok(undefined) : result;
  }

  return {
    readSession,
    async listSessions() {
      const answer = await ask({ method: 'GET', path: '/whatsapp-sessions', token: 'account', thing: 'your sessions' });
      if (!answer.ok) return answer;
      const rows = answer.value.json.data;
      if (!Array.isArray(rows)) return strange();
      return ok(rows.flatMap((row) => (isRecord(row) ? withoutSecrets(sessionOf(row)) : [])));
    },
    async createSession(input) {
      const answer = await ask({
        method: 'POST',
        path: '/whatsapp-sessions',
        token: 'account',
        thing,
        // Protection keeps the number safer; message logging would keep customers' texts at the provider, so it is left to the owner.
        body: { name: input.name, phone_number: input.phone, account_protection: true, log_messages: false },
      });
      return understood(answer.ok ? ok(isRecord(answer.value.json.data) ? answer.value.json.data : answer.value.json) : answer);
    },
    async connect(id) {
      const answer = await about(id, 'POST', '/connect');
      if (!answer.ok) return answer;
      const qr = qrIn(answer.value);
      return ok({ state: readSessionState(answer.value.status) ?? (qr === undefined ? 'unknown' : 'need_scan'), qr });
    },
    async qr(id) {
      const answer = await about(id, 'GET', '/qrcode');
      if (!answer.ok) return answer;
      const qr = qrIn(answer.value);
      return qr === undefined ? fail('conflict', 'There is no QR code yet. Press Connect first, then wait a moment.', { retry: true }) : ok(qr);
    },
    disconnect: (id) => done(about(id, 'POST', '/disconnect')),
    restart: (id) => done(about(id, 'POST', '/restart')),
    remove: (id) => done(about(id, 'DELETE', '')),
    async renewKey(id) {
      const answer = await about(id, 'POST', '/regenerate-key');
      if (!answer.ok) return answer;
      const key = readText(answer.value.api_key);
      return key === undefined ? strange() : ok(key);
    },
    async sessionState() {
      const answer = await ask({ method: 'GET', path: '/status', token: 'session', thing });
      if (!answer.ok) return answer;
      const { json } = answer.value;
      return ok(readSessionState(json.status) ?? readSessionState(isRecord(json.data) ? json.data.status : undefined) ?? 'unknown');
    },
    async user() {
      const answer = await ask({ method: 'GET', path: '/user', token: 'session', thing });
      if (!answer.ok) return answer;
      const user = isRecord(answer.value.json.data) ? answer.value.json.data : answer.value.json;
      const written = readText(user.id) ?? readText(user.phone_number) ?? readText(user.phone);
      return ok({ phone: written === undefined ? undefined : readAddress(written), name: readText(user.name) });
    },
    async setWebhook(id, registration) {
      const answer = await about(id, 'PUT', '', webhookBody(registration));
      // Clearing an address is not documented; switching reports off is.
      const cleared = !answer.ok && answer.error.code === 'provider_refused' && registration.url === undefined;
      const session = understood(cleared ? await about(id, 'PUT', '', { webhook_enabled: false }) : answer);
      // The secret comes into being when reports are first switched on, and not every answer carries it.
      return session.ok && session.value.secrets.webhookSecret !== undefined ? session : answer.ok || cleared ? readSession(id) : session;
    },
    async activity(id, page) {
      const path = pathOf(id);
      if (path === undefined) return fail('bad_input', 'That is not the number of a session.', { detail: 'id' });
      const outcome = await askLog(requester, path, 'session-logs', page);
      if (!outcome.ok) return { ok: false, error: outcome.error };
      const log = logIn(outcome.value.json);
      return log === undefined ? strange() : ok({ entries: log.rows.map(activityOf), more: log.more });
    },
  };
}

/** Ids go into a path: nothing but what the provider itself hands out. */
export function pathOf(id: string): string | undefined {
  return /^[A-Za-z0-9_-]{1,64}$/.test(id) ? `/whatsapp-sessions/${id}` : undefined;
}

const PER_PAGE = 50;

/** The documents write the paths of the two logs without the prefix that the vendor's own node uses. */
export async function askLog(requester: Requester, path: string, log: 'session-logs' | 'message-logs', page: number): ReturnType<Requester['ask']> {
  const rest = `/${log}?page=${page}&per_page=${PER_PAGE}`;
  const question = { method: 'GET', token: 'account', thing: 'the log of this session' } as const;
  const first = await requester.ask({ ...question, path: `${path}${rest}` });
  if (first.ok || first.status !== 404) return first;
  return requester.ask({ ...question, path: `${path.slice('/whatsapp-sessions'.length)}${rest}` });
}

/** A page as Laravel writes it: `data: {current_page, last_page, next_page_url, data: […]}`. */
export function logIn(
  json: RawRecord,
): { readonly rows: readonly RawRecord[]; readonly page: number | undefined; readonly more: boolean } | undefined {
  const paging = isRecord(json.data) ? json.data : json;
  if (!Array.isArray(paging.data)) return undefined;
  const page = typeof paging.current_page === 'number' ? paging.current_page : undefined;
  const later = typeof paging.last_page === 'number' && page !== undefined && page < paging.last_page;
  return { rows: paging.data.filter(isRecord), page, more: paging.data.length > 0 && (later || readText(paging.next_page_url) !== undefined) };
}

function activityOf(row: RawRecord): Activity {
  return { event: readText(row.event_type) ?? 'unknown', state: readSessionState(row.status) ?? 'unknown', at: readTime(row.occurred_at) };
}

function webhookBody({ url, enabled, events }: WebhookRegistration): RawRecord {
  return {
    webhook_url: url ?? null,
    webhook_enabled: enabled && url !== undefined,
    webhook_events: events,
  };
}

function sessionOf(raw: RawRecord): SessionWithSecrets | undefined {
  const id = readId(raw.id);
  if (id === undefined) return undefined;
  const written = typeof raw.phone_number === 'number' ? String(raw.phone_number) : readText(raw.phone_number);
  const phone = written === undefined ? undefined : readAddress(written);
  const apiKey = secretIn(raw.api_key);
  const webhookSecret = secretIn(raw.webhook_secret);
  const keepsLog = readBoolean(raw.log_messages);
  const readsIncoming = readBoolean(raw.read_incoming_messages);
  return {
    id,
    name: readText(raw.name) ?? `Session ${id}`,
    ...(phone === undefined ? {} : { phone }),
    state: readSessionState(raw.status) ?? 'unknown',
    webhook: {
      url: readText(raw.webhook_url),
      enabled: readBoolean(raw.webhook_enabled) ?? false,
      events: Array.isArray(raw.webhook_events) ? raw.webhook_events.filter((event) => typeof event === 'string') : [],
    },
    ...(keepsLog === undefined ? {} : { keepsLog }),
    ...(readsIncoming === undefined ? {} : { readsIncoming }),
    secrets: { ...(apiKey === undefined ? {} : { apiKey }), ...(webhookSecret === undefined ? {} : { webhookSecret }) },
  };
}

function secretIn(value: unknown): string | undefined {
  const text = readText(value)?.trim();
  return text === undefined || !fitsAHeader(text) ? undefined : text;
}

function withoutSecrets(session: SessionWithSecrets | undefined): readonly ProviderSession[] {
  if (session === undefined) return [];
  const { secrets: _, ...rest } = session;
  return [rest];
}

/** The raw text of a QR code; a picture of one cannot be drawn again. */
function qrIn(data: RawRecord): string | undefined {
  const text = readText(data.qrCode) ?? readText(data.qr) ?? readText(data.qr_code);
  return text === undefined || text.startsWith('data:') || text.length > 4096 ? undefined : text;
}
