/**
 * The digits of a number as bytes that are not plain text: UTF-16, and base64 inside other text. Wherever more
 * digits touch them they are a part of another number, and that number's owner is not to be harmed.
 */

export type Needle = {
  readonly bytes: Buffer;
  /** Whether what stands at `at` of `inside` is touched by no digit. */
  isAlone(inside: Buffer, at: number): boolean;
  /** What is written over it, again and again. */
  readonly blank: string;
};

/** More bytes on either side of a needle than its neighbours take. */
export const NEIGHBOURS = 16;

/** `digits` in UTF-16 both ways round, and within base64 at each of its three offsets. */
export function needlesOf(digits: string): readonly Needle[] {
  return [...inUtf16(digits), ...[0, 1, 2].map((offset) => inBase64(digits, offset))];
}

/** The places in `inside` at which the needle is touched by no digit. */
export function* placesOf(needle: Needle, inside: Buffer): Generator<number> {
  for (let at = inside.indexOf(needle.bytes); at !== -1; at = inside.indexOf(needle.bytes, at + 1)) if (needle.isAlone(inside, at)) yield at;
}

export function inUtf16(digits: string): readonly Needle[] {
  const little = Buffer.from(digits, 'utf16le');
  const make = (bytes: Buffer, low: 0 | 1): Needle => {
    // the low byte of one character that begins at `at`
    const isDigitAt = (inside: Buffer, at: number) => at >= 0 && at + 1 < inside.length && inside[at + 1 - low] === 0 && isDigit(inside[at + low]);
    return {
      bytes,
      isAlone: (inside, at) => !isDigitAt(inside, at - 2) && !isDigitAt(inside, at + bytes.length),
      blank: low === 0 ? '*\0' : '\0*',
    };
  };
  return [make(little, 0), make(Buffer.from(little).swap16(), 1)];
}

function inBase64(digits: string, offset: number): Needle {
  const text = Buffer.concat([Buffer.alloc(offset), Buffer.from(digits)]).toString('base64');
  // The first and last letters also hold bits of what stands beside the number.
  const skip = offset === 0 ? 0 : offset + 1;
  const bytes = Buffer.from(text.slice(skip, Math.floor(((offset + digits.length) * 8) / 6)));
  return {
    bytes,
    isAlone(inside, at) {
      const first = at - skip;
      return !isDigit(decoded(inside, first, offset - 1)) && !isDigit(decoded(inside, first, offset + digits.length));
    },
    blank: '*',
  };
}

/** The byte `index` of the base64 whose groups of four letters begin at `first`; undefined where there is no base64. */
function decoded(inside: Buffer, first: number, index: number): number | undefined {
  const group = Math.floor(index / 3);
  const at = first + 4 * group;
  if (at < 0) return undefined;
  const [letters = ''] = /^[A-Za-z0-9+/_-]*/.exec(inside.toString('latin1', at, at + 4)) ?? [];
  return Buffer.from(letters, 'base64')[index - 3 * group];
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}
