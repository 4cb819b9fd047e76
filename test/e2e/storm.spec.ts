import { availableParallelism, loadavg } from 'node:os';
import type { Answer } from '../../src/shared/contract/errors.ts';
import type { MessagesPage } from '../../src/shared/contract/views.ts';
import { screens } from './support/screens.ts';
import { storm } from './support/storm.ts';
import { expect, test } from './support/test.ts';

const PER_SECOND = 500;
const SECONDS = 10;
const SECRET = 'whsec_0123456789abcdef0123456789abcdef';

/** Three receipts for every message: sent, delivered, read, in the documented form. */
function receipts(messages: number): string[] {
  const at = Date.now();
  return Array.from({ length: messages * 3 }, (_, i) => {
    const message = Math.floor(i / 3);
    const key = {
      remoteJid: `1555${String(message).padStart(7, '0')}@s.whatsapp.net`,
      id: `3EB0STORM${String(message).padStart(7, '0')}`,
      fromMe: true,
    };
    return JSON.stringify({ event: 'messages.update', timestamp: at + i, data: { update: { status: 2 + (i % 3) }, key } });
  });
}

test(`the page stays responsive while ${PER_SECOND} webhooks a second come in, and none is lost`, async ({ open }) => {
  const { page, request, webhooks } = await open();
  const created = (await request('accounts.create', {
    provider: 'wasenderapi',
    name: 'Storm',
    settings: { baseUrl: 'http://127.0.0.1:9/api' },
    secrets: { apiKey: 'a'.repeat(64), webhookSecret: SECRET },
    tunnel: { kind: 'none' },
  })) as Answer<{ accountId: string; webhookPath: string }>;
  if (!created.ok) throw new Error(JSON.stringify(created.error));
  await page.reload();
  const { rows } = screens(page);
  await expect(page.getByRole('navigation', { name: 'Screens' })).toBeVisible();

  const url = `${webhooks}${created.value.webhookPath}`;
  const headers = { 'x-webhook-signature': SECRET };
  const bodies = receipts((PER_SECOND * SECONDS) / 3);
  // the first paint and the just-in-time compiler are not what is measured
  await storm(url, headers, bodies.slice(0, 300), PER_SECOND);
  await expect(rows.first()).toBeVisible();
  await page.evaluate(() => {
    const seen = { tasks: [] as number[] };
    Object.assign(window, { seen });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.tasks.push(entry.duration);
    }).observe({ type: 'longtask' });
  });
  // A long task is wall time, so whatever else the machine does for a moment shows in it: three windows, and the middle one counts.
  const loadBefore = loadavg()[0] ?? 0;
  const windows: (readonly number[])[] = [];
  const rest = bodies.slice(300);
  const third = Math.ceil(rest.length / 3);
  for (let i = 0; i < 3; i++) {
    const result = await storm(url, headers, rest.slice(i * third, (i + 1) * third), PER_SECOND);
    expect(result.accepted).toBe(result.sent);
    windows.push(await page.evaluate(() => (window as unknown as { seen: { tasks: number[] } }).seen.tasks.splice(0)));
  }

  const expected = Math.floor((PER_SECOND * SECONDS) / 3);
  const reachedRead = async () => {
    let total = 0;
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const answer = (await request('messages.page', { status: 'read', limit: 200, ...(cursor ? { cursor } : {}) })) as Answer<MessagesPage>;
      if (!answer.ok) throw new Error(answer.error.message);
      total += answer.value.rows.length;
      cursor = answer.value.nextCursor;
    }
    return total;
  };
  await expect.poll(reachedRead, { timeout: 30_000 }).toBe(expected);
  const longest = windows.map((tasks) => Math.max(0, ...tasks)).sort((a, b) => a - b);
  test.info().annotations.push({
    type: 'figures',
    description: `${rest.length} posts at ${PER_SECOND}/s, longest task of each third ${longest.join(', ')} ms; load ${loadBefore.toFixed(1)} before on ${availableParallelism()} cores`,
  });
  // A long task is wall time, and on two cores the page shares them with the engine, the listener and the storm: the very same build was
  // seen to keep below 50 ms on one day and to need 76 on another. The bound catches a page that has become slow; the figures tell the rest.
  expect(longest[1]).toBeLessThanOrEqual(test.info().project.name === 'desktop' ? 200 : 150);
});
