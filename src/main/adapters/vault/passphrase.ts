import { createCipheriv, createDecipheriv, createHash, randomBytes, scrypt } from 'node:crypto';
import { chmod, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FailureError, fail } from '../../core/domain/failure.ts';
import type { SecretSlot, Vault } from '../../core/ports/vault.ts';
import { openSecretsFile, troubleIn } from './secretsFile.ts';

/** 2^17 blocks of 1 KiB: about 128 MiB and a few tenths of a second for every guess (OWASP's advice for scrypt). */
const COST = 2 ** 17;

export type PassphraseVaultOptions = {
  readonly folder: string;
  /** Without a passphrase a random key is made once and kept in a file beside the secrets. */
  readonly passphrase?: string;
  readonly now: () => number;
  /** Blocks that scrypt fills; a power of two. Only tests have a reason to choose. */
  readonly cost?: number;
};

/**
 * Secrets in a file, each sealed with AES-256-GCM under a key from a passphrase (scrypt) or from a key
 * file; for machines where nobody unlocks a keyring. Rejects with `vault_unavailable` when the
 * passphrase is not the one that sealed what is there.
 */
export async function createPassphraseVault({ folder, passphrase, now, cost = COST }: PassphraseVaultOptions): Promise<Vault> {
  const key =
    passphrase === undefined
      ? await readOrMakeAnew(join(folder, 'vault.key'), 32, now)
      : await stretch(passphrase, await readOrMake(join(folder, 'vault.salt'), 16), cost);
  const lock = `${passphrase === undefined ? 'key-file' : 'passphrase'}:${fingerprint(key)}`;
  const file = await openSecretsFile(join(folder, 'vault.json'), now);
  if (passphrase !== undefined && file.all().some((secret) => secret.lock.startsWith('passphrase:') && secret.lock !== lock)) {
    throw unavailable('This passphrase does not open the saved keys. Please start again with the one that was used before.');
  }
  return {
    async describe() {
      const trouble = troubleIn(file, (one) => one === lock);
      return { ...inWords(passphrase !== undefined), ...(trouble === undefined ? {} : { trouble }) };
    },
    async put(slot, value) {
      await file.put({ ...slot, setAt: now(), lock, sealed: seal(key, slot, value) });
    },
    async get(slot) {
      const secret = file.find(slot);
      if (secret === undefined) return undefined;
      const value = secret.lock === lock ? unseal(key, slot, secret.sealed) : undefined;
      if (value === undefined)
        throw unavailable('A saved key cannot be read, because it was locked in another way. Please enter it again in Settings.');
      return value;
    },
    list: async (account) =>
      file
        .all()
        .filter((secret) => secret.account === account)
        .map(({ name, setAt }) => ({ name, setAt })),
    removeAccount: (account) => file.removeAccount(account),
  };
}

function inWords(withPassphrase: boolean) {
  return withPassphrase
    ? { backend: 'passphrase', protects: true, words: 'Keys are encrypted with your passphrase.' }
    : {
        backend: 'key-file',
        protects: false,
        words:
          'Keys are encrypted, but the file that opens them lies in the same folder, readable by your user account alone. Whoever can copy that folder can read them. Start with a passphrase file to prevent that.',
      };
}

function unavailable(message: string): FailureError {
  return new FailureError(fail('vault_unavailable', message).error);
}

/** The slot is part of what is sealed, so a sealed secret moved to another slot does not open there. */
function seal(key: Buffer, slot: SecretSlot, value: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(slotBytes(slot));
  const sealed = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
}

function unseal(key: Buffer, slot: SecretSlot, sealed: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64');
  if (bytes.length < 28) return undefined;
  try {
    const cipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), { authTagLength: 16 });
    cipher.setAAD(slotBytes(slot)).setAuthTag(bytes.subarray(12, 28));
    return Buffer.concat([cipher.update(bytes.subarray(28)), cipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

function slotBytes(slot: SecretSlot): Buffer {
  return Buffer.from(JSON.stringify([slot.account, slot.name]));
}

function fingerprint(key: Buffer): string {
  return createHash('sha256').update('tickline vault lock').update(key).digest('hex').slice(0, 16);
}

function stretch(passphrase: string, salt: Buffer, cost: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFKC'), salt, 32, { N: cost, r: 8, p: 1, maxmem: 256 * cost * 8 }, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}

/** A damaged key opens nothing any more, so another takes its place; it is kept, should its owner know how to mend it. */
async function readOrMakeAnew(path: string, bytes: number, now: () => number): Promise<Buffer> {
  try {
    return await readOrMake(path, bytes);
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    await rename(path, `${path}.damaged-${now()}`);
    return readOrMake(path, bytes);
  }
}

async function readOrMake(path: string, bytes: number): Promise<Buffer> {
  try {
    await writeFile(path, randomBytes(bytes).toString('base64'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    if (process.platform !== 'win32') await chmod(path, 0o600);
  }
  const found = Buffer.from(await readFile(path, 'utf8'), 'base64');
  if (found.length !== bytes) throw unavailable(`The file ${path} is damaged. Put back a copy, or remove it and enter your keys again.`);
  return found;
}
