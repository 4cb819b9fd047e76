import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import type { Answer } from '../../src/shared/contract/errors.ts';
import type { DoctorReport } from '../../src/shared/contract/health.ts';
import { screens } from './support/screens.ts';
import { expect, test } from './support/test.ts';

/** What a checker of accessibility finds, as far as anything is found. */
async function violations(page: Page): Promise<readonly string[]> {
  // the other mode opens a second page, which a desktop window has not
  const { violations: found } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
  return found.flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.target.join(' ')}`));
}

test('the Health screen names a provider that is down, counts it beside its name, and says when nothing is left', async ({ open }) => {
  const { page, request } = await open({ demo: true });
  const { goTo } = screens(page);
  const nav = page.getByRole('navigation', { name: 'Screens' });
  await goTo('Health');
  await expect(page.getByRole('heading', { level: 1, name: 'Health' })).toBeVisible();
  const needs = page.getByRole('region', { name: 'What needs you' });
  await expect(page.getByRole('region', { name: 'Connections' }).getByTestId('connection')).toContainText('Webhooks live');
  await expect(page.getByRole('region', { name: 'When nobody was listening' })).toBeVisible();

  await request('demo.set', { outage: true });
  await page.getByRole('button', { name: 'Check everything now' }).click();
  const finding = needs.locator('[data-finding="provider.unreachable"]');
  await expect(finding).toBeVisible({ timeout: 30_000 });
  await expect(finding).toHaveAttribute('data-level', 'problem');
  await finding.getByText('What we saw').click();
  await expect(finding.getByText(/HTTP 5\d\d/)).toBeVisible();
  await expect(nav.getByRole('link', { name: /^Health \d+ need a look$/ })).toBeVisible();
  expect(await violations(page)).toEqual([]);
  await page.getByRole('button', { name: 'Copy as text' }).click();
  await expect(page.getByRole('button', { name: 'Copied' })).toBeVisible();

  await request('demo.set', { outage: false });
  await expect(page.getByRole('button', { name: 'Check everything now' })).toBeEnabled();
  await page.getByRole('button', { name: 'Check everything now' }).click();
  await expect(finding).toHaveCount(0);
  await needs.getByText(/things are fine/).click();
  await expect(needs.locator('[data-finding="webhook.fine"]')).toBeVisible();
  const answer = (await request('doctor.last', {})) as Answer<DoctorReport>;
  const left = answer.ok ? answer.value.needs : -1;
  if (left === 0) await expect(needs.getByText('Nothing needs you.')).toBeVisible();
  else await expect(needs.locator('[data-level="warning"], [data-level="problem"]')).toHaveCount(left);

  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await violations(page)).toEqual([]);
});
