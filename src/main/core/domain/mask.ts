/**
 * What must never be stored, logged or shown: credentials always, message text unless the owner stores
 * it, and phone numbers wherever a view or a log line does not need them.
 */
import { rewriteJson, unescape } from './jsonScan.ts';

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
      // Content and credential marks go down to everything below; structural and text marks hold for the value itself.
      marksFor: (key, inherited) => (inherited & (CREDENTIAL | CONTENT)) | ownMarks(key),
      onString: (inside, place, isKey) => {
        if (isKey) return undefined;
        if (place.marks & CREDENTIAL) return MASKED;
        if (!keepText && !(place.marks & STRUCTURAL) && place.marks & (TEXT | CONTENT)) return MASKED;
        if (inside.includes('\\') && knownSecrets.some((secret) => unescape(inside).includes(secret))) return MASKED;
        return undefined;
      },
    });
    const clean = maskSecrets(scanned, knownSecrets);
    return clean === text ? body : Buffer.from(clean, 'latin1');
  };
}

/** Session keys of the kind that gateways print: 64 hex digits in a row. */
const LONG_HEX = /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/gi;

/** `text` without the known secrets and without anything that looks like a session key. */
export function maskSecrets(text: string, knownSecrets: readonly string[]): string {
  let clean = text;
  for (const secret of knownSecrets) if (secret.length >= 4 && clean.includes(secret)) clean = clean.replaceAll(secret, MASKED);
  return text.length >= 64 ? clean.replace(LONG_HEX, MASKED) : clean;
}

function plainKey(key: string): string {
  return key.toLowerCase().replace(/[_\-\s]/g, '');
}

/** Seven to eighteen digits, perhaps with the separators that people write between them, and no letter touching them. */
const NUMBER_LIKE = /(?<![\p{L}\p{N}_])\+?\(?\d(?:[\s().-]{0,2}\d){6,17}(?![\p{L}\p{N}_])/gu;
const DATE_LIKE = /^\d{4}-\d{2}-\d{2}(?!\d)/;

/** `text` with every phone number reduced to its last three digits: "+44 7700 900 219" becomes "···219". */
export function maskNumbers(text: string): string {
  return text.replace(NUMBER_LIKE, (run) => (DATE_LIKE.test(run) ? run : `···${run.replace(/\D/g, '').slice(-3)}`));
}

/** Keys whose numbers are times or counters of the provider, never phone numbers. */
const PLAIN_NUMBER_KEYS = new Set([
  'timestamp',
  'messagetimestamp',
  'receipttimestamp',
  'readtimestamp',
  'playedtimestamp',
  't',
  'status',
  'msgid',
  'retryafter',
]);

/**
 * A stored body as it may be shown: phone numbers masked in strings, keys and bare numbers. Bodies that
 * are not JSON are masked as plain text. (Credentials and text were masked before it was stored.)
 */
export function maskForView(body: string): string {
  const scanned = rewriteJson(body, {
    marksFor: () => 0,
    onString: (inside) => {
      const plain = unescape(inside);
      const masked = maskNumbers(plain);
      return masked === plain ? undefined : JSON.stringify(masked).slice(1, -1);
    },
    onBare: (text, place) => {
      if (text.length < 7 || PLAIN_NUMBER_KEYS.has(plainKey(place.key))) return undefined;
      const masked = maskNumbers(text);
      return masked === text ? undefined : masked;
    },
  });
  return scanned;
}
