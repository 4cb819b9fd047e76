import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FailureError } from '../../src/main/core/domain/failure.ts';
import type { Vault } from '../../src/main/core/ports/vault.ts';
import { tempDir } from '../support/tempDir.ts';

export type VaultBody = {
  /** Opens the vault that keeps its files in `folder`; again and again, as after restarts. */
  open(folder: string, now: () => number): Promise<Vault>;
  /** The same files under another lock: a changed keyring, another key. */
  openWithOtherLock(folder: string, now: () => number): Promise<Vault>;
};

const ACCOUNT = 'acc_0123456789abcdef';
const OTHER = 'acc_fedcba9876543210';
const SECRET = 'wsk_5d0e61f2_ünïcode_🔑';

/** What every vault promises, whatever locks it. */
export function vaultContract(name: string, body: VaultBody): void {
  describe(`the vault "${name}"`, () => {
    const slot = { account: ACCOUNT, name: 'sessionKey' };

    it('gives back what was put, also after a restart', async () => {
      const folder = await tempDir();
      await (await body.open(folder, () => 1)).put(slot, SECRET);
      expect(await (await body.open(folder, () => 2)).get(slot)).toBe(SECRET);
    });

    it('knows nothing of a secret that was never set', async () => {
      const vault = await body.open(await tempDir(), () => 1);
      expect(await vault.get(slot)).toBeUndefined();
      expect(await vault.list(ACCOUNT)).toEqual([]);
    });

    it('replaces a secret and tells when each was set, never what it is', async () => {
      const folder = await tempDir();
      let now = 1000;
      const vault = await body.open(folder, () => now);
      await vault.put(slot, 'first');
      now = 2000;
      await vault.put(slot, 'second');
      await vault.put({ account: ACCOUNT, name: 'webhookSecret' }, 'third');
      expect(await vault.get(slot)).toBe('second');
      const listed = await vault.list(ACCOUNT);
      expect(listed.toSorted((a, b) => a.name.localeCompare(b.name))).toEqual([
        { name: 'sessionKey', setAt: 2000 },
        { name: 'webhookSecret', setAt: 2000 },
      ]);
    });

    it('forgets one account and leaves the others', async () => {
      const folder = await tempDir();
      const vault = await body.open(folder, () => 1);
      await vault.put(slot, SECRET);
      await vault.put({ account: OTHER, name: 'sessionKey' }, 'other');
      await vault.removeAccount(ACCOUNT);
      const again = await body.open(folder, () => 2);
      expect(await again.get(slot)).toBeUndefined();
      expect(await again.get({ account: OTHER, name: 'sessionKey' })).toBe('other');
    });

    it('keeps all of many secrets that are put at once', async () => {
      const folder = await tempDir();
      const vault = await body.open(folder, () => 1);
      const names = Array.from({ length: 20 }, (_, i) => `slot${i}`);
      await Promise.all(names.map((one) => vault.put({ account: ACCOUNT, name: one }, `value of ${one}`)));
      const again = await body.open(folder, () => 1);
      for (const one of names) expect(await again.get({ account: ACCOUNT, name: one })).toBe(`value of ${one}`);
    });

    it('writes no secret in clear, and files for its owner alone', async () => {
      const folder = await tempDir();
      await (await body.open(folder, () => 1)).put(slot, SECRET);
      for (const file of await readdir(folder)) {
        const path = join(folder, file);
        expect(await readFile(path, 'utf8')).not.toContain('5d0e61f2');
        expect(Buffer.from(await readFile(path, 'utf8'), 'base64').toString('latin1')).not.toContain('5d0e61f2');
        if (process.platform !== 'win32') expect((await stat(path)).mode & 0o077).toBe(0);
      }
    });

    it('says kindly that a secret cannot be opened any more, and takes a new one', async () => {
      const folder = await tempDir();
      await (await body.open(folder, () => 1)).put(slot, SECRET);
      const changed = await body.openWithOtherLock(folder, () => 2);
      const failure = await changed.get(slot).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(failure).toBeInstanceOf(FailureError);
      expect(failure).toMatchObject({ failure: { code: 'vault_unavailable', message: expect.stringContaining('enter') } });
      expect(await changed.list(ACCOUNT)).toHaveLength(1);
      expect((await changed.describe()).trouble).toMatch(/locked in another way/);
      await changed.put(slot, 'entered again');
      expect(await changed.get(slot)).toBe('entered again');
      expect((await changed.describe()).trouble).toBeUndefined();
    });

    it('sets a damaged file aside as it is, says so, and goes on', async () => {
      const folder = await tempDir();
      await (await body.open(folder, () => 1)).put(slot, SECRET);
      const file = (await readdir(folder)).find((one) => one.endsWith('.json')) ?? '';
      const damaged = (await readFile(join(folder, file), 'utf8')).slice(0, 60);
      await writeFile(join(folder, file), damaged);
      const vault = await body.open(folder, () => 77);
      expect(await vault.get(slot)).toBeUndefined();
      expect((await vault.describe()).trouble).toMatch(/damaged.*enter the keys again/i);
      await vault.put(slot, 'entered again');
      expect(await readFile(join(folder, `${file}.damaged-77`), 'utf8')).toBe(damaged);
      const again = await body.open(folder, () => 78);
      expect(await again.get(slot)).toBe('entered again');
      expect((await again.describe()).trouble).toBeUndefined();
    });

    it('says in words whether it really protects', async () => {
      const description = await (await body.open(await tempDir(), () => 1)).describe();
      expect(description.words).toMatch(/^Keys are .*\.$/);
      expect(description.words.includes('not protected')).toBe(!description.protects && description.backend !== 'key-file');
    });
  });
}
