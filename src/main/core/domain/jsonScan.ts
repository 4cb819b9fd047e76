/**
 * Walks the tokens of JSON text without building anything, tolerant of broken input: credentials must be
 * found in a truncated body too, and the rest of the bytes must stay exactly as they came.
 */

/** What is known at a token: the key it stands under, and marks inherited from the keys above it. */
export type Place = { readonly key: string; readonly marks: number };

export type ScanHandlers = {
  /** Marks for the value under `key`, added to those inherited; called once for each key. */
  marksFor(key: string, inherited: number): number;
  /** Replacement for a string's inside (between the quotes, still escaped), or `undefined` to leave it. */
  onString(inside: string, place: Place, isKey: boolean): string | undefined;
  /** Replacement for a number, literal or any other bare run of characters, or `undefined` to leave it. */
  onBare?(text: string, place: Place): string | undefined;
};

const BARE_END = /[\s"{}[\],:]/g;

/** The text with replacements applied; the very same string when there were none. */
export function rewriteJson(text: string, handlers: ScanHandlers): string {
  let out = '';
  let copied = 0;
  let key = '';
  let marks = 0;
  const keys: string[] = [];
  const inherited: number[] = [];
  let i = 0;
  const replace = (from: number, to: number, by: string | undefined) => {
    if (by === undefined) return;
    out += text.slice(copied, from) + by;
    copied = to;
  };
  while (i < text.length) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      const end = endOfString(text, i);
      const inside = text.slice(i + 1, end);
      const next = afterSpace(text, end + 1);
      const isKey = text.charCodeAt(next) === COLON;
      if (isKey) {
        key = readEscapes(inside);
        marks = handlers.marksFor(key, inherited.at(-1) ?? 0);
      }
      replace(i + 1, end, handlers.onString(inside, { key, marks }, isKey));
      i = isKey ? next + 1 : end + 1;
    } else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      keys.push(key);
      inherited.push(marks);
      i++;
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      keys.pop();
      inherited.pop();
      key = keys.at(-1) ?? '';
      marks = inherited.at(-1) ?? 0;
      i++;
    } else if (code === COMMA || code === COLON || code <= SPACE) {
      i++;
    } else {
      BARE_END.lastIndex = i;
      const end = BARE_END.exec(text)?.index ?? text.length;
      if (handlers.onBare) replace(i, end, handlers.onBare(text.slice(i, end), { key, marks }));
      i = Math.max(end, i + 1);
    }
  }
  return copied === 0 ? text : out + text.slice(copied);
}

const QUOTE = 0x22;
const COLON = 0x3a;
const COMMA = 0x2c;
const SPACE = 0x20;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

/** The index of the closing quote, or the end of the text when the string was cut off. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return end;
    end = text.indexOf('"', end + 1);
  }
  return text.length;
}

function afterSpace(text: string, from: number): number {
  let i = from;
  while (i < text.length && text.charCodeAt(i) <= SPACE) i++;
  return i;
}

const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))/g;
const SHORT: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** What a string's inside stands for. A broken escape stands for itself, and hides none of those around it. */
export function readEscapes(inside: string): string {
  if (!inside.includes('\\')) return inside;
  return inside.replace(ESCAPE, (_all, code: string | undefined, short: string) =>
    code === undefined ? (SHORT[short] ?? short) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}
