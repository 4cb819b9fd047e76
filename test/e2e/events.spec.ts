import type { Answer } from '../../src/shared/contract/errors.ts';
import { screens } from './support/screens.ts';
import { expect, test } from './support/test.ts';

const SECRET = 'whsec_0123456789abcdef0123456789abcdef';
const AT = Date.now() - 60_000;
const key = { remoteJid: '15550002222@s.whatsapp.net', id: '3EB0EVENTS0001', fromMe: true };
const BODIES = [
  { event: 'messages.update', timestamp: AT, data: { update: { status: 2 }, key } },
  { event: 'messages.update', timestamp: AT, data: { update: { status: 2 }, key } },
  // a person of a group, about a message that went to one person
  {
    event: 'message-receipt.update',
    timestamp: AT,
    data: {
      message: {
        key: { ...key, remoteJid: '120363000000000001@g.us', participant: '447700900219@s.whatsapp.net' },
        receipt: { userJid: '447700900219@s.whatsapp.net', readTimestamp: Math.floor(AT / 1000) + 5 },
      },
    },
  },
  { event: 'chats.update', data: {} },
];

test('entries are marked by keyboard, previewed message by message, replayed, and lead to the message and back', async ({ open }) => {
  const { page, request, webhooks } = await open();
  const created = (await request('accounts.create', {
    provider: 'wasenderapi',
    name: 'The shop',
    settings: { baseUrl: 'http://127.0.0.1:9/api' },
    secrets: { webhookSecret: SECRET },
    tunnel: { kind: 'none' },
  })) as Answer<{ accountId: string; webhookPath: string }>;
  if (!created.ok) throw new Error(JSON.stringify(created.error));
  for (const body of BODIES) {
    const answer = await fetch(webhooks + created.value.webhookPath, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-webhook-signature': SECRET, 'x-request-id': 'req-7' },
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(200);
  }
  await page.reload();
  const { goTo, rowOf, steps } = screens(page);
  await goTo('Events');
  const grid = page.getByRole('grid', { name: /Entries/ });
  const marked = page.locator('[data-testid="event-row"][aria-selected="true"]');
  await expect(page.getByTestId('event-row')).toHaveCount(4);

  await grid.focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('Space');
  await expect(page.getByText('1 entry marked.')).toBeVisible();
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('Shift+ArrowDown');
  await expect(marked).toHaveCount(3);
  await page.getByRole('button', { name: 'Unmark' }).click();
  await page.getByTestId('event-row').first().locator('[data-mark]').click();
  await page
    .getByTestId('event-row')
    .nth(1)
    .locator('[data-mark]')
    .click({ modifiers: ['Shift'] });
  await expect(marked).toHaveCount(2);
  await page.getByRole('button', { name: 'Mark all that match' }).click();
  await expect(page.getByText('4 entries marked, all that match the filter.')).toBeVisible();
  await expect(marked).toHaveCount(4);

  await page.getByRole('button', { name: 'Replay marked…' }).click();
  const sheet = page.getByRole('dialog', { name: 'Replay' });
  await expect(sheet.getByText('no message changes')).toBeVisible();
  await sheet.getByText('Also apply what cannot be true').click();
  await expect(sheet.getByText('1 message changes')).toBeVisible();
  await expect(sheet.getByRole('list', { name: 'How the messages change' })).toContainText('1 Sent → Read');
  await expect(sheet.getByRole('region', { name: 'The messages, before and after' })).toContainText('+ Read');
  if (process.env.TICKLINE_SHOTS) await page.screenshot({ path: `${process.env.TICKLINE_SHOTS}/replay.png` });
  await sheet.getByRole('button', { name: 'Replay', exact: true }).click();
  await expect(page.getByRole('dialog', { name: 'Replayed' }).getByText('1 message changed')).toBeVisible();
  await page.getByRole('button', { name: 'Close', exact: true }).click();
  await expect(page.getByText('No entry is marked.')).toBeVisible();

  // from the tick to the entry behind it, to its bytes and headers, and back
  await goTo('Messages');
  await rowOf('222').first().click();
  await expect(page.getByText('webhook; it cannot be asked about')).toBeVisible();
  await steps
    .filter({ hasText: 'Sent' })
    .getByRole('link', { name: /webhook 1/ })
    .click();
  const pane = page.getByRole('complementary', { name: 'Entry 1' });
  await expect(pane.getByText('came again 1 time and was counted once')).toBeVisible();
  await expect(pane.getByRole('region', { name: 'Body, masked' })).toContainText('3EB0EVENTS0001');
  await expect(pane.getByText('x-request-id')).toBeVisible();
  await expect(pane.getByRole('button', { name: 'Copy as curl' })).toBeVisible();
  if (process.env.TICKLINE_SHOTS) await page.screenshot({ path: `${process.env.TICKLINE_SHOTS}/entry.png` });
  await pane.getByRole('button', { name: /Sent/ }).click();
  await expect(page.getByRole('complementary', { name: /Timeline of the message/ })).toBeVisible();
});
