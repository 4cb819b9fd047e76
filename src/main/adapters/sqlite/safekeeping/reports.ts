/** What was set aside, why, and for how long. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { RecoveryReport } from '../../../../shared/contract/storage.ts';
import { namesIn, SET_ASIDE, timeOfStamp } from './files.ts';

/** The report's key among the settings. */
export const RECOVERY_KEY = 'recovery';
export const REPORT_FILE = 'report.json';
/** How long files that were set aside are kept, in ms: the owner can go back to them for 30 days. */
export const KEPT_MS = 30 * 86_400_000;

export function readReports(data: string): readonly RecoveryReport[] {
  return namesIn(join(data, SET_ASIDE)).flatMap((stamp) => {
    try {
      return [JSON.parse(readFileSync(join(data, SET_ASIDE, stamp, REPORT_FILE), 'utf8')) as RecoveryReport];
    } catch {
      return [];
    }
  });
}

/**
 * Whether a backup made at a time belongs to a history that the owner left by going back to an older one.
 * Its rows have the same numbers as other rows of now, so nothing may be mended with it; it can still be chosen.
 */
export function abandoned(data: string): (createdAt: number) => boolean {
  const left = readReports(data).flatMap(({ kind, backup, at }) =>
    kind === 'restored' && backup !== null ? [{ from: backup.createdAt, to: at }] : [],
  );
  return (createdAt) => left.some(({ from, to }) => createdAt > from && createdAt < to);
}

/** Removes what was set aside longer ago than it is kept. */
export function tidySetAside(data: string, now: number): void {
  for (const stamp of namesIn(join(data, SET_ASIDE))) {
    const at = timeOfStamp(stamp);
    if (at !== undefined && now - at > KEPT_MS) rmSync(join(data, SET_ASIDE, stamp), { recursive: true, force: true });
  }
}
