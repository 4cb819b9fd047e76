/** Times as this provider writes them: seconds or milliseconds, numbers or strings, dates with and without a zone. */
import type { Millis } from '../../../core/domain/ids.ts';

/** Seconds stay below this for another thousand years; milliseconds passed it in 1973. */
const MILLISECONDS_FROM = 1e11;
/** WhatsApp's first year: nothing can have happened earlier. */
export const EARLIEST: Millis = Date.UTC(2009, 0, 1);
/** How far a provider's clock may be ahead of ours before we stop believing it. */
export const AHEAD_AT_MOST = 24 * 60 * 60 * 1000;

const NUMBER = /^\d{1,16}(?:\.\d{1,9})?$/;
const DATE = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:?\d{2})?$/;

/**
 * Integer milliseconds UTC, or `undefined` when `raw` is no time. Whether a number counts seconds or
 * milliseconds is told by its size. A date without a zone is read as UTC, which the vendor does not
 * confirm; whoever uses such a date must not call it stated.
 */
export function readTime(raw: unknown): Millis | undefined {
  if (typeof raw === 'number') return ofNumber(raw);
  if (typeof raw === 'string') {
    if (NUMBER.test(raw)) return ofNumber(Number(raw));
    const date = DATE.exec(raw);
    if (date === null) return undefined;
    const [, day, time, fraction = '', zone = 'Z'] = date;
    const parsed = Date.parse(`${day}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}${zone}`);
    return Number.isNaN(parsed) ? undefined : parsed;
  }
  return undefined;
}

function ofNumber(value: number): Millis | undefined {
  if (!Number.isFinite(value) || value < 0 || value > 8.64e15) return undefined;
  return Math.round(value >= MILLISECONDS_FROM ? value : value * 1000);
}
