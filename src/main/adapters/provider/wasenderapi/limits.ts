/** What an answer says about how much may be asked. */
import type { Millis } from '../../../core/domain/ids.ts';
import type { LearnedLimits } from '../../../core/ports/provider.ts';

/** A larger number of seconds is a date (2001 and later); nobody asks to wait for thirty years. */
const A_DATE_FROM_SECONDS = 1e9;
const A_DATE_FROM_MILLISECONDS = 1e11;
/** However long a server asks us to wait, one question an hour cannot hurt, and a wrong header must not silence us for ever. */
const WAIT_AT_MOST = 60 * 60 * 1000;
/** `Date` counts whole seconds, so the middle of that second is the best guess. */
const HALF_A_SECOND = 500;

/**
 * `retryAfterSeconds` is what the body of a 429 says. Moments are on our own clock: a server's absolute
 * time is corrected by the difference that its `Date` shows.
 */
export function readLimits(headers: Headers, at: Millis, status: number, retryAfterSeconds?: number): LearnedLimits {
  const date = httpDate(headers.get('date'));
  const clockSkew = date === undefined ? undefined : date + HALF_A_SECOND - at;
  const perMinute = count(headers.get('x-ratelimit-limit'));
  const remaining = count(headers.get('x-ratelimit-remaining'));
  const resetAt = resetMoment(headers.get('x-ratelimit-reset'), at, clockSkew ?? 0);
  const asked = askedToWait(headers.get('retry-after'), date ?? at) ?? (retryAfterSeconds === undefined ? undefined : retryAfterSeconds * 1000);
  const wait = asked ?? (status === 429 && resetAt !== undefined ? resetAt - at : undefined);
  return {
    at,
    ...(perMinute === undefined || perMinute === 0 ? {} : { perMinute }),
    ...(remaining === undefined ? {} : { remaining }),
    ...(resetAt === undefined ? {} : { resetAt }),
    ...(wait === undefined || !(wait > 0) ? {} : { waitUntil: at + Math.min(Math.ceil(wait), WAIT_AT_MOST) }),
    ...(clockSkew === undefined ? {} : { clockSkew }),
  };
}

function count(text: string | null): number | undefined {
  return text !== null && /^\s*\d{1,9}\s*$/.test(text) ? Number(text) : undefined;
}

/** Documented both as a Unix time and as seconds to go. */
function resetMoment(text: string | null, at: Millis, skew: number): Millis | undefined {
  if (text === null || !/^\s*\d{1,15}(?:\.\d{1,6})?\s*$/.test(text)) return undefined;
  const value = Number(text);
  if (value < A_DATE_FROM_SECONDS) return at + Math.min(Math.ceil(value * 1000), WAIT_AT_MOST);
  const moment = Math.round((value >= A_DATE_FROM_MILLISECONDS ? value : value * 1000) - skew);
  return Math.min(Math.max(moment, at), at + WAIT_AT_MOST);
}

/** `Retry-After`: seconds, or a date on the server's clock. */
function askedToWait(text: string | null, serverNow: Millis): number | undefined {
  if (text === null) return undefined;
  if (/^\s*\d{1,9}(?:\.\d{1,3})?\s*$/.test(text)) return Number(text) * 1000;
  const date = httpDate(text);
  return date === undefined ? undefined : date - serverNow;
}

/** Only the one form that HTTP still writes: `Sun, 06 Nov 1994 08:49:37 GMT`. */
function httpDate(text: string | null): Millis | undefined {
  if (text === null || !/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)) return undefined;
  const parsed = Date.parse(text);
  return Number.isNaN(parsed) ? undefined : parsed;
}
