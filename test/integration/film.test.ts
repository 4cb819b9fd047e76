import { expect, it, onTestFinished } from 'vitest';
import { createSystemClock } from '../../src/main/adapters/clock/system.ts';
import { statusOf } from '../../src/main/core/domain/status.ts';
import type { TrueMessage } from '../../src/main/demo/index.ts';
import type { IntakeView, MessageRow, Timeline } from '../../src/shared/contract/views.ts';
import type { App } from '../support/app.ts';
import { startTestShop } from '../support/demoShop.ts';
import { startFakeTunnelServer } from '../support/fakeTunnelServer.ts';
import { openApp } from '../support/openApp.ts';
import { untilAnswered } from '../support/until.ts';

const NAME = 'sun-bakery-film';

it('loses nothing when the tunnel dies: polling takes over, the gap is told, and the door heals', { timeout: 75_000 }, async () => {
  // the real service, too, keeps a name for a second after its last connection has closed
  const tunnels = await startFakeTunnelServer({ freeNameAfterMs: 1_000 });
  onTestFinished(() => tunnels.close());
  const far = await startTestShop({ clock: createSystemClock(), seed: 21, timeScale: 0.15, pace: 0, connected: true });
  const { shop } = far;
  onTestFinished(() => shop.stop());
  const app = await openApp();

  // Connected with a token alone, before any session is chosen: the door opens, and waits for somebody to be told.
  const { accountId: account, webhookPath } = await app.rpc('accounts.create', {
    provider: 'wasenderapi',
    name: 'Sun Bakery',
    settings: { baseUrl: far.url },
    secrets: { personalAccessToken: far.personalAccessToken },
    tunnel: { kind: 'localtunnel', host: tunnels.host, name: NAME },
  });
  const door = async (): Promise<IntakeView> => (await app.rpc('intake.status', { account })).intakes[0] ?? raise('no intake');
  await untilAnswered(async () => (await door()).state === 'live', 'an open door');
  expect(await door()).toMatchObject({ webhookRegistered: false });
  const { sessions } = await app.rpc('session.list', { account });
  expect(sessions).toMatchObject([{ name: 'Sun Bakery', state: 'connected' }]);
  await app.rpc('session.choose', { account, session: sessions[0]?.id ?? '' });
  await untilAnswered(async () => (await door()).webhookRegistered, 'the address at the provider');
  const publicUrl = (await door()).publicUrl;
  expect(await addressAtProvider()).toBe(`${publicUrl}${webhookPath}`);
  expect((await door()).words).toBe(`Live: WASenderApi reaches this computer at ${publicUrl}.`);

  // Statuses come in through the tunnel.
  shop.sendNow(8);
  await untilAnswered(async () => (await toldByWebhook()).length >= 3, 'ticks by webhook');
  expect(tunnels.counts.publicRequests).toBeGreaterThan(10);
  const seenBefore = new Set((await allRows(app)).map((row) => row.messageId));

  // The tunnel dies in the middle of it.
  const diedAt = Date.now();
  tunnels.die();
  shop.sendNow(3);
  const dark = await untilAnswered(async () => door().then((view) => view.state === 'polling' && view), 'polling to take over', 75_000);
  const darkForMs = Date.now() - diedAt;
  expect(dark.words).toMatch(/Meanwhile we ask WASenderApi for news\.$/);
  expect(dark).toMatchObject({ polling: { active: true }, nextTryAt: expect.any(Number) });

  // What climbed unheard is found by asking, with the times between which it happened and not a second more.
  const polled = await untilAnswered(async () => {
    for (const row of await rowsIn(app, 'delivered', 'read')) {
      if (row.messageId === null || !seenBefore.has(row.messageId)) continue;
      const life = await app.rpc('messages.get', { account, messageId: row.messageId ?? row.id });
      const found = life.receipts.find((receipt) => receipt.source === 'poll' && receipt.certainty === 'between');
      if (found !== undefined) return { life, found };
    }
  }, 'a status recovered by polling');
  const truth = truthOf(polled.life.message);
  const really = truth?.steps[polled.found.said] ?? raise('a status that never was');
  expect(polled.found.at).toBeGreaterThanOrEqual(really);
  expect(polled.found.after ?? 0).toBeLessThanOrEqual(really);
  // Every question is counted, no more and no fewer than the provider was asked.
  await untilAnswered(async () => {
    const [fresh] = (await app.rpc('freshness.get', { account })).accounts;
    return fresh !== undefined && fresh.onlyAsked > 0 && fresh.requests.questions === shop.counts().requests['GET /messages/:id/info'];
  }, 'the questions counted as the provider counts them');

  // Since the last proof that a webhook could reach us, until polling began.
  expect(polled.life.gaps).toMatchObject([{ account, why: expect.stringMatching(/^The public address/), to: expect.any(Number) }]);
  expect(polled.life.gaps[0]?.from).toBeLessThan(dark.since);

  // Messages that nobody told us of turn up too.
  const unheard = shop.sendNow(4).flatMap(({ msgId }) => (msgId === undefined ? [] : [String(msgId)]));
  const known = async () => new Set((await allRows(app)).map((row) => row.providerMessageId));
  await untilAnswered(async () => known().then((ids) => unheard.every((id) => ids.has(id))), 'unheard messages', 15_000);

  // The service is back, but gives another name: the provider is told the new address, and webhooks come in.
  tunnels.set({ give: 'other' });
  tunnels.comeBack();
  await untilAnswered(async () => (await door()).state === 'live', 'the door to heal', 30_000);
  const moved = await untilAnswered(async () => door().then((view) => view.webhookRegistered && view), 'the new address at the provider');
  expect(moved.publicUrl).not.toBe(publicUrl);
  expect(await addressAtProvider()).toBe(`${moved.publicUrl}${webhookPath}`);
  const heard = new Set(shop.sendNow(4).map((message) => message.to));
  await untilAnswered(async () => (await rowsIn(app, 'delivered', 'read')).some((row) => heard.has(row.recipient ?? '')), 'ticks by webhook again');

  // What fell between the doors is asked about, the gap is closed with what came back, and everything is as it truly was.
  const gap = await untilAnswered(async () => {
    const { gaps } = await app.rpc('messages.get', { account, messageId: polled.life.message.messageId ?? '' });
    return gaps[0]?.reconciledAt != null && gaps[0];
  }, 'the gap to be gone over');
  expect(gap.recovered).toBeGreaterThan(0);
  expect((await door()).openGap).toBeNull();
  let lately: readonly string[] = [];
  await untilAnswered(
    async () => {
      lately = await differences();
      return lately.length === 0;
    },
    'every message to be as it truly was',
    30_000,
  ).catch(() => expect(lately).toEqual([]));
  await untilAnswered(async () => (await app.rpc('reconcile.last', { account })).runs[0]?.state === 'done', 'the last question', 30_000);
  console.info(`polling took over after ${darkForMs} ms; ${gap.recovered} recovered`);

  // On the way out, nobody is left posting to an address of ours.
  await app.stop();
  expect(await addressAtProvider()).toBeNull();

  /** The lives of messages whose delivery or reading came by webhook; nothing dark lies in them yet. */
  async function toldByWebhook(): Promise<readonly Timeline[]> {
    const lives = await Promise.all(
      (await rowsIn(app, 'delivered', 'read')).flatMap(({ messageId }) =>
        messageId === null ? [] : [app.rpc('messages.get', { account, messageId })],
      ),
    );
    for (const life of lives) expect(life.gaps, app.stderr()).toEqual([]);
    return lives.filter((life) => life.receipts.some(({ said, source }) => (said === 'delivered' || said === 'read') && source === 'webhook'));
  }

  async function addressAtProvider(): Promise<unknown> {
    const { body } = await far.call('GET', `/whatsapp-sessions/${shop.session().id}`);
    return (body as { data: { webhook_url: unknown } }).data.webhook_url;
  }

  function truthOf(row: MessageRow): TrueMessage | undefined {
    return shop
      .truth()
      .find((message) => message.waId === row.messageId || (message.msgId !== undefined && String(message.msgId) === row.providerMessageId));
  }

  /** Where the window says something else than what happened. Group receipts and the phone's own messages cannot be asked about, and after reading nobody asks whether a voice message was played. */
  async function differences(): Promise<readonly string[]> {
    const rows = await allRows(app);
    const found: string[] = [];
    for (const message of shop.truth()) {
      const told = rows.filter((row) => truthOf(row) === message || truthOf(row)?.msgId === message.msgId);
      const status = statusOf(Object.fromEntries(Object.entries(message.steps).map(([said, at]) => [said, { at: at ?? 0, how: 'stated' as const }])));
      if (message.origin === 'phone' || message.people.length > 0) continue;
      if (told.length !== 1) found.push(`${message.msgId}: ${told.length} rows`);
      else if (told[0]?.status !== status && !(told[0]?.status === 'read' && status === 'played'))
        found.push(`${message.msgId}: ${told[0]?.status} instead of ${status}`);
    }
    return found;
  }
});

async function allRows(app: App): Promise<readonly MessageRow[]> {
  return (await app.rpc('messages.page', { limit: 200 })).rows;
}

async function rowsIn(app: App, ...status: ('sent' | 'delivered' | 'read')[]): Promise<readonly MessageRow[]> {
  return (await app.rpc('messages.page', { status, limit: 200 })).rows;
}

function raise(words: string): never {
  throw new Error(words);
}
