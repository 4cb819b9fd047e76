/** Figures as people read them. Plain numbers of seven and more digits would be masked as telephone numbers. */

const moment = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

/** "25 Nov, 08:20:11" on this computer's clock. */
export function momentOf(at: number): string {
  return moment.format(at);
}

/** "80 ms", "1.2 s", "45 s", "12 min", "3 h", "9 days". */
export function lengthOf(ms: number): string {
  const t = Math.abs(ms);
  if (t < 1000) return `${Math.round(t)} ms`;
  if (t < 10_000) return `${(t / 1000).toFixed(1)} s`;
  if (t < 120_000) return `${Math.round(t / 1000)} s`;
  if (t < 7_200_000) return `${Math.round(t / 60_000)} min`;
  if (t < 172_800_000) return `${Math.round(t / 3_600_000)} h`;
  return `${Math.round(t / 86_400_000)} days`;
}

/** "12 kB", "3.4 MB", "1.2 GB". */
export function sizeOf(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`;
  if (bytes < 1_000_000_000) return `${(bytes / 1_000_000).toFixed(1)} MB`;
  return `${(bytes / 1_000_000_000).toFixed(1)} GB`;
}

/** "about 20 s", "about 3 min". */
export function waitWords(ms: number): string {
  return ms < 90_000 ? `about ${Math.max(1, Math.ceil(ms / 1000))} s` : `about ${lengthOf(ms)}`;
}

const groups = new Intl.NumberFormat('en-GB');

/** "5,000": with the commas it is not taken for a telephone number either. */
export function grouped(count: number): string {
  return groups.format(count);
}

/** "1 message", "3 messages". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}
