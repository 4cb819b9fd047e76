import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { screens } from './support/screens.ts';
import { expect, test } from './support/test.ts';

/** As if the keyring, or the file with the key, were another one than when the keys were saved. */
async function changeTheLock(data: string): Promise<void> {
  const keyring = join(data, 'secrets.json');
  if (!existsSync(keyring)) return writeFile(join(data, 'vault.key'), Buffer.alloc(32, 7).toString('base64'));
  const file = JSON.parse(await readFile(keyring, 'utf8')) as { secrets: { lock: string }[] };
  for (const secret of file.secrets) secret.lock = 'another_keyring';
  await writeFile(keyring, JSON.stringify(file));
}

test('keys that cannot be opened any more are asked for in Settings, and entered there', async ({ open, folder }) => {
  const first = await open();
  const key = 'c0ffee'.repeat(10);
  await first.request('accounts.create', {
    provider: 'wasenderapi',
    name: 'Sun Bakery',
    settings: { baseUrl: 'http://127.0.0.1:2/api' },
    secrets: { apiKey: `${key}beef` },
    tunnel: { kind: 'none' },
  });
  await first.close();
  await changeTheLock(join(folder, 'data'));

  const { page } = await open();
  await screens(page).goTo('Settings');
  const card = page.getByRole('article', { name: 'Sun Bakery' });
  await expect(card.getByText('Its saved key cannot be opened any more; enter it again')).toBeVisible();
  await card.getByRole('button', { name: 'Enter again…' }).click();
  const sheet = page.getByRole('dialog', { name: 'Enter the session API key' });
  await sheet.getByLabel('Session API key').fill(`${key}beef`);
  await sheet.getByRole('button', { name: 'Save' }).click();
  await expect(sheet).toBeHidden();
  await expect(card.getByText('cannot be opened')).toHaveCount(0);
  await expect(card.getByRole('button', { name: 'Replace…' })).toBeVisible();
});
