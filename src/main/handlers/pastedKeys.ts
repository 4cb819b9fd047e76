/** People paste keys into the wrong box. What is not a secret is shown and stored as it is, so a key must not get there. */
import { raise } from '../core/domain/failure.ts';
import { maskSecrets } from '../core/domain/mask.ts';

export type Shown = {
  readonly name?: string | undefined;
  readonly settings?: Readonly<Record<string, string>> | undefined;
  readonly tunnel?: Readonly<Record<string, unknown>> | undefined;
};

/**
 * Raises `bad_input` when any of these texts holds one of `secrets`, or something that looks like a session
 * key, or when an address carries a user name, a password, a query or a hash. The failure names the place
 * and never the value.
 */
export function refusePastedKeys(given: Shown, secrets: readonly string[]): void {
  const texts: [path: string, value: string][] = [
    ['input.name', given.name ?? ''],
    ...Object.entries(given.settings ?? {}).map(([name, value]): [string, string] => [`input.settings.${name}`, value]),
    ...['host', 'name', 'url'].map((name): [string, string] => [`input.tunnel.${name}`, String(given.tunnel?.[name] ?? '')]),
  ];
  for (const [path, value] of texts) {
    if (holdsKey(value, secrets))
      raise('bad_input', 'A key was entered where it would be shown to everyone who looks. Put it into the field for keys.', {
        // the name of a setting may be a pasted key too
        detail: holdsKey(path, secrets) ? 'input.settings' : path,
      });
  }
  for (const name of ['host', 'url']) {
    const address = given.tunnel?.[name];
    if (typeof address === 'string' && !isBare(address))
      raise('bad_input', 'Enter the address alone: without user name, password, question mark or hash sign.', { detail: `input.tunnel.${name}` });
  }
}

function holdsKey(text: string, secrets: readonly string[]): boolean {
  const plain = decoded(text);
  return maskSecrets(text, secrets) !== text || maskSecrets(plain, secrets) !== plain;
}

/** An address may carry a key in percent signs. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function isBare(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { username, password, search, hash } = new URL(address);
  return username + password + search + hash === '';
}
