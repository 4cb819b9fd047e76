/**
 * Electron's releases with security fixes, by supported major, newest known first; read from the npm registry's times
 * (`npm view electron time`) and electronjs.org's release notes. Whoever raises the pin brings this up to date.
 */
export const READ_ON = '2026-11-22';
export const SECURITY_RELEASES: readonly { readonly version: string; readonly date: string }[] = [{ version: '45.4.1', date: '2026-11-19' }];

/** How long a security release may wait, in days. */
export const GRACE_DAYS = 30;

/** Why a pin is too old on a day, in words; `undefined` when it is not. */
export function tooOld(pinned: string, today: Date, releases = SECURITY_RELEASES): string | undefined {
  const newest = releases.toSorted((a, b) => compare(b.version, a.version))[0];
  if (newest === undefined || compare(pinned, newest.version) >= 0) return undefined;
  const days = Math.floor((today.getTime() - Date.parse(newest.date)) / 86_400_000);
  return days > GRACE_DAYS ? `Electron ${pinned} lacks the security fixes of ${newest.version}, which is ${days} days old.` : undefined;
}

function compare(one: string, other: string): number {
  const [a, b] = [one, other].map((version) => version.split('.').map(Number));
  return [0, 1, 2].map((at) => (a?.[at] ?? 0) - (b?.[at] ?? 0)).find((difference) => difference !== 0) ?? 0;
}
