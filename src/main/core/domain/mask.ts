/**
 * What must never be stored, logged or shown: credentials always, message text unless the owner stores
 * it, and phone numbers wherever a view or a log line does not need them.
 */
import { type Place, readEscapes, rewriteJson } from './jsonScan.ts';

export type MaskingRules = {
  /** Keys whose string value is a credential wherever it stands (compared without case, `_` and `-`). */
  readonly credentialKeys: readonly string[];
  /** Keys whose whole value is message text (masked unless the owner stores text). */
  readonly textKeys: readonly string[];
  /** Objects under these keys hold message content: every string in them is text … */
  readonly contentKeys: readonly string[];
  /** … except the values of these keys, which say which message and who. */
  readonly structuralKeys: readonly string[];
};

/** Stands where something was taken out. ASCII, so that it survives every encoding. */
export const MASKED = '[masked]';
/** How the text begins that is kept instead of a body which could not be opened, and so not masked. */
export const UNREADABLE = 'compressed body that could not be opened';

const CREDENTIAL = 1;
const TEXT = 2;
const CONTENT = 4;
const STRUCTURAL = 8;

export type BodyMasker = (body: Buffer, knownSecrets: readonly string[]) => Buffer;

/**
 * A function that masks one provider's bodies before they are stored. Works on broken JSON too, keeps
 * every other byte as it came (the text is read as Latin-1, one character a byte), and takes out any
 * known secret wherever it stands, also outside JSON.
 */
export function createBodyMasker(rules: MaskingRules, storeText: () => boolean): BodyMasker {
  const marksByKey = new Map<string, number>();
  const add = (keys: readonly string[], mark: number) => {
    for (const key of keys) marksByKey.set(plainKey(key), (marksByKey.get(plainKey(key)) ?? 0) | mark);
  };
  add(rules.credentialKeys, CREDENTIAL);
  add(rules.textKeys, TEXT);
  add(rules.contentKeys, CONTENT);
  add(rules.structuralKeys, STRUCTURAL);
  const remembered = new Map<string, number>();
  const ownMarks = (key: string) => {
    const known = remembered.get(key);
    if (known !== undefined) return known;
    const marks = marksByKey.get(plainKey(key)) ?? 0;
    if (remembered.size < 1000) remembered.set(key, marks);
    return marks;
  };
  return (body, knownSecrets) => {
    const keepText = storeText();
    const text = body.toString('latin1');
    const scanned = rewriteJson(text, {
      // Content and credential marks go down to everything below, and so does text that is an object; structural marks hold for the value itself.
      marksFor: (key, inherited) => (inherited & (CREDENTIAL | CONTENT)) | (inherited & TEXT ? CONTENT : 0) | ownMarks(key),
      onString: (inside, place, isKey) => {
        if (!isKey && place.marks & CREDENTIAL) return MASKED;
        if (!isKey && !keepText && !(place.marks & STRUCTURAL) && place.marks & (TEXT | CONTENT)) return MASKED;
        // Written with escapes, a secret is not found by its letters.
        return inside.includes('\\') && holdsSecret(readEscapes(inside), knownSecrets) ? MASKED : undefined;
      },
      onBare: (bare, place) => {
        if (place.marks === 0 || WORDS.has(bare)) return undefined;
        const isText = !keepText && place.marks & TEXT && !(place.marks & STRUCTURAL);
        return place.marks & CREDENTIAL || isText ? `"${MASKED}"` : undefined;
      },
    });
    const clean = maskSecrets(scanned, knownSecrets);
    return clean === text ? body : Buffer.from(clean, 'latin1');
  };
}

/** The words of JSON that give nothing away. */
const WORDS = new Set(['null', 'true', 'false']);

/** Session keys of the kind that gateways print: 64 hex digits in a row. */
const LONG_HEX = /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/gi;

/** `text` without the known secrets and without anything that looks like a session key. */
export function maskSecrets(text: string, knownSecrets: readonly string[]): string {
  let clean = text;
  for (const secret of knownSecrets) if (secret.length >= 4 && clean.includes(secret)) clean = clean.replaceAll(secret, MASKED);
  return text.length >= 64 ? clean.replace(LONG_HEX, MASKED) : clean;
}

function holdsSecret(text: string, knownSecrets: readonly string[]): boolean {
  return maskSecrets(text, knownSecrets) !== text;
}

function plainKey(key: string): string {
  return key.toLowerCase().replace(/[_\-\s]/g, '');
}

/** What people write between the digits of a number: spaces, brackets, dots, dashes of every kind, and marks that cannot be seen. */
export const BETWEEN_DIGITS = String.raw`[\s().\-\u00ad\u2010-\u2015\u2212\u200b-\u200f\u2060\u202a-\u202e]`;
/** Seven to eighteen digits, perhaps with a few of those between them, and no letter or digit touching them. */
const NUMBER_LIKE = new RegExp(String.raw`(?<![\p{L}\p{N}])\+?\(?\p{Nd}(?:${BETWEEN_DIGITS}{0,3}\p{Nd}){6,17}(?![\p{L}\p{N}])`, 'gu');
const DATE_AHEAD = /^\d{4}-\d{2}-\d{2}(?!\d)/;

/** `text` with every phone number reduced to its last three digits: "+44 7700 900 219" becomes "···219". Dates stay. */
export function maskNumbers(text: string): string {
  return text.replace(NUMBER_LIKE, maskRun);
}

function maskRun(run: string): string {
  const date = DATE_AHEAD.exec(run)?.[0];
  // What follows a date may be the hour, or a number.
  if (date !== undefined) return date + maskNumbers(run.slice(date.length));
  return `···${run.replace(/\P{Nd}/gu, '').slice(-3)}`;
}

/** Keys under which the provider writes times, and its own number of a message. */
const TIME_KEYS = new Set(['timestamp', 'messagetimestamp', 'receipttimestamp', 'readtimestamp', 'playedtimestamp', 't']);
const ID_KEYS = new Set(['msgid']);
/** Seconds or milliseconds of the years 2014 to 2033; no telephone number with its country looks like that. */
export const TIME_LIKE = /^(?:1[4-9]\d{8}|1[4-9]\d{11})$/;

function isPlainNumber(text: string, place: Place): boolean {
  const key = plainKey(place.key);
  return ID_KEYS.has(key) || (TIME_KEYS.has(key) && TIME_LIKE.test(text));
}

/**
 * A stored body as it may be shown: phone numbers masked in strings, keys and bare numbers, so that it is
 * JSON still if it was. Other bodies are masked as plain text. (Credentials and text were masked before
 * it was stored.)
 */
export function maskForView(body: string): string {
  const shown = rewriteJson(body, {
    marksFor: () => 0,
    onString: (inside, place, isKey) => {
      if (!isKey && isPlainNumber(inside, place)) return undefined;
      const plain = readEscapes(inside);
      const masked = maskNumbers(plain);
      return masked === plain ? undefined : JSON.stringify(masked).slice(1, -1);
    },
    onBare: (text, place) => {
      if (text.length < 7 || isPlainNumber(text, place)) return undefined;
      // 1.5550002222e10 is a telephone number too.
      if (/^-?\d[\d.]*e\+?\d+$/i.test(text)) return `"${MASKED}"`;
      const masked = maskNumbers(text);
      return masked === text ? undefined : JSON.stringify(masked);
    },
  });
  return isJson(body) ? shown : maskNumbers(shown);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
