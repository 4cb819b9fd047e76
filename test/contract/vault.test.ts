import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createPassphraseVault } from '../../src/main/adapters/vault/passphrase.ts';
import { createSafeStorageVault, type SafeStorage } from '../../src/main/shell/vault.ts';
import { tempDir } from '../support/tempDir.ts';
import { vaultContract } from './vault.ts';

/** A keyring that seals with a key of its own, and throws on what another sealed, as the real ones do. */
function fakeKeyring(backend: string, available = true): SafeStorage & { readonly plainTextAllowed: boolean } {
  const key = createHash('sha256').update(backend).digest();
  const nonce = Buffer.alloc(12);
  let plainTextAllowed = false;
  return {
    get plainTextAllowed() {
      return plainTextAllowed;
    },
    isEncryptionAvailable: () => available && (backend !== 'basic_text' || plainTextAllowed),
    encryptString(text) {
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      return Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    },
    decryptString(sealed) {
      const cipher = createDecipheriv('aes-256-gcm', key, nonce).setAuthTag(sealed.subarray(-16));
      return Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]).toString('utf8');
    },
    getSelectedStorageBackend: () => backend,
    setUsePlainTextEncryption(use) {
      plainTextAllowed = use;
    },
  };
}

const desktop = (backend: string) => (folder: string, now: () => number) =>
  createSafeStorageVault({ safeStorage: fakeKeyring(backend), platform: 'linux', path: join(folder, 'secrets.json'), now });

vaultContract('keyring of the desktop', { open: desktop('gnome_libsecret'), openWithOtherLock: desktop('kwallet6') });
vaultContract('desktop without a keyring', { open: desktop('basic_text'), openWithOtherLock: desktop('gnome_libsecret') });
vaultContract('key file', {
  open: (folder, now) => createPassphraseVault({ folder, now }),
  async openWithOtherLock(folder, now) {
    await writeFile(join(folder, 'vault.key'), Buffer.alloc(32, 7).toString('base64'));
    return createPassphraseVault({ folder, now });
  },
});
vaultContract('passphrase', {
  open: (folder, now) => createPassphraseVault({ folder, passphrase: 'correct horse', now, cost: 1024 }),
  openWithOtherLock: (folder, now) => createPassphraseVault({ folder, now }),
});

describe('the passphrase vault', () => {
  const slot = { account: 'acc_0123456789abcdef', name: 'sessionKey' };

  it('does not open with another passphrase, and leaves everything as it was', async () => {
    const folder = await tempDir();
    await (await createPassphraseVault({ folder, passphrase: 'one', now: () => 1, cost: 1024 })).put(slot, 'secret');
    await expect(createPassphraseVault({ folder, passphrase: 'two', now: () => 1, cost: 1024 })).rejects.toMatchObject({
      failure: { code: 'vault_unavailable' },
    });
    expect(await (await createPassphraseVault({ folder, passphrase: 'one', now: () => 1, cost: 1024 })).get(slot)).toBe('secret');
  });

  it('does not open a secret that somebody moved to another slot or changed by one bit', async () => {
    const folder = await tempDir();
    const path = join(folder, 'vault.json');
    await (await createPassphraseVault({ folder, now: () => 1 })).put(slot, 'secret');
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('sessionKey', 'other'));
    const moved = await createPassphraseVault({ folder, now: () => 1 });
    await expect(moved.get({ ...slot, name: 'other' })).rejects.toMatchObject({ failure: { code: 'vault_unavailable' } });
    const { secrets } = JSON.parse(text) as { secrets: { sealed: string }[] };
    const sealed = Buffer.from(secrets[0]?.sealed ?? '', 'base64');
    sealed[sealed.length - 1] = (sealed[sealed.length - 1] ?? 0) ^ 1;
    await writeFile(path, text.replace(secrets[0]?.sealed ?? '', sealed.toString('base64')));
    const bent = await createPassphraseVault({ folder, now: () => 1 });
    await expect(bent.get(slot)).rejects.toMatchObject({ failure: { code: 'vault_unavailable' } });
  });

  it('never overwrites a file that a newer version wrote', async () => {
    const folder = await tempDir();
    await writeFile(join(folder, 'vault.json'), '{"version":2}');
    await expect(createPassphraseVault({ folder, now: () => 1 })).rejects.toMatchObject({ failure: { message: expect.stringContaining('newer') } });
    expect(await readFile(join(folder, 'vault.json'), 'utf8')).toBe('{"version":2}');
  });
});

describe('a damaged key file', () => {
  it('is set aside, and another takes its place', async () => {
    const folder = await tempDir();
    const slot = { account: 'acc_0123456789abcdef', name: 'sessionKey' };
    await (await createPassphraseVault({ folder, now: () => 1 })).put(slot, 'secret');
    await writeFile(join(folder, 'vault.key'), 'half of a k');
    const vault = await createPassphraseVault({ folder, now: () => 5 });
    expect(await readFile(join(folder, 'vault.key.damaged-5'), 'utf8')).toBe('half of a k');
    await expect(vault.get(slot)).rejects.toMatchObject({ failure: { code: 'vault_unavailable' } });
    expect((await vault.describe()).trouble).toMatch(/One saved key was locked in another way/);
    await vault.put(slot, 'again');
    expect(await (await createPassphraseVault({ folder, now: () => 6 })).get(slot)).toBe('again');
  });
});

describe('the keyring vault', () => {
  const slot = { account: 'acc_0123456789abcdef', name: 'sessionKey' };

  it('says plainly that a desktop without a keyring does not protect', async () => {
    const vault = await desktop('basic_text')(await tempDir(), () => 1);
    expect(await vault.describe()).toMatchObject({ backend: 'basic_text', protects: false, words: expect.stringContaining('not protected') });
  });

  it('does not write in clear when the keyring does not answer', async () => {
    const folder = await tempDir();
    const path = join(folder, 'secrets.json');
    const vault = await createSafeStorageVault({ safeStorage: fakeKeyring('gnome_libsecret', false), platform: 'linux', path, now: () => 1 });
    await expect(vault.put(slot, 'secret')).rejects.toMatchObject({ failure: { code: 'vault_unavailable', retry: true } });
    expect(await vault.get(slot)).toBeUndefined();
  });

  it('names the keyring that locked a secret when this desktop uses another one', async () => {
    const folder = await tempDir();
    await (await desktop('gnome_libsecret')(folder, () => 1)).put(slot, 'secret');
    const other = await desktop('kwallet6')(folder, () => 1);
    await expect(other.get(slot)).rejects.toMatchObject({ failure: { message: expect.stringMatching(/gnome_libsecret.*kwallet6/) } });
  });
});
