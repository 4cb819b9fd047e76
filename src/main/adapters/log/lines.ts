import { writeSync } from 'node:fs';
import { maskNumbers, maskSecrets } from '../../core/domain/mask.ts';
import type { Facts, Log } from '../../core/ports/log.ts';

export type LineLogOptions = {
  readonly now: () => number;
  /** Takes one line without its end. */
  readonly write: (line: string) => void;
  /** Secrets that must never appear, whatever field they sneak into. Asked anew for every line. */
  readonly knownSecrets?: () => readonly string[];
};

/** One JSON object a line: `{"time":"…","level":"info","event":"receipt.applied", …facts}`. Phone numbers and secrets are masked here, at the mouth. */
export function createLineLog({ now, write, knownSecrets = () => [] }: LineLogOptions): Log {
  const line = (level: 'info' | 'warn' | 'error') => (event: string, facts?: Facts) => {
    const secrets = knownSecrets();
    const clean = Object.entries(facts ?? {}).map(([name, value]) => [name, typeof value === 'string' ? mask(value, secrets) : value]);
    write(JSON.stringify({ time: new Date(now()).toISOString(), level, event, ...Object.fromEntries(clean) }));
  };
  return { info: line('info'), warn: line('warn'), error: line('error') };
}

function mask(text: string, secrets: readonly string[]): string {
  return maskNumbers(maskSecrets(text, secrets));
}

/** Standard error, written at once so that a line survives the crash it tells of. */
export function writeToStderr(line: string): void {
  try {
    writeSync(2, `${line}\n`);
  } catch {
    // nobody reads it any more: a log must never take the engine down
  }
}
