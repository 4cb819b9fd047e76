/** Keyset cursors as opaque text: where the last page ended, never how many rows to skip. */
import { raise } from '../domain/failure.ts';
import type { MessageCursor } from '../ports/store.ts';

export function writeMessageCursor(cursor: MessageCursor): string {
  return `${cursor.firstAt}_${cursor.row}`;
}

export function readMessageCursor(text: string): MessageCursor {
  const match = /^(\d{1,16})_(\d{1,15})$/.exec(text);
  if (match === null) raise('bad_input', 'This page can no longer be found. Start again from the top.', { detail: 'input.cursor' });
  return { firstAt: Number(match[1]), row: Number(match[2]) };
}

export function readInboxCursor(text: string): number {
  if (!/^\d{1,15}$/.test(text)) raise('bad_input', 'This page can no longer be found. Start again from the top.', { detail: 'input.cursor' });
  return Number(text);
}
