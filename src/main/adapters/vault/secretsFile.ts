import { open, readFile, rename } from 'node:fs/promises';
import { z } from 'zod';
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

/**
 * The file of encrypted secrets, readable by its owner alone. A missing file is an empty one; a file
 * that is not ours rejects, so that it is never overwritten in silence.
 */
export async function openSecretsFile(path: string): Promise<SecretsFile> {
  let secrets: readonly SealedSecret[] = await read(path);
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
    find: (slot) => secrets.find((one) => isSlot(one, slot)),
    all: () => secrets,
    put: (secret) => change((before) => [...before.filter((one) => !isSlot(one, secret)), secret]),
    removeAccount: (account) => change((before) => before.filter((one) => one.account !== account)),
  };
}

function isSlot(one: SecretSlot, other: SecretSlot): boolean {
  return one.account === other.account && one.name === other.name;
}

async function read(path: string): Promise<readonly SealedSecret[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? [] : schema.parse(JSON.parse(text)).secrets;
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
