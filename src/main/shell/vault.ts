import { openSecretsFile, troubleIn } from '../adapters/vault/secretsFile.ts';
import { FailureError, fail } from '../core/domain/failure.ts';
import type { SecretSlot, Vault, VaultDescription } from '../core/ports/vault.ts';

/** What we use of Electron's safeStorage. The last two exist on Linux alone. */
export type SafeStorage = {
  isEncryptionAvailable(): boolean;
  encryptString(text: string): Buffer;
  decryptString(sealed: Buffer): string;
  getSelectedStorageBackend?(): string;
  setUsePlainTextEncryption?(use: boolean): void;
};

export type SafeStorageVaultOptions = {
  readonly safeStorage: SafeStorage;
  readonly platform: NodeJS.Platform;
  /** The file of sealed secrets. */
  readonly path: string;
  readonly now: () => number;
};

/**
 * Secrets sealed by the operating system. On Linux the key hangs on the desktop's keyring: its name is
 * kept beside each secret, so that a secret sealed by another one is explained instead of failing oddly.
 */
export async function createSafeStorageVault({ safeStorage, platform, path, now }: SafeStorageVaultOptions): Promise<Vault> {
  const backend = backendOf(safeStorage, platform);
  // without a keyring Chromium seals with a password that everybody knows, and only when asked to
  if (backend === 'basic_text') safeStorage.setUsePlainTextEncryption?.(true);
  const file = await openSecretsFile(path, now);

  const read = (slot: SecretSlot, sealed: string): string => {
    try {
      return safeStorage.decryptString(Buffer.from(sealed, 'base64'));
    } catch {
      throw unavailable(`The saved key "${slot.name}" can no longer be opened by this computer's keyring.`);
    }
  };
  return {
    async describe() {
      const trouble = troubleIn(file, (lock) => lock === backend);
      return { ...inWords(backend), ...(trouble === undefined ? {} : { trouble }) };
    },
    async put(slot, value) {
      if (!safeStorage.isEncryptionAvailable()) {
        throw new FailureError(
          fail('vault_unavailable', "This computer's keyring does not answer, so the key was not saved. Unlock the keyring and try again.", {
            retry: true,
          }).error,
        );
      }
      const sealed = safeStorage.encryptString(value).toString('base64');
      // proven before the old one is given up
      if (read(slot, sealed) !== value) throw unavailable('The keyring gave back something else than it was given.');
      await file.put({ ...slot, setAt: now(), lock: backend, sealed });
    },
    async get(slot) {
      const secret = file.find(slot);
      if (secret === undefined) return undefined;
      if (secret.lock !== backend) throw unavailable(`The saved key "${slot.name}" was locked by ${secret.lock}, and this desktop uses ${backend}.`);
      return read(slot, secret.sealed);
    },
    list: async (account) =>
      file
        .all()
        .filter((secret) => secret.account === account)
        .map(({ name, setAt }) => ({ name, setAt })),
    removeAccount: (account) => file.removeAccount(account),
  };
}

function backendOf(safeStorage: SafeStorage, platform: NodeJS.Platform): string {
  switch (platform) {
    case 'darwin':
      return 'keychain';
    case 'win32':
      return 'dpapi';
    default:
      return safeStorage.getSelectedStorageBackend?.() ?? 'unknown';
  }
}

function inWords(backend: string): VaultDescription {
  switch (backend) {
    case 'keychain':
      return { backend, protects: true, words: 'Keys are encrypted by the macOS keychain.' };
    case 'dpapi':
      return { backend, protects: true, words: 'Keys are encrypted by Windows for your user account.' };
    case 'basic_text':
    case 'unknown':
      return {
        backend,
        protects: false,
        words:
          'Keys are not protected: this desktop offers no keyring, so they are only scrambled in a file that your user account can read. Install GNOME Keyring or KWallet, then enter the keys again.',
      };
    default:
      return { backend, protects: true, words: `Keys are encrypted by this desktop's keyring (${backend}).` };
  }
}

function unavailable(what: string): FailureError {
  return new FailureError(fail('vault_unavailable', `${what} Nothing else is lost: please enter the key again in Settings.`).error);
}
