/** Repeatable chance: the same seed gives the same shop, message for message. */

export interface Random {
  /** At least 0, below 1. */
  next(): number;
  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number;
  chance(probability: number): boolean;
  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T;
  /** Half of the answers lie below `median`; `spread` is the standard deviation of the logarithm. */
  lognormal(median: number, spread: number): number;
  hex(digits: number): string;
  /** A chance of its own, which depends on the seed and the labels alone and not on what was drawn before. */
  fork(...labels: readonly (string | number)[]): Random;
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0;

  /** mulberry32 by Tommy Ettinger (public domain): 32 bits of state, passes gjrand's tests. */
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  function int(low: number, high: number): number {
    return low + Math.floor(next() * (high - low + 1));
  }

  return {
    next,
    int,
    chance: (probability) => next() < probability,
    pick(list) {
      const chosen = list[int(0, list.length - 1)];
      if (chosen === undefined) throw new RangeError('nothing to pick from');
      return chosen;
    },
    lognormal(median, spread) {
      // Box and Muller's way from two even draws to one normal one; 1 - next() is never 0.
      const normal = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
      return median * Math.exp(spread * normal);
    },
    hex(digits) {
      let text = '';
      while (text.length < digits) text += int(0, 15).toString(16);
      return text;
    },
    fork: (...labels) => createRandom(hash(`${seed}|${labels.join('|')}`)),
  };
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
