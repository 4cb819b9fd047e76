/**
 * Finds one person's addresses in whatever was kept, in every way of writing them that we know, and puts a
 * mark in their place. Text stays text, JSON stays JSON, and everything else stays as it was.
 */
import { isUtf8 } from 'node:buffer';
import { readEscapes, rewriteJson } from '../domain/jsonScan.ts';
import { spellings } from '../domain/spellings.ts';
import { NAME_KEYS } from '../read/redact.ts';

export type Person = {
  /** Phone numbers (`+` and digits) and hidden addresses (`…@lid`). */
  readonly addresses: readonly string[];
  /** What the person was called; taken out only where a name stands beside other things about the person. */
  readonly names: readonly string[];
};

export type Eraser = {
  holds(text: string): boolean;
  /** The text with `mark` in place of every address. JSON is read as JSON, so that no escape hides one. */
  scrub(text: string): string;
  holdsBytes(bytes: Buffer): boolean;
  /** The very same bytes when there is nothing in them. With `names`, the person's names under name keys go too. */
  scrubBytes(bytes: Buffer, names?: boolean): Buffer;
  /** Whether any of it stands in a piece of a file of any kind: as text, UTF-16 or base64, and whatever touches it. */
  inFile(piece: Buffer): boolean;
};

/** More between two pieces of a file read one after the other than any spelling is long. */
export const LONGEST_SPELLING = 256;

const BASE64 = /^[A-Za-z0-9+/_-]{12,}={0,2}$/;

/** `mark` is what is left in place of an address, see `erasedMark`. Expects addresses of at least seven digits. */
export function createEraser(person: Person, mark: string): Eraser {
  const digits = person.addresses.map((address) => address.replace(/\D/g, ''));
  const source = person.addresses.flatMap(spellings).join('|');
  const all = new RegExp(source, 'gu');
  const any = new RegExp(source, 'u');
  const names = new Set(person.names);
  const needles = [...digits.map((one) => Buffer.from(one)), ...digits.flatMap(asBytes)];

  const holds = (text: string) => text.length >= 7 && any.test(text);
  const hidden = (text: string) => {
    if (!BASE64.test(text) || text.length > 1_000_000) return false;
    const bytes = Buffer.from(text, 'base64');
    return digits.some((one) => bytes.includes(one) || bytes.includes(Buffer.from(one, 'utf16le')));
  };

  function scrubString(inside: string, key: string, isKey: boolean, withNames: boolean): string | undefined {
    const plain = readEscapes(inside);
    if (hidden(plain)) return mark;
    if (holds(plain)) return JSON.stringify(plain.replace(all, mark)).slice(1, -1);
    if (withNames && !isKey && names.has(plain) && NAME_KEYS.has(key.toLowerCase().replace(/[_-]/g, ''))) return '';
    return undefined;
  }

  function scrub(text: string, withNames = false): string {
    const first = text.trimStart().charAt(0);
    const read =
      first === '{' || first === '['
        ? rewriteJson(text, {
            marksFor: () => 0,
            onString: (inside, place, isKey) => scrubString(inside, place.key, isKey, withNames),
            onBare: (bare) => (holds(bare) || isNumberOf(bare, digits) ? `"${mark}"` : undefined),
          })
        : hidden(text)
          ? mark
          : text;
    // What is not whole JSON may hide one where no string was found.
    return holds(read) ? read.replace(all, mark) : read;
  }

  const inFile = (piece: Buffer) => needles.some((needle) => piece.includes(needle)) || any.test(piece.toString('latin1'));

  /** UTF-8 where it is; otherwise each byte for itself, so that what is no text stays as it came. */
  const encodingOf = (bytes: Buffer) => (isUtf8(bytes) ? 'utf8' : 'latin1');

  /** What is written in UTF-16, or within base64 inside other text, is overwritten where it stands. */
  function overwrite(bytes: Buffer): Buffer {
    let clean = bytes;
    for (const needle of needles.slice(digits.length))
      for (let at = clean.indexOf(needle); at !== -1; at = clean.indexOf(needle)) {
        if (clean === bytes) clean = Buffer.from(bytes);
        clean.fill(needle.includes(0) ? (needle[0] === 0 ? '\0*' : '*\0') : '*', at, at + needle.length);
      }
    return clean;
  }

  return {
    holds: (text) => scrub(text) !== text,
    scrub: (text) => scrub(text),
    holdsBytes(bytes) {
      if (inFile(bytes)) return true;
      const text = bytes.toString(encodingOf(bytes));
      // What is written without escapes or exponents was found by its letters.
      return any.test(text) || (/\\u|\de\+?\d/i.test(text) && scrub(text) !== text);
    },
    scrubBytes(bytes, withNames = false) {
      const encoding = encodingOf(bytes);
      const text = bytes.toString(encoding);
      const clean = scrub(text, withNames);
      return overwrite(clean === text ? bytes : Buffer.from(clean, encoding));
    },
    inFile,
  };
}

/** 4.47700900219e11 is a telephone number too. */
function isNumberOf(bare: string, digits: readonly string[]): boolean {
  return /^\d[\d.]*e\+?\d+$/i.test(bare) && digits.includes(String(Number(bare)));
}

/** The digits as other bytes: UTF-16 both ways round, and within base64 at each of its three offsets. */
function asBytes(digits: string): readonly Buffer[] {
  const utf16 = Buffer.from(digits, 'utf16le');
  const inBase64 = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), Buffer.from(digits)]).toString('base64');
    // The first and last letters also hold bits of what stands beside the number.
    return Buffer.from(text.slice(offset === 0 ? 0 : offset + 1, Math.floor(((offset + digits.length) * 8) / 6)));
  });
  return [utf16, Buffer.from(utf16).swap16(), ...inBase64];
}
