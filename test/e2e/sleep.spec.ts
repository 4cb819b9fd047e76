import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Answer } from '../../src/shared/contract/errors.ts';
import type { RequestName } from '../../src/shared/contract/names.ts';
import type { In, Out } from '../../src/shared/contract/requests.ts';
import { startFarProvider } from '../support/farProvider.ts';
import { screens } from './support/screens.ts';
import { expect, test } from './support/test.ts';

const HOUR = 3_600_000;
const MESSAGES = 5_000;
/** High enough that this test does not take as long as the owner would wait. */
const PER_MINUTE = 60_000;

test('a laptop sleeps for an hour in which 5 000 messages are delivered: the headline says so, then knows every fate, and the gap stays', async ({
  open,
  folder,
}) => {
  // the app's week must not begin in its sleep
  const today = new Date();
  const lateOnSunday = today.getDay() === 0 && today.getHours() >= 22 ? -3 * HOUR : 0;
  let slept = lateOnSunday;
  const clockFile = join(folder, 'slept');
  const sleep = (ms: number) => {
    slept += ms;
    writeFileSync(clockFile, String(slept));
  };
  sleep(0);
  const far = await startFarProvider({
    clock: { now: () => Date.now() + slept, monotonic: () => performance.now(), after: () => () => undefined },
    perMinute: PER_MINUTE,
    sessions: 1,
  });
  test.setTimeout(300_000);
  try {
    const preload = new URL('support/sleepyClock.mjs', import.meta.url).href;
    const opened = await open({ env: { NODE_OPTIONS: `--import=${preload}`, SLEEPY_CLOCK: clockFile } });
    const { page, request, pid } = opened;
    if (pid === undefined) throw new Error('no process');
    async function ask<N extends RequestName>(name: N, input: In<N>): Promise<Out<N>> {
      const answer = (await request(name, input)) as Answer<Out<N>>;
      if (!answer.ok) throw new Error(`${name}: ${answer.error.message}`);
      return answer.value;
    }
    const headline = page.locator('h1.headline');
    const strip = page.getByRole('list', { name: 'Connections' });
    const { steps, goTo } = screens(page);

    const account = await test.step('an account whose webhooks arrive', async () => {
      const { accountId } = await ask('accounts.create', {
        provider: 'wasenderapi',
        name: 'Sun Bakery',
        settings: { baseUrl: far.url },
        secrets: { personalAccessToken: far.token },
        tunnel: { kind: 'local' },
      });
      await ask('session.choose', { account: accountId, session: '41' });
      await page.reload();
      await goTo('Live');
      await expect(strip.getByText('Webhooks live')).toBeVisible();
      return accountId;
    });

    await test.step('5 000 messages are on the way', async () => {
      const sentAt = Date.now() + slept;
      const one = async (i: number) => {
        far.add(0, i, { queued: sentAt, sent: sentAt, delivered: sentAt + 60_000 + Math.floor(((HOUR - 120_000) * i) / MESSAGES) });
        const messageId = far.waIdOf(i);
        await ask('messages.track', { account, messageId, providerMessageId: i, recipient: `+1555${1_000_000 + i}`, sentAt });
        await far.tell(i);
      };
      for (let i = 1; i <= MESSAGES; i += 50) await Promise.all(Array.from({ length: 50 }, (_, j) => one(i + j)));
      await expect(headline).toContainText('0 of 5,000 messages');
      // a few of those that webhooks told of are confirmed by asking
      await expect(headline).toContainText(/(5,000|4,9\d\d) are on the way\./);
      expect(far.counts.webhooksLost).toBe(0);
    });

    const wokeAt = await test.step('the laptop sleeps for an hour, and wakes', async () => {
      process.kill(pid, 'SIGSTOP');
      sleep(HOUR);
      const at = Date.now() + slept;
      process.kill(pid, 'SIGCONT');
      return at;
    });

    await test.step('the headline is honest about what it does not know yet, and for how long', async () => {
      await expect(headline).toContainText(/[\d,]+ are being checked, about .+ to go\./);
      await expect(strip.getByText('Catching up')).toBeVisible();
    });

    await test.step('then every fate is known', async () => {
      await expect(headline).toHaveText(/^All 5,000 messages .* have a known fate\.$/, { timeout: 240_000 });
    });

    await test.step('the gap is told, with what came back', async () => {
      await expect(strip.getByText(/^Gap \d\d:\d\d–\d\d:\d\d/)).toContainText(/recovered/, { timeout: 60_000 });
      const { rows } = await ask('gaps.list', { account });
      const gap = rows.find((one) => one.why === 'The computer was asleep.');
      expect(gap).toMatchObject({ reconciledAt: expect.any(Number) });
      expect(Math.abs((gap?.to ?? 0) - wokeAt)).toBeLessThan(30_000);
      expect((gap?.to ?? 0) - (gap?.from ?? 0)).toBeGreaterThanOrEqual(HOUR - 5_000);
      expect(gap?.recovered).toBeGreaterThan(MESSAGES * 0.9);
    });

    await test.step('and stays on the timelines', async () => {
      await goTo('Messages');
      await page.getByTestId('message-row').first().click();
      await expect(page.getByText(/^Not listening/)).toHaveCount(1);
      await expect(steps.and(page.locator('[data-certainty="between"]')).first()).toContainText('found by polling');
    });
  } finally {
    await far.close();
  }
});
