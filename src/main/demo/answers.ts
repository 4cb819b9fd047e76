/** The shapes of the API's answers, as WASenderApi writes them. */
import type { Millis } from '../core/domain/ids.ts';
import { type LiveMessage, statusNumber } from './messages.ts';
import type { SessionLogRow, ShopSession } from './sessions.ts';

export type Answer = { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown };

export function good(data: unknown, status = 200): Answer {
  return { status, body: { success: true, data } };
}

export function refuse(status: number, message: string, errors?: Readonly<Record<string, readonly string[]>>): Answer {
  return { status, body: { success: false, message, ...(errors === undefined ? {} : { errors }) } };
}

/** Too many requests: the one error without `success`. `seconds` until it is worth asking again. */
export function tooMany(seconds: number, message = 'Too many requests.'): Answer {
  return { status: 429, headers: { 'Retry-After': String(seconds) }, body: { message, retry_after: seconds } };
}

/** With its credentials, as the details of one session show it. */
export function sessionWritten(session: ShopSession) {
  return {
    id: session.id,
    ...session.settings,
    status: session.state,
    api_key: session.apiKey,
    webhook_secret: session.webhookSecret ?? null,
    created_at: isoSeconds(session.createdAt),
    updated_at: isoSeconds(session.updatedAt),
  };
}

/** Without its credentials, as the list shows it. */
export function sessionListed(session: ShopSession) {
  const { api_key: _key, webhook_secret: _secret, ...shown } = sessionWritten(session);
  return shown;
}

export function messageInfo(message: LiveMessage) {
  const key = message.waId === undefined ? null : { id: message.waId, fromMe: true, remoteJid: message.chat };
  return {
    remoteJid: message.chat,
    id: message.waId ?? null,
    msgId: message.msgId,
    key,
    message: message.voice ? { audioMessage: { ptt: true } } : { extendedTextMessage: { text: message.text } },
    // The time of sending, whatever the status says.
    messageTimestamp: String(Math.floor((message.steps.sent ?? message.createdAt) / 1000)),
    status: statusNumber(message),
  };
}

export type LogStatus = 'sent' | 'failed' | 'in_progress';

export function logStatus(message: LiveMessage): LogStatus {
  const status = statusNumber(message);
  return status === 0 ? 'failed' : status === 1 ? 'in_progress' : 'sent';
}

/** Every id is text here; times are UTC without saying so. With `hidden` the log keeps neither number nor words. */
export function messageLogRow(message: LiveMessage, hidden: boolean) {
  return {
    id: String(message.msgId),
    whatsapp_session_id: String(message.session),
    to: hidden ? null : message.to,
    content: hidden ? null : message.text,
    status: logStatus(message),
    failed_reason: message.failure ?? null,
    created_at: plainTime(message.createdAt),
    updated_at: plainTime(message.steps.failed ?? message.steps.sent ?? message.createdAt),
  };
}

export function sessionLogRow(row: SessionLogRow, session: ShopSession) {
  return {
    id: row.id,
    whatsapp_session_id: session.id,
    event_type: row.event_type,
    status: row.status,
    occurred_at: new Date(row.at).toISOString().replace('Z', '000Z'),
  };
}

/** Laravel's paginator over `rows`, which come newest first. */
export function paginated<T>(rows: readonly T[], query: URLSearchParams, path: string) {
  const perPage = clamp(Number(query.get('per_page') ?? 15), 1, 100);
  const lastPage = Math.max(1, Math.ceil(rows.length / perPage));
  const page = clamp(Number(query.get('page') ?? 1), 1, Number.MAX_SAFE_INTEGER);
  const from = (page - 1) * perPage;
  const data = rows.slice(from, from + perPage);
  const link = (to: number) => `${path}?page=${to}`;
  return {
    current_page: page,
    data,
    first_page_url: link(1),
    from: data.length === 0 ? null : from + 1,
    last_page: lastPage,
    last_page_url: link(lastPage),
    next_page_url: page < lastPage ? link(page + 1) : null,
    path,
    per_page: perPage,
    prev_page_url: page > 1 ? link(page - 1) : null,
    to: data.length === 0 ? null : from + data.length,
    total: rows.length,
  };
}

function clamp(value: number, low: number, high: number): number {
  return Number.isInteger(value) ? Math.min(high, Math.max(low, value)) : low;
}

function isoSeconds(at: Millis): string {
  return new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

function plainTime(at: Millis): string {
  return isoSeconds(at).replace('T', ' ').replace('Z', '');
}
