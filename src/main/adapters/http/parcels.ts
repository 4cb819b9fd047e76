/**
 * Entries on their way between two threads. One block of bytes for a whole parcel: handing over many small
 * buffers would cost more than reading the requests did.
 */
import type { AccountId } from '../../core/domain/ids.ts';
import type { NewEntry } from '../../core/ports/store.ts';

export type Parcel = {
  readonly number: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly sizes: readonly number[];
  readonly accounts: readonly string[];
  readonly headers: readonly string[];
  readonly events: readonly (string | null)[];
  readonly receivedAt: readonly number[];
};

export type ToEngine =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'failed'; readonly words: string; readonly code: string | undefined }
  | { readonly kind: 'parcel'; readonly parcel: Parcel }
  | { readonly kind: 'nonce'; readonly id: number; readonly nonce: string }
  | { readonly kind: 'rejected'; readonly count: number }
  | { readonly kind: 'closed' };

/** Packs webhooks; every entry of the listener is one. */
export function pack(number: number, entries: readonly NewEntry[]): Parcel {
  const bytes = new Uint8Array(entries.reduce((sum, entry) => sum + entry.body.length, 0));
  let offset = 0;
  for (const entry of entries) {
    bytes.set(entry.body, offset);
    offset += entry.body.length;
  }
  return {
    number,
    bytes,
    sizes: entries.map((entry) => entry.body.length),
    accounts: entries.map((entry) => entry.account),
    headers: entries.map((entry) => entry.headers),
    events: entries.map((entry) => entry.event),
    receivedAt: entries.map((entry) => entry.receivedAt),
  };
}

export function unpack(parcel: Parcel): readonly NewEntry[] {
  const bytes = Buffer.from(parcel.bytes.buffer, parcel.bytes.byteOffset, parcel.bytes.byteLength);
  let offset = 0;
  return parcel.sizes.map((size, i) => {
    const body = bytes.subarray(offset, offset + size);
    offset += size;
    return {
      account: parcel.accounts[i] as AccountId,
      source: 'webhook',
      shape: 'webhook',
      receivedAt: parcel.receivedAt[i] ?? 0,
      body,
      headers: parcel.headers[i] ?? '{}',
      event: parcel.events[i] ?? null,
    };
  });
}
