import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Answer } from '../../src/shared/contract/errors.ts';
import type { MessagesPage } from '../../src/shared/contract/views.ts';
import { screens } from './support/screens.ts';
import { expect, test } from './support/test.ts';

test('a newcomer goes from the three doors through the demo shop to the first ticks', async ({ open }) => {
  const { page } = await open();
  await expect(page.getByRole('button', { name: /Connect WASenderApi/ })).toBeVisible();
  await expect(page.getByRole('button', { name: /Another provider/ })).toBeVisible();
  await page.getByRole('button', { name: /demo shop/ }).click();
  await expect(page.getByRole('img', { name: /QR code/ })).toBeVisible();
  // it gets scanned by itself
  await expect(page.getByRole('navigation', { name: 'Screens' })).toBeVisible({ timeout: 45_000 });
  await expect(screens(page).withStatus('delivered', 'read').first()).toBeVisible({ timeout: 45_000 });
  await expect(page.getByText('Demo', { exact: true }).first()).toBeVisible();
});

test('twenty demo messages climb to delivered within a minute, and a timeline tells how we know', async ({ open }) => {
  const { page, request } = await open({ demo: true });
  const { rows, withStatus, steps, goTo } = screens(page);
  await expect(rows.first()).toBeVisible();
  await expect
    .poll(
      async () => {
        const answer = (await request('messages.page', { status: ['delivered', 'read', 'played'], limit: 200 })) as Answer<MessagesPage>;
        return answer.ok ? answer.value.rows.length : 0;
      },
      { timeout: 60_000 },
    )
    .toBeGreaterThanOrEqual(20);

  await goTo('Messages');
  await withStatus('read', 'delivered').first().click();
  await expect(steps.first()).toBeVisible();
  const told = await steps.evaluateAll((list) => list.map((step) => ({ data: { ...(step as HTMLElement).dataset }, words: step.textContent ?? '' })));
  for (const step of told) {
    expect(['stated', 'arrival', 'between']).toContain(step.data.certainty);
    expect(['webhook', 'poll', 'send', 'import', 'track']).toContain(step.data.source);
  }
  expect(told.some((step) => step.data.said === 'delivered' && /stated by/i.test(step.words))).toBe(true);
});

test('the log is exported as a file that holds every message', async ({ open, folder }) => {
  const { page, request, saveExport } = await open({ demo: true });
  const { withStatus, goTo, exportSheet } = screens(page);
  await expect(withStatus('delivered', 'read').nth(3)).toBeVisible({ timeout: 30_000 });
  await goTo('Messages');
  await page.getByRole('button', { name: /Export/ }).click();
  await exportSheet.getByRole('button', { name: 'Export', exact: true }).click();
  const save = exportSheet.getByRole('button', { name: 'Save file' });
  await expect(save).toBeVisible();
  const path = join(folder, 'saved.csv');
  await saveExport(() => save.click(), path);
  await expect(exportSheet.getByText(/^Saved as/)).toBeVisible();
  const lines = (await readFile(path, 'utf8')).trim().split(/\r?\n/);
  const answer = (await request('exports.status')) as Answer<{ exports: readonly { rows: number }[] }>;
  expect(answer.ok && answer.value.exports[0]?.rows).toBe(lines.length - 1);
  expect(lines.length).toBeGreaterThan(2);
  // a cell that begins with a plus is text, never a formula
  expect(lines.slice(1).filter((line) => /(^|,)[=+@-]/.test(line))).toEqual([]);
});
