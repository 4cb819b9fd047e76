/**
 * Finds one person's addresses in whatever was kept, in every way of writing them that we know, and puts a
 * mark in their place. Text stays text, JSON stays JSON, and everything else stays as it was.
 */
import { isUtf8 } from 'node:buffer';
import { readEscapes, rewriteJson } from '../domain/jsonScan.ts';
import { spellings } from '../domain/spellings.ts';
import type { Cut } from '../ports/privacy.ts';
import { NAME_KEYS } from '../read/redact.ts';
import { inUtf16, NEIGHBOURS, needlesOf, placesOf } from './needles.ts';

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
  /**
   * Whether any of it stands in a piece of a file of any kind: as text, UTF-16 or base64, with no digit touching it,
   * which would make it a part of another number. Where the piece was cut off, what it is touched by is not known,
   * and it does not count: it stands whole in the piece before or after.
   */
  inFile(piece: Buffer, cut?: Cut): boolean;
  /** The same whatever touches it: what lies beside it in a database's page may look like a digit and be none. */
  perhapsInFile(piece: Buffer): boolean;
};

/** More between two pieces of a file read one after the other than any spelling is long. */
export const LONGEST_SPELLING = 256;

const WHOLE: Cut = { before: false, after: false };
const BASE64 = /^[A-Za-z0-9+/_-]{12,}={0,2}$/;

/** `mark` is what is left in place of an address, see `erasedMark`. Expects addresses of at least seven digits. */
export function createEraser(person: Person, mark: string): Eraser {
  const digits = person.addresses.map((address) => address.replace(/\D/g, ''));
  const source = person.addresses.flatMap(spellings).join('|');
  const all = new RegExp(source, 'gu');
  const any = new RegExp(source, 'u');
  const names = new Set(person.names);
  const needles = digits.flatMap(needlesOf);
  const utf16 = digits.flatMap(inUtf16);
  const stands = (bytes: Buffer) => any.test(bytes.toString('latin1')) || utf16.some((needle) => !placesOf(needle, bytes).next().done);

  const holds = (text: string) => text.length >= 7 && any.test(text);
  const hidden = (text: string) => {
    if (!BASE64.test(text) || text.length > 1_000_000) return false;
    return stands(Buffer.from(text, 'base64'));
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

  function inFile(piece: Buffer, cut: Cut = WHOLE): boolean {
    const known = (from: number, to: number, margin: number) => (!cut.before || from >= margin) && (!cut.after || to <= piece.length - margin);
    for (const needle of needles) for (const at of placesOf(needle, piece)) if (known(at, at + needle.bytes.length, NEIGHBOURS)) return true;
    for (const { index, 0: text } of piece.toString('latin1').matchAll(all)) if (known(index, index + text.length, 1)) return true;
    return false;
  }

  /** UTF-8 where it is; otherwise each byte for itself, so that what is no text stays as it came. */
  const encodingOf = (bytes: Buffer) => (isUtf8(bytes) ? 'utf8' : 'latin1');

  /** What is written in UTF-16, or within base64 inside other text, is overwritten where it stands. */
  function overwrite(bytes: Buffer): Buffer {
    let clean = bytes;
    for (const needle of needles)
      for (const at of [...placesOf(needle, clean)]) {
        if (clean === bytes) clean = Buffer.from(bytes);
        clean.fill(needle.blank, at, at + needle.bytes.length);
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
    perhapsInFile: (piece) => digits.some((one) => piece.includes(one)) || needles.some((needle) => piece.includes(needle.bytes)) || inFile(piece),
  };
}

/** 4.47700900219e11 is a telephone number too. */
function isNumberOf(bare: string, digits: readonly string[]): boolean {
  return /^\d[\d.]*e\+?\d+$/i.test(bare) && digits.includes(String(Number(bare)));
}
