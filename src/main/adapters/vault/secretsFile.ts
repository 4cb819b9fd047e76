import { open, readFile, rename } from 'node:fs/promises';
import { z } from 'zod';
import { FailureError, fail } from '../../core/domain/failure.ts';
import type { SecretSlot } from '../../core/ports/vault.ts';

/** One encrypted secret. `lock` names what encrypted it (a keyring's backend, a key), so that a change is noticed. */
export type SealedSecret = {
  readonly account: string;
  readonly name: string;
  readonly setAt: number;
  readonly lock: string;
  readonly sealed: string;
};

export type SecretsFile = {
  /** Where a damaged file was put, when there was one. */
  readonly setAside: string | undefined;
  find(slot: SecretSlot): SealedSecret | undefined;
  all(): readonly SealedSecret[];
  /** Replaces what the slot held. Resolves once it is on disk. */
  put(secret: SealedSecret): Promise<void>;
  removeAccount(account: string): Promise<void>;
};

const schema = z.object({
  version: z.literal(1),
  secrets: z.array(z.object({ account: z.string(), name: z.string(), setAt: z.int(), lock: z.string(), sealed: z.string() })),
});

const newerSchema = z.looseObject({ version: z.int().min(2) });

/** What befell the secrets of a file that are locked in another way than `lock`, or were set aside; in words for the owner. */
export function troubleIn(file: SecretsFile, isOurs: (lock: string) => boolean): string | undefined {
  const damaged = file.setAside === undefined ? [] : [`The file of saved keys was damaged. It was set aside as ${file.setAside}.`];
  const others = file.all().filter((secret) => !isOurs(secret.lock));
  const locks = [...new Set(others.map((secret) => secret.lock.split(':', 1)[0]))].join(', ');
  const locked =
    others.length === 0
      ? []
      : [
          `${others.length === 1 ? 'One saved key was' : `${others.length} saved keys were`} locked in another way (${locks}) and cannot be opened now.`,
        ];
  const told = [...damaged, ...locked];
  return told.length === 0 ? undefined : `${told.join(' ')} Please enter the keys again in Settings.`;
}

/**
 * The file of encrypted secrets, readable by its owner alone. A missing file is an empty one. A damaged one is set aside, never
 * overwritten, and the start goes on without it: every secret can be had again. Rejects for a file of a newer version of
 * Tickline, which that version still needs.
 */
export async function openSecretsFile(path: string, now: () => number): Promise<SecretsFile> {
  const found = await read(path);
  let setAside: string | undefined;
  if (found === 'damaged') {
    setAside = `${path}.damaged-${now()}`;
    await rename(path, setAside);
  }
  let secrets: readonly SealedSecret[] = found === 'damaged' ? [] : found;
  let last: Promise<void> = Promise.resolve();
  const change = (edit: (before: readonly SealedSecret[]) => readonly SealedSecret[]) => {
    const next = last.then(async () => {
      const edited = edit(secrets);
      await write(path, edited);
      secrets = edited;
    });
    last = next.catch(() => undefined);
    return next;
  };
  return {
    setAside,
    find: (slot) => secrets.find((one) => isSlot(one, slot)),
    all: () => secrets,
    put: (secret) => change((before) => [...before.filter((one) => !isSlot(one, secret)), secret]),
    removeAccount: (account) => change((before) => before.filter((one) => one.account !== account)),
  };
}

function isSlot(one: SecretSlot, other: SecretSlot): boolean {
  return one.account === other.account && one.name === other.name;
}

async function read(path: string): Promise<readonly SealedSecret[] | 'damaged'> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return [];
  const json = parseJson(text);
  const file = schema.safeParse(json);
  if (file.success) return file.data.secrets;
  if (newerSchema.safeParse(json).success) {
    throw new FailureError(
      fail('vault_unavailable', `The saved keys in ${path} were written by a newer version of Tickline. Please start that one.`).error,
    );
  }
  return 'damaged';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Beside it first, flushed, then renamed over it: a crash leaves the old file or the new one, never half of one. */
async function write(path: string, secrets: readonly SealedSecret[]): Promise<void> {
  const beside = `${path}.new`;
  const file = await open(beside, 'w', 0o600);
  try {
    await file.chmod(0o600);
    await file.writeFile(`${JSON.stringify({ version: 1, secrets }, undefined, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
}
