import { createSystemClock } from '../../src/main/adapters/clock/system.ts';
import type { Answer } from '../../src/shared/contract/errors.ts';
import type { MessagesPage, Timeline } from '../../src/shared/contract/views.ts';
import { startTestShop } from '../support/demoShop.ts';
import { startFakeTunnelServer } from '../support/fakeTunnelServer.ts';
import { screens } from './support/screens.ts';
import { expect, test } from './support/test.ts';

test('an owner connects by scanning, sees ticks through the tunnel, and sees what a dead tunnel meant', async ({ open }) => {
  const tunnels = await startFakeTunnelServer({ freeNameAfterMs: 1_000 });
  const far = await startTestShop({ clock: createSystemClock(), seed: 5, timeScale: 0.2, pace: 0 });
  try {
    const { page, request } = await open();
    const { withStatus, steps, goTo } = screens(page);

    await test.step('from a token to an open door', async () => {
      await page.getByRole('button', { name: /Connect WASenderApi/ }).click();
      await expect(page.getByText(/against WhatsApp’s terms/)).toBeVisible();
      await page.getByText('I understand').click();
      await page.getByRole('button', { name: 'Go on' }).click();
      await page.locator('input[type=password]').first().fill(far.personalAccessToken);
      await page.getByText('More settings').click();
      await page.getByRole('textbox', { name: 'Address of the service' }).fill(far.url);
      await page.getByRole('button', { name: 'Go on' }).click();
      await expect(page.getByRole('radio', { name: /Sun Bakery/ })).toBeChecked();
      await page.getByRole('button', { name: 'Use this session' }).click();
      await expect(page.getByRole('img', { name: /QR code/ })).toBeVisible();
      await expect(page.getByRole('heading', { name: 'Your phone is connected' })).toBeVisible({ timeout: 20_000 });
      await page.getByRole('button', { name: 'Go on' }).click();
      await page.getByText('Use a localtunnel server of your own').click();
      await page.getByRole('textbox', { name: 'Server' }).fill(tunnels.host);
      await page.getByRole('button', { name: 'Open the way in' }).click();
      await expect(page.getByText(/Live: WASenderApi reaches this computer at http/)).toBeVisible({ timeout: 20_000 });
      await page.getByRole('button', { name: 'Go to Live' }).click();
      // a pointer over the list holds it still
      await page.mouse.move(2, 2);
    });

    const strip = page.getByRole('list', { name: 'Connections' });
    await test.step('ticks climb by webhooks', async () => {
      await expect(strip.getByText('Session connected')).toBeVisible();
      await expect(strip.getByText('Webhooks live')).toBeVisible();
      far.shop.sendNow(10);
      await expect.poll(() => withStatus('delivered', 'read').count(), { timeout: 30_000 }).toBeGreaterThanOrEqual(3);
    });

    await test.step('the tunnel dies, and polling takes over within 75 s', async () => {
      tunnels.die();
      await expect(strip.getByText('No webhooks')).toBeVisible({ timeout: 75_000 });
    });

    const recovered = await test.step('what climbed unheard is found by asking', async () => {
      let found = '';
      const look = async () => {
        const answer = (await request('messages.page', { status: ['delivered', 'read'], limit: 100 })) as Answer<MessagesPage>;
        for (const row of answer.ok ? answer.value.rows : []) {
          const life = (await request('messages.get', { account: row.account, messageId: row.id })) as Answer<Timeline>;
          if (!life.ok || life.value.gaps.length === 0) continue;
          if (Object.values(life.value.message.steps).some((step) => step?.how === 'between')) found = row.id;
        }
        return found;
      };
      await expect.poll(look, { timeout: 30_000 }).not.toBe('');
      return found;
    });

    await test.step('the timeline says so, and when nobody was listening', async () => {
      await goTo('Messages');
      await page.locator(`[data-message="${recovered}"]`).click();
      const polled = steps.and(page.locator('[data-certainty="between"]')).first();
      await expect(polled).toContainText('found by polling');
      await expect(page.getByText(/^Not listening/)).toHaveCount(1);
      await page.keyboard.press('Escape');
    });

    await test.step('the service is back, and so is the door', async () => {
      tunnels.comeBack();
      await goTo('Live');
      await page.mouse.move(2, 2);
      await expect(strip.getByText('Webhooks live')).toBeVisible({ timeout: 40_000 });
      await expect(strip.getByText(/^Gap /)).toBeVisible();
      const before = await withStatus('delivered', 'read').count();
      far.shop.sendNow(6);
      await expect.poll(() => withStatus('delivered', 'read').count(), { timeout: 30_000 }).toBeGreaterThan(before);
    });
  } finally {
    await far.shop.stop();
    await tunnels.close();
  }
});

test('the demo shop is found by name, looked into event by event, and told of in Settings', async ({ open }) => {
  const { page, request } = await open({ demo: true });
  const { rows, withStatus, goTo } = screens(page);
  await expect(withStatus('delivered', 'read').first()).toBeVisible({ timeout: 30_000 });

  await test.step('search and filter', async () => {
    const named = async () => {
      const answer = (await request('messages.page', { kind: 'person', limit: 50 })) as Answer<MessagesPage>;
      return (answer.ok && answer.value.rows.find((row) => row.name !== null)?.name) || '';
    };
    await expect.poll(named).not.toBe('');
    const name = await named();
    await goTo('Messages');
    await page.getByRole('searchbox', { name: 'Search messages' }).fill(name.toLowerCase());
    await expect.poll(async () => new Set(await rows.locator('.title').allTextContents())).toEqual(new Set([name]));
    await page.getByRole('searchbox', { name: 'Search messages' }).fill('nobody of this name');
    await expect(page.getByText('No message matches these filters')).toBeVisible();
    await page.getByRole('button', { name: 'Clear filters' }).first().click();
    await page.getByRole('button', { name: /Status/ }).click();
    await page.getByRole('option', { name: 'Read', exact: true }).click();
    await expect
      .poll(async () => new Set(await rows.evaluateAll((all) => all.map((row) => (row as HTMLElement).dataset.status))))
      .toEqual(new Set(['read']));
  });

  await test.step('an event, with nothing in it that is nobody’s business', async () => {
    await goTo('Events');
    await page.getByTestId('event-row').filter({ hasText: 'message.sent' }).first().click();
    const body = page.getByRole('region', { name: 'Body, masked' });
    await expect(body).toContainText('[masked]');
    expect(await body.textContent()).not.toMatch(/[0-9a-f]{64}/);
    expect(await body.textContent()).not.toMatch(/\b\d{10,15}@s\.whatsapp\.net/);
  });

  await test.step('the account', async () => {
    await goTo('Settings');
    const card = page.getByRole('article', { name: 'Sun Bakery' });
    await expect(card.getByText('Demo', { exact: true })).toBeVisible();
    await expect(card.getByText('Connected to WhatsApp')).toBeVisible();
    await expect(card.getByText(/Live: Demo shop reaches this computer/)).toBeVisible();
    await expect(card.getByText('Personal access token')).toBeVisible();
    expect(await card.textContent()).not.toMatch(/demo-[0-9a-f]{20}/);
  });
});
