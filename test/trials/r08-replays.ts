import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DOCUMENTED_STYLE, groupReceipt, sent, statusUpdate } from '../../src/main/demo/payloads.ts';
import { createRandom, type Random } from '../../src/main/demo/random.ts';
import type { InboxRow } from '../../src/shared/contract/views.ts';
import { addAccount, SECRET } from '../support/anAccount.ts';
import { type App, startApp } from '../support/app.ts';
import { postMany } from '../support/postMany.ts';
import { untilAnswered } from '../support/until.ts';
import type { Trial } from './trial.ts';

const TIMES = 5;
const DAY_MS = 86_400_000;
const SHIFTED = pathToFileURL(resolve(import.meta.dirname, '../support/shiftedClock.mjs')).href;

/**
 * Valid webhooks, five about each message, no two of which say the same; one in ten states no time, so that only its bytes tell it
 * from its repeat. The first two always state theirs: both may say "sent", and without a time either would repeat the other.
 */
export function validRequests(random: Random, count: number, start: number): readonly string[] {
  return Array.from({ length: count }, (_, n) => {
    const message = Math.floor(n / 5);
    const step = n % 5;
    const style = { ...DOCUMENTED_STYLE, list: random.chance(0.3), time: random.chance(0.1) && step > 1 ? ('none' as const) : ('ms' as const) };
    const waId = idOf(message);
    const isGroup = message % 4 === 3;
    const chat = isGroup ? '120363000000000001@g.us' : `155500${String(message).padStart(5, '0')}@s.whatsapp.net`;
    const common = { apiKey: 'ab'.repeat(32), at: start + n, style };
    if (step === 0) return JSON.stringify(sent({ ...common, waId, to: chat, text: `Order ${message}` }));
    if (isGroup && step >= 3) {
      const person = `1555900${step}000@s.whatsapp.net`;
      return JSON.stringify(groupReceipt({ ...common, waId, chat, person, step: random.pick(['delivered', 'read']) }));
    }
    return JSON.stringify(statusUpdate({ ...common, waId, chat, status: step === 1 ? random.pick([0, 1, 2]) : step === 2 ? 3 : step === 3 ? 4 : 5 }));
  });
}

function idOf(message: number): string {
  return `3EB0REPLAY${String(message).padStart(5, '0')}`;
}

