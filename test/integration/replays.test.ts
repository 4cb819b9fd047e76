import { expect, it } from 'vitest';
import { DOCUMENTED_STYLE, groupReceipt, sent, statusUpdate } from '../../src/main/demo/payloads.ts';
import { createRandom, type Random } from '../../src/main/demo/random.ts';
import { type App, startApp } from '../support/app.ts';
import { addAccount, SECRET } from '../support/openApp.ts';
import { postMany } from '../support/postMany.ts';
import { tempDir } from '../support/tempDir.ts';
import { untilAnswered } from '../support/until.ts';

const REQUESTS = 500;
const TIMES = 5;
const SEED = 20_260_308;
/** All of them come five times, so some of the rounds fall before a restart and some behind it. */
const RESTARTS = 2;

/** Valid webhooks about a hundred messages, no two alike; one in ten states no time, so that only its bytes tell it from its repeat. */
function requests(random: Random, start: number): readonly string[] {
  return Array.from({ length: REQUESTS }, (_, n) => {
    const message = Math.floor(n / 5);
    const waId = `3EB0REPLAY${String(message).padStart(4, '0')}`;
    const isGroup = message % 4 === 3;
    const chat = isGroup ? '120363000000000001@g.us' : `1555000${String(message).padStart(4, '0')}@s.whatsapp.net`;
    const style = { ...DOCUMENTED_STYLE, list: random.chance(0.3), time: random.chance(0.1) ? ('none' as const) : ('ms' as const) };
    const common = { apiKey: 'ab'.repeat(32), at: start + n, style };
    const step = n % 5;
    if (step === 0) return JSON.stringify(sent({ ...common, waId, to: chat, text: `Order ${message}` }));
    if (isGroup && step >= 3) {
      const person = `1555900${step}000@s.whatsapp.net`;
      return JSON.stringify(groupReceipt({ ...common, waId, chat, person, step: random.pick(['delivered', 'read']) }));
    }
    return JSON.stringify(statusUpdate({ ...common, waId, chat, status: step === 1 ? random.pick([0, 1, 2]) : step === 2 ? 3 : step === 3 ? 4 : 5 }));
  });
}

function shuffled<T>(random: Random, list: readonly T[]): T[] {
  return list
    .map((item) => ({ item, at: random.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

async function understood(app: App): Promise<void> {
  await untilAnswered(async () => (await app.rpc('inbox.page', { limit: 1 })).counts.kept === 0, 'an empty queue');
}

/** What each message shows, and how many statements stand behind it. */
async function shown(app: App, account: string) {
  const lives: Record<string, unknown> = {};
  for (let message = 0; message < REQUESTS / 5; message += 7) {
    const messageId = `3EB0REPLAY${String(message).padStart(4, '0')}`;
    const timeline = await app.rpc('messages.get', { account, messageId });
    lives[messageId] = {
      status: timeline.message.status,
      steps: timeline.message.steps,
      group: timeline.message.group,
      receipts: timeline.receipts.length,
    };
  }
  const { sent: sentCount, delivered, read, total } = await app.rpc('reports.funnel', { account });
  return { lives, figures: { total, sent: sentCount, delivered, read } };
}

it(`counts each of ${REQUESTS} requests once though it comes ${TIMES} times, in any order, across ${RESTARTS} restarts, and shows the rest as duplicates`, {
  timeout: 60_000,
}, async () => {
  const random = createRandom(SEED);
  const start = Date.now() - 3_600_000;
  const bodies = requests(random, start);
  expect(new Set(bodies).size).toBe(REQUESTS);
  const data = await tempDir();

  let app = await startApp({ data });
  try {
    const { account, webhookPath } = await addAccount(app);
    const post = async (some: readonly string[]) => {
      const statuses = await postMany(
        app.webhooks,
        some.map((body) => ({ path: webhookPath, headers: [['x-webhook-signature', SECRET]], body: Buffer.from(body) })),
      );
      expect(new Set(statuses)).toEqual(new Set([200]));
      await understood(app);
    };
    await post(shuffled(random, bodies));
    const once = await shown(app, account);
    expect((await app.rpc('inbox.page', { limit: 1 })).counts).toMatchObject({ ignored: 0, quarantined: 0 });
    const alreadyKnown = (await app.rpc('inbox.page', { limit: 1 })).counts.duplicate;

    const again = shuffled(random, Array.from({ length: TIMES - 1 }, () => bodies).flat());
    const part = Math.ceil(again.length / (RESTARTS + 1));
    for (let round = 0; round <= RESTARTS; round++) {
      if (round > 0) {
        // once in good order and once not
        await app.kill(round === 1 ? 'SIGTERM' : 'SIGKILL');
        app = await startApp({ data });
      }
      await post(again.slice(round * part, (round + 1) * part));
    }

    expect(await shown(app, account)).toEqual(once);
    const { counts, rows } = await app.rpc('inbox.page', { account, state: 'duplicate', limit: 200 });
    expect(counts).toMatchObject({
      applied: REQUESTS - alreadyKnown,
      duplicate: REQUESTS * (TIMES - 1) + alreadyKnown,
      kept: 0,
      ignored: 0,
      quarantined: 0,
    });
    for (const row of rows) expect(row).toMatchObject({ state: 'duplicate', reason: expect.stringMatching(/.{8}/) });
    // the first one tells how often it came, and a repeat leads to it
    const repeat = rows.find((row) => row.duplicateOf !== null);
    const first = await app.rpc('inbox.get', { id: repeat?.duplicateOf ?? 0 });
    expect(first).toMatchObject({ state: 'applied', repeats: TIMES - 1 });
  } finally {
    await app.kill('SIGKILL');
  }
});
