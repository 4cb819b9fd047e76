/** Numbers, times and lengths as the owner reads them. Pure; the locale is the window's own. */

const clockFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const minuteFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const dayFormat = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long' });
const dayYearFormat = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long', year: 'numeric' });
const weekdayFormat = new Intl.DateTimeFormat(undefined, { weekday: 'long' });
const fullFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' });
const numberFormat = new Intl.NumberFormat(undefined);
const oneDigit = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const percentFormat = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 1 });

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** 10:41:02 */
export function clockTime(at: number): string {
  return clockFormat.format(at);
}

/** 10:41 */
export function minuteTime(at: number): string {
  return minuteFormat.format(at);
}

/** The date and the time in full, for titles and details. */
export function fullTime(at: number): string {
  return fullFormat.format(at);
}

/** "3 May", with the year when it is not this one. */
export function dayOf(at: number, now: number): string {
  return (new Date(at).getFullYear() === new Date(now).getFullYear() ? dayFormat : dayYearFormat).format(at);
}

/** Local midnight of the day that holds `at`. */
export function startOfDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

/** A time with as much of the date as is needed: "10:41:02" today, "Monday 10:41:02" this week, else "3 May, 10:41:02". */
export function timeWithDay(at: number, now: number): string {
  const today = startOfDay(now);
  if (at >= today) return clockTime(at);
  if (at >= today - 6 * DAY) return `${weekdayFormat.format(at)} ${clockTime(at)}`;
  return `${dayOf(at, now)}, ${clockTime(at)}`;
}

/** For sentences after "since": "today", "Monday", "3 May". */
export function sinceWord(at: number, now: number): string {
  const today = startOfDay(now);
  if (at >= today) return at - today < MINUTE ? 'midnight' : minuteTime(at);
  if (at >= today - 6 * DAY) return weekdayFormat.format(at);
  return dayOf(at, now);
}

/** "10:43:31 – :52", "10:43:31 – 10:45:02", or a single time when both are the same second. */
export function timeRange(from: number, to: number): string {
  const [first, last] = [clockTime(from), clockTime(to)];
  if (first === last) return last;
  return first.slice(0, 5) === last.slice(0, 5) ? `${first} – ${last.slice(5)}` : `${first} – ${last}`;
}

/** A stretch of time: "40 ms", "0.8 s", "12 s", "2 min 28 s", "3 h 5 min", "2 d 4 h". */
export function lengthOf(ms: number): string {
  const t = Math.max(0, ms);
  const [seconds, minutes] = [Math.round(t / SECOND), Math.round(t / MINUTE)];
  if (t < 95) return `${Math.round(t)} ms`;
  if (t < 9.95 * SECOND) return `${oneDigit.format(t / SECOND)} s`;
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return pair(t, MINUTE, 'min', SECOND, 's');
  if (minutes < 1440) return pair(t, HOUR, 'h', MINUTE, 'min');
  return pair(t, DAY, 'd', HOUR, 'h');
}

function pair(ms: number, big: number, bigWord: string, small: number, smallWord: string): string {
  const rounded = Math.round(ms / small) * small;
  const rest = Math.round((rounded % big) / small);
  const head = `${numberFormat.format(Math.floor(rounded / big))} ${bigWord}`;
  return rest === 0 ? head : `${head} ${rest} ${smallWord}`;
}

/** How long ago, in one unit: "now", "12 s", "11 min", "3 h", "2 d". */
export function ageOf(at: number, now: number): string {
  const t = now - at;
  if (t < 5 * SECOND) return 'now';
  if (t < MINUTE) return `${Math.floor(t / SECOND)} s`;
  if (t < HOUR) return `${Math.floor(t / MINUTE)} min`;
  if (t < DAY) return `${Math.floor(t / HOUR)} h`;
  return `${numberFormat.format(Math.floor(t / DAY))} d`;
}

/** In words for a wait: "about 20 seconds", "about 2 minutes". */
export function aboutLength(seconds: number): string {
  if (seconds < 50) return `about ${plural(Math.max(5, Math.ceil(seconds / 5) * 5), 'second')}`;
  if (seconds < 90 * 60) return `about ${plural(Math.max(1, Math.round(seconds / 60)), 'minute')}`;
  return `about ${plural(Math.round(seconds / 3600), 'hour')}`;
}

export function count(value: number): string {
  return numberFormat.format(value);
}

export function percent(part: number, whole: number): string {
  return whole === 0 ? '' : percentFormat.format(part / whole);
}

/** "1 message", "3 messages"; a word with an odd plural is given both. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${numberFormat.format(value)} ${value === 1 ? one : many}`;
}

export function bytes(value: number): string {
  if (value < 1000) return `${value} B`;
  if (value < 1_000_000) return `${oneDigit.format(value / 1000)} kB`;
  if (value < 1_000_000_000) return `${oneDigit.format(value / 1_000_000)} MB`;
  return `${oneDigit.format(value / 1_000_000_000)} GB`;
}
