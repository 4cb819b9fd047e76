/**
 * Tolerant readers for payloads whose documents, SDKs and help pages disagree. Each takes whatever JSON
 * holds and gives a plain value or `undefined`; none throws.
 */
export type RawRecord = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is RawRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The pieces of something that is written as one object here and as a list of such objects there. */
export function pieces(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return value === undefined || value === null ? [] : [value];
}

/** No control characters and no halves of characters: those would not come back from the store as they went in. */
const ID = /^[^\p{Cc}\p{Cs}]{1,200}$/u;

/** An id as text: up to 200 characters, or a whole number that JSON kept exactly. */
export function readId(value: unknown): string | undefined {
  if (typeof value === 'string') return ID.test(value) ? value : undefined;
  if (typeof value === 'number') return Number.isSafeInteger(value) && value > 0 ? String(value) : undefined;
  return undefined;
}

/** A string with something in it. */
export function readText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

const UNPRINTABLE = /[\p{Cc}\p{Cs}]+/gu;
const REASON_LENGTH = 300;

/**
 * A reason in the provider's words, on one line and not endless; also out of `{message: …}`. `clean` sees
 * the whole text first: of a secret cut in two, the half that is left could no longer be recognised.
 */
export function readReason(value: unknown, clean: (text: string) => string = (text) => text): string | undefined {
  const text = isRecord(value) ? readText(value.message) : typeof value === 'number' ? String(value) : readText(value);
  const line = (text === undefined ? undefined : clean(text))?.slice(0, REASON_LENGTH).replace(UNPRINTABLE, ' ').trim();
  return line === '' ? undefined : line;
}

/** `true` and `false`, also as words or as 1 and 0. */
export function readBoolean(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (value === 1 || value === 'true' || value === '1') return true;
  if (value === 0 || value === 'false' || value === '0') return false;
  return undefined;
}

const PLAIN_WORD = /^(?:[a-z]+(?:[-._ ][a-z]+)*|\d{1,3})$/i;

/** A foreign word fit to be repeated in a reason: letters only, so that neither a key nor a number can slip out. */
export function quote(value: unknown): string {
  if (typeof value === 'number') return Number.isInteger(value) && Math.abs(value) < 1000 ? String(value) : 'a number';
  if (typeof value !== 'string') return value === null ? 'null' : `a ${typeof value}`;
  return value.length <= 40 && PLAIN_WORD.test(value) ? `“${value}”` : 'a text that is no plain word';
}
