/** Which Electron the window runs on, and how it stands against the releases that mend holes. */
import type { FrameFacts } from '../core/ports/host.ts';

/**
 * The newest release of each line that was still mended on `AS_OF`; Electron mends its three newest major
 * versions (electronjs.org/docs/latest/tutorial/electron-timelines). To be renewed with every raise of the pin.
 */
const AS_OF = '2026-11-19';
const NEWEST: Readonly<Record<number, string>> = { 45: '45.4.1', 44: '44.11.5', 43: '43.8.12' };
const OLDEST_SUPPORTED = 43;

/** `version` is `process.versions.electron`. */
export function frameFacts(version: string): FrameFacts {
  const major = Number(version.split('.')[0]);
  return { name: 'Electron', version, newest: NEWEST[major], oldestSupported: OLDEST_SUPPORTED, asOf: AS_OF };
}
