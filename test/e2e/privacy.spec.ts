import type { Answer } from '../../src/shared/contract/errors.ts';
import type { MessagesPage } from '../../src/shared/contract/views.ts';
import { screens } from './support/screens.ts';
import { expect, test } from './support/test.ts';

test('a contact is erased from a timeline, with a preview and a receipt, while the screen is shared', async ({ open }) => {
  const { page, request } = await open({ demo: true });
  const { rows, goTo } = screens(page);
  const people = async () => {
    const answer = (await request('messages.page', { kind: 'person', limit: 200 })) as Answer<MessagesPage>;
    return answer.ok ? answer.value.rows : [];
  };
  await expect.poll(async () => (await people()).length, { timeout: 45_000 }).toBeGreaterThan(3);

  await goTo('Settings');
  const privacy = page.getByRole('region', { name: 'Privacy' });
  await privacy.getByText('Others see this screen').click();
  await expect.poll(async () => (await people()).filter((row) => !/^\+\d+ ··· \d{3}$/.test(row.recipient ?? ''))).toEqual([]);

  await goTo('Messages');
  // a group's row tells its people instead
  await rows
    .filter({ hasText: /\+\d+ ··· \d{3}/ })
    .first()
    .click();
  const erase = page.getByRole('button', { name: 'Erase this contact' });
  await erase.click();
  const sheet = page.getByRole('dialog');
  await expect(sheet.getByText('Messages to them')).toBeVisible();
  await sheet.getByRole('button', { name: 'Erase for good' }).click();
  await expect(sheet.getByText('The number stands in none of them any more.')).toBeVisible({ timeout: 30_000 });
  await sheet.getByRole('button', { name: 'Close' }).click();
  await expect(erase).toBeHidden();

  await goTo('Settings');
  const erased = privacy.getByRole('list', { name: 'Contacts that were erased' }).getByRole('listitem');
  await expect(erased).toHaveCount(1);
  await erased.getByRole('button', { name: /Receipt/ }).click();
  await expect(page.getByRole('dialog', { name: 'Receipt of an erasure' })).toContainText('ends with');
});
