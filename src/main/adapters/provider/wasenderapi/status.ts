/** What WASenderApi's words and numbers mean in ours. The numbers are those of WhatsApp Web. */
import type { Status } from '../../../core/domain/status.ts';
import type { SessionState } from '../../../core/ports/provider.ts';

const STATUSES: ReadonlyMap<string, Status> = new Map([
  ['0', 'failed'],
  ['error', 'failed'],
  ['failed', 'failed'],
  ['1', 'queued'],
  ['pending', 'queued'],
  ['in_progress', 'queued'],
  ['2', 'sent'],
  ['server_ack', 'sent'],
  ['sent', 'sent'],
  ['3', 'delivered'],
  ['delivery_ack', 'delivered'],
  ['delivered', 'delivered'],
  ['4', 'read'],
  ['read', 'read'],
  ['5', 'played'],
  ['played', 'played'],
]);

/** Our status for a number or a word in any case; `undefined` for everything that is not in the table. */
export function readStatus(raw: unknown): Status | undefined {
  if (typeof raw === 'number') return STATUSES.get(String(raw));
  return typeof raw === 'string' ? STATUSES.get(raw.trim().toLowerCase()) : undefined;
}

const SESSION_STATES: ReadonlyMap<string, SessionState> = new Map([
  ['connecting', 'connecting'],
  ['connected', 'connected'],
  ['disconnected', 'disconnected'],
  ['need_scan', 'need_scan'],
  ['logged_out', 'logged_out'],
  ['expired', 'expired'],
  ['error', 'error'],
]);

/** The state of a session, in any case (the vendor itself writes `need_scan` and `NEED_SCAN`). */
export function readSessionState(raw: unknown): SessionState | undefined {
  return typeof raw === 'string' ? SESSION_STATES.get(raw.trim().toLowerCase()) : undefined;
}
