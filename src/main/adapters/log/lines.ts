import { writeSync } from 'node:fs';
import { MASKED, maskNumbers, maskSecrets, TIME_LIKE } from '../../core/domain/mask.ts';
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
    const secrets = knownSecrets().flatMap(spellings);
    const clean = Object.entries(facts ?? {}).map(([name, value]) => [mask(name, secrets), maskValue(value, secrets)]);
    const head = { time: new Date(now()).toISOString(), level, event: mask(event, secrets) };
    // first for the eye, and last so that no fact can pose as it
    write(JSON.stringify({ ...head, ...Object.fromEntries(clean), ...head }));
  };
  return { info: line('info'), warn: line('warn'), error: line('error') };
}

/** What proves whoever shows it, known or not: a bearer's token, a page's token, the secret in a webhook's path. */
const CREDENTIALS = /(\bbearer\s+|[#?&]token=|\/w\/)[\w.~+/|%-]{8,}=*/gi;
/** Whole numbers from here on may be those of telephones. */
const SHORTEST_NUMBER = 10_000_000_000;

function mask(text: string, spelt: readonly string[]): string {
  return maskNumbers(maskSecrets(text, spelt).replace(CREDENTIALS, (_whole, before: string) => before + MASKED));
}

function maskValue(value: Facts[string], spelt: readonly string[]): Facts[string] {
  if (typeof value === 'string') return mask(value, spelt);
  if (typeof value !== 'number' || !Number.isInteger(value) || value < SHORTEST_NUMBER || TIME_LIKE.test(String(value))) return value;
  return maskNumbers(String(value));
}

/** A secret also as it stands within an address, and within JSON. */
function spellings(secret: string): readonly string[] {
  if (/^[\w.~-]*$/.test(secret)) return [secret];
  return [...new Set([secret, percent(secret), JSON.stringify(secret).slice(1, -1)])];
}

function percent(secret: string): string {
  try {
    return encodeURIComponent(secret);
  } catch {
    // half of a pair of surrogates has no such spelling
    return secret;
  }
}

/** Standard error, written at once so that a line survives the crash it tells of. */
export function writeToStderr(line: string): void {
  try {
    writeSync(2, `${line}\n`);
  } catch {
    // nobody reads it any more: a log must never take the engine down
  }
}
