/** Whether a changed row belongs to what is being looked at. The store decides for pages; this decides for news. */
import type { MessageFilter } from '../../../shared/contract/requests.ts';
import type { MessageRow, Status } from '../../../shared/contract/views.ts';

export function matches(row: MessageRow, filter: MessageFilter): boolean {
  if (filter.account !== undefined && row.account !== filter.account) return false;
  if (filter.kind !== undefined && row.kind !== filter.kind) return false;
  if (filter.tag !== undefined && !row.tags.includes(filter.tag)) return false;
  if (filter.from !== undefined && row.firstAt < filter.from) return false;
  if (filter.to !== undefined && row.firstAt > filter.to) return false;
  return statusMatches(row.status, filter.status) && textMatches(row, filter.text);
}

function statusMatches(status: Status | null, wanted: MessageFilter['status']): boolean {
  if (wanted === undefined) return true;
  if (wanted === 'unknown') return status === null;
  if (wanted === 'open') return status === 'queued' || status === 'sent';
  return typeof wanted === 'string' ? status === wanted : status !== null && wanted.includes(status);
}

function textMatches(row: MessageRow, text: string | undefined): boolean {
  if (!text) return true;
  const needle = text.toLowerCase();
  const digits = text.replace(/\D/g, '');
  const fields = [row.name, row.recipient, row.text, row.messageId, row.providerMessageId, ...row.tags];
  return fields.some((field) => field?.toLowerCase().includes(needle)) || (digits.length >= 3 && Boolean(row.recipient?.includes(digits)));
}

/** Whether anything at all is narrowed down. */
export function isNarrowed(filter: MessageFilter): boolean {
  return Object.values(filter).some((value) => value !== undefined && value !== '');
}
