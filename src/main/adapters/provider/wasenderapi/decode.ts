/** The JSON in a body, or a plain reason why there is none. No reason ever repeats a piece of the body. */

import { UNREADABLE } from '../../../core/domain/mask.ts';

export type Decoded = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly reason: string };

const BYTE_ORDER_MARK = 0xfeff;
/** Deeper than any payload; only used to explain what could not be read. */
const DEEP = 200;

export function decodeJson(body: Uint8Array): Decoded {
  if (body.length === 0) return { ok: false, reason: 'empty body' };
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const written = bytes.toString('utf8');
  const text = written.charCodeAt(0) === BYTE_ORDER_MARK ? written.slice(1) : written;
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    return { ok: false, reason: explain(bytes, text, error) };
  }
}

/** Whether brackets stand more than 200 deep in `body` (those inside strings do not count). */
export function isNestedTooDeeply(body: Uint8Array): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < body.length; i++) {
    const byte = body[i];
    if (inString) {
      if (byte === 0x5c) i++;
      else if (byte === 0x22) inString = false;
    } else if (byte === 0x22) inString = true;
    else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > DEEP) return true;
    } else if (byte === 0x5d || byte === 0x7d) depth--;
  }
  return false;
}

function explain(bytes: Uint8Array, text: string, error: unknown): string {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return 'compressed body';
  // The two-byte head of a zlib stream: its check value makes it a multiple of 31, and no JSON begins with "x".
  if (bytes[0] === 0x78 && bytes.length > 1 && (0x7800 + (bytes[1] ?? 0)) % 31 === 0) return 'compressed body';
  if (text.startsWith(UNREADABLE)) return UNREADABLE;
  if (text.trim() === '') return 'empty body';
  if (isNestedTooDeeply(bytes)) return 'nested too deeply';
  if (text.trimStart().startsWith('<')) return 'not JSON: it is a web page or XML';
  if (text.includes('\0')) return 'not JSON: it holds zero bytes';
  const words = error instanceof Error ? error.message : '';
  if (/end of JSON input|Unterminated|Expected .* after/.test(words) && endsEarly(words, text.length))
    return 'not JSON: it was cut off before its end';
  const position = /position (\d{1,10})/.exec(words)?.[1];
  return position === undefined ? 'not JSON: it does not begin like JSON' : `not JSON: it breaks at character ${position}`;
}

function endsEarly(words: string, length: number): boolean {
  const position = /position (\d{1,10})/.exec(words)?.[1];
  return position === undefined || Number(position) >= length;
}
