/** A going-over that is cut off by kill -9 goes on where it was, in a real process over real HTTP. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startFarProvider } from '../support/farProvider.ts';
import { openApp } from '../support/openApp.ts';
import { untilAnswered } from '../support/until.ts';

const MESSAGES = 150;

it('goes on with a reconciliation that was killed in the middle', { timeout: 120_000 }, async () => {
  const data = mkdtempSync(join(tmpdir(), 'tickline-killed-'));
  onTestFinished(() => rmSync(data, { recursive: true, force: true }));
  const far = await startFarProvider({
    clock: { now: () => Date.now(), monotonic: () => performance.now(), after: () => () => undefined },
    perMinute: 6_000,
    sessions: 1,
  });
  onTestFinished(() => far.close());
  const first = await openApp({ data });
  const { accountId: account } = await first.rpc('accounts.create', {
    provider: 'wasenderapi',
    name: 'Shop',
    settings: { baseUrl: far.url },
    secrets: { personalAccessToken: far.token },
    tunnel: { kind: 'local' },
  });
  await first.rpc('session.choose', { account, session: '41' });
  await untilAnswered(async () => (await first.rpc('reconcile.last', { account })).runs[0]?.state === 'done', 'the start', 30_000);
  const sentAt = Date.now() - 2_000;
  const one = async (i: number) => {
    far.add(0, i, { queued: sentAt, sent: sentAt, delivered: sentAt + 1_000 });
    await first.rpc('messages.track', { account, messageId: far.waIdOf(i), providerMessageId: i, recipient: `+1555${1_000_000 + i}`, sentAt });
  };
  await Promise.all(Array.from({ length: MESSAGES }, (_, i) => one(i + 1)));

  await first.rpc('reconcile.run', { account });
  const cut = await untilAnswered(async () => {
    const view = (await first.rpc('reconcile.last', { account })).runs[0];
    return view !== undefined && view.asked > MESSAGES / 10 && view.asked < MESSAGES && view;
  }, 'the middle of it');
  await first.kill('SIGKILL');
  const askedBefore = far.asked.length;

  const second = await openApp({ data });
  onTestFinished(async () => void (await second.stop()));
  const runs = await untilAnswered(
    async () => {
      const { rows } = await second.rpc('reconcile.list', { account });
      return rows.every((run) => run.finishedAt !== null) && rows;
    },
    'the end of it',
    60_000,
  );
  const resumed = runs.find((run) => run.startedAt === cut.startedAt);
  expect(resumed).toMatchObject({ toAsk: MESSAGES, asked: MESSAGES, recovered: MESSAGES });
  expect((await second.rpc('app.status')).headline).toMatchObject({ total: MESSAGES, known: MESSAGES, unknown: 0 });
  // those that were on their way when it was killed have to be asked again, and what fell into the gap is asked about as well
  const inThisRun = far.asked.length - askedBefore;
  expect(askedBefore).toBeGreaterThan(MESSAGES / 10);
  expect(inThisRun).toBeGreaterThan(0);
  expect(far.counts.overLimit).toBe(0);
});