function shuffled<T>(random: Random, list: readonly T[]): T[] {
  return list
    .map((item) => ({ item, at: random.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

async function understood(app: App): Promise<void> {
  await untilAnswered(async () => (await app.rpc('inbox.page', { limit: 1 })).counts.kept === 0, 'an empty queue', 60_000);
}

/** What a message shows. Where no time was stated the time is that of the first arrival, which differs from order to order. */
async function shown(app: App, account: string, message: number): Promise<string> {
  const timeline = await app.rpc('messages.get', { account, messageId: idOf(message) });
  const steps = Object.entries(timeline.message.steps).map(([said, step]) => [said, step.how, step.how === 'arrival' ? null : step.at]);
  return JSON.stringify([timeline.message.status, steps.toSorted(), timeline.message.group, timeline.receipts.length]);
}

async function everyDuplicate(app: App, account: string): Promise<readonly InboxRow[]> {
  const rows: InboxRow[] = [];
  let cursor: string | undefined;
  do {
    const page = await app.rpc('inbox.page', { account, state: 'duplicate', limit: 200, ...(cursor === undefined ? {} : { cursor }) });
    rows.push(...page.rows);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return rows;
}

/** About 4 minutes at full scale. Each day is a process of its own whose clock is that many days ahead; every other one is killed. */
export const trial: Trial = {
  id: 'R8',
  title: 'a request that comes five times, in any order, over eight days and across restarts, counts once and is shown as a repeat',
  async run({ scale, seed, say }) {
    const count = scale === 'full' ? 10_000 : 400;
    const days = scale === 'full' ? 8 : 3;
    const random = createRandom(seed);
    const bodies = validRequests(random, count, Date.now() - 3_600_000);
    const perDay: string[][] = Array.from({ length: days }, () => []);
    for (const body of shuffled(random, Array.from({ length: TIMES }, () => bodies).flat())) random.pick(perDay).push(body);
    const data = await mkdtemp(join(tmpdir(), 'tickline-r08-'));
    const answers = new Set<string>();
    let app: App | undefined;
    let restarts = 0;
    try {
      let door: { account: string; webhookPath: string } | undefined;
      const firstDays = new Set<number>();
      for (const [day, list] of perDay.entries()) {
        if (app !== undefined) {
          await app.kill(day % 2 === 1 ? 'SIGTERM' : 'SIGKILL');
          restarts++;
        }
        app = await startApp({ data, env: { NODE_OPTIONS: `--import ${SHIFTED}`, TICKLINE_CLOCK_AHEAD_MS: String(day * DAY_MS) } });
        door ??= await addAccount(app);
        const { webhookPath } = door;
        for (const body of list.slice(0, 10)) {
          const answer = await fetch(app.webhooks + webhookPath, { method: 'POST', body, headers: { 'x-webhook-signature': SECRET } });
          answers.add(`${answer.status} ${await answer.text()}`);
        }
        const posts = list
          .slice(10)
          .map((body) => ({ path: webhookPath, headers: [['x-webhook-signature', SECRET]] as const, body: Buffer.from(body) }));
        for (const status of await postMany(app.webhooks, posts)) answers.add(`${status} `);
        await understood(app);
        const newest = (await app.rpc('inbox.page', { limit: 1 })).rows[0];
        firstDays.add(Math.round(((newest?.receivedAt ?? 0) - Date.now()) / DAY_MS));
        say(`day ${day + 1}: ${list.length} posted`);
      }
      if (app === undefined || door === undefined) throw new Error('no days');
      const { account } = door;
      const { counts } = await app.rpc('inbox.page', { limit: 1 });
      const duplicates = await everyDuplicate(app, account);
      const unexplained = duplicates.filter((row) => row.duplicateOf === null || (row.reason ?? '').length < 8).length;
      const repeats = new Map<number, number>();
      for (const { duplicateOf } of duplicates) repeats.set(duplicateOf ?? 0, (repeats.get(duplicateOf ?? 0) ?? 0) + 1);
      const wronglyTold = [...repeats.values()].filter((times) => times !== TIMES - 1).length;

      // The same requests once each, in good order, beside it.
      const control = await addAccount(app);
      const once = bodies.map((body) => ({
        path: control.webhookPath,
        headers: [['x-webhook-signature', SECRET]] as const,
        body: Buffer.from(body),
      }));
      await postMany(app.webhooks, once, 1);
      await understood(app);
      let different = 0;
      for (let message = 0; message < count / 5; message++)
        if ((await shown(app, account, message)) !== (await shown(app, control.account, message))) different++;
      return {
        figures: [
          { name: 'requests', value: count, target: `${count}, each ${TIMES} times`, pass: counts.applied + counts.duplicate === count * TIMES },
          { name: 'counted', value: counts.applied, target: `${count}`, pass: counts.applied === count },
          { name: 'shown as repeats', value: counts.duplicate, target: `${count * (TIMES - 1)}`, pass: counts.duplicate === count * (TIMES - 1) },
          { name: 'repeats without a first and a reason', value: unexplained, target: '0', pass: unexplained === 0 },
          { name: 'firsts that tell another number of repeats', value: wronglyTold, target: '0', pass: wronglyTold === 0 },
          { name: 'different answers', value: answers.size, target: '1', pass: answers.size === 1 && [...answers][0]?.startsWith('200') === true },
          { name: 'messages that differ from once in order', value: different, target: '0', pass: different === 0 },
          { name: 'days', value: firstDays.size, target: `${days}`, pass: firstDays.size === days },
          { name: 'restarts', value: restarts, target: `${days - 1}`, pass: restarts === days - 1 },
        ],
      };
    } finally {
      await app?.kill('SIGKILL');
      await rm(data, { recursive: true, force: true, maxRetries: 3 });
    }
  },
};
