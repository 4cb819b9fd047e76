/**
 * The text behind a body that hides it: compressed, or in UTF-16. What cannot be read cannot be masked, and
 * a key must not reach the disk because somebody's proxy compressed it.
 */
import { hash } from 'node:crypto';
import { brotliDecompressSync, constants, gunzipSync, inflateRawSync, inflateSync, type ZlibOptions } from 'node:zlib';
import { UNREADABLE } from '../domain/mask.ts';

/** As much as an uncompressed body may have; a bomb is not unpacked further. */
const LONGEST = 256 * 1024;
/** A body that was cut off gives what stands before the cut. */
const OPTIONS: ZlibOptions = { maxOutputLength: LONGEST, finishFlush: constants.Z_SYNC_FLUSH };

/**
 * `body` as UTF-8 without compression; the very same buffer where it is that already, as nearly every one is.
 * Of one that cannot be unpacked within 256 KB only its length and SHA-256 remain.
 */
export function readable(body: Buffer, contentEncoding: string | undefined): Buffer {
  const encoding = encodingOf(body, contentEncoding);
  if (encoding === undefined) return fromUtf16(body) ?? body;
  const plain = unpack(body, encoding);
  if (plain === undefined) return Buffer.from(`${UNREADABLE}: ${body.length} bytes, sha256 ${hash('sha256', body, 'hex')}`);
  return fromUtf16(plain) ?? plain;
}

type Encoding = 'gzip' | 'deflate' | 'br' | 'unknown';

function encodingOf(body: Buffer, contentEncoding: string | undefined): Encoding | undefined {
  const [first, second] = body;
  if (first === 0x1f && second === 0x8b) return 'gzip';
  // the check value makes the head of a zlib stream a multiple of 31, and no JSON begins with "x"
  if (first === 0x78 && second !== undefined && (0x7800 + second) % 31 === 0) return 'deflate';
  const named = contentEncoding?.trim().toLowerCase() ?? '';
  if (named === 'br' && unpack(body, 'br') !== undefined) return 'br';
  if (named === '' || named === 'identity' || looksLikeText(first)) return undefined;
  return named === 'br' || named === 'deflate' ? named : 'unknown';
}

/** What JSON, a page or a form begins with; proxies are known to name an encoding and not to use it. */
function looksLikeText(first: number | undefined): boolean {
  return first === undefined || first === 0x7b || first === 0x5b || first === 0x3c || first === 0x20 || (first >= 0x09 && first <= 0x0d);
}

function unpack(body: Buffer, encoding: Encoding): Buffer | undefined {
  if (encoding === 'unknown') return undefined;
  try {
    if (encoding === 'gzip') return gunzipSync(body, OPTIONS);
    if (encoding === 'br') return brotliDecompressSync(body, { maxOutputLength: LONGEST });
  } catch {
    return undefined;
  }
  // some senders leave the head of the stream away
  for (const inflate of [inflateSync, inflateRawSync]) {
    try {
      return inflate(body, OPTIONS);
    } catch {
      // the other way, or none
    }
  }
  return undefined;
}

/** Every second byte of JSON in UTF-16 is zero; a mark at the beginning is usual and not required. */
function fromUtf16(body: Buffer): Buffer | undefined {
  const [first, second] = body;
  if (first === undefined || second === undefined) return undefined;
  const littleEndian = (first === 0xff && second === 0xfe) || (first !== 0 && second === 0);
  const bigEndian = (first === 0xfe && second === 0xff) || (first === 0 && second !== 0);
  if (!littleEndian && !bigEndian) return undefined;
  const even = body.subarray(0, body.length - (body.length % 2));
  const bytes = littleEndian ? even : Buffer.from(even).swap16();
  return Buffer.from(bytes.toString('utf16le').replace(/^\ufeff/, ''), 'utf8');
}
