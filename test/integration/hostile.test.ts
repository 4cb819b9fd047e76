import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { InboxRow } from '../../src/shared/contract/views.ts';
import type { App } from '../support/app.ts';
import { forgeries } from '../support/forgeries.ts';
import { LARGEST_BODY, VALID } from '../support/malformed.ts';
import { addAccount, openApp, SECRET } from '../support/openApp.ts';
import { postMany } from '../support/postMany.ts';
import { untilAnswered } from '../support/until.ts';

const FORGERIES = 2_000;
const SEED = 20_260_207;

async function everyEntry(app: App): Promise<readonly InboxRow[]> {
  const rows: InboxRow[] = [];
  let cursor: string | undefined;
  do {
    const page = await app.rpc('inbox.page', { limit: 200, ...(cursor === undefined ? {} : { cursor }) });
    rows.push(...page.rows);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return rows;
}

/** Sends a body in chunks that never ends, as fast as it is taken, until it is answered or cut off; gives up after 64 MB. */
function pourInto(origin: string, path: string): Promise<{ readonly answer: string; readonly poured: number }> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(origin).port), '127.0.0.1');
    const chunk = Buffer.from(`10000\r\n${' '.repeat(0x10000)}\r\n`);
    let answer = '';
    let poured = 0;
    const pour = () => {
      while (!socket.destroyed && poured < 64 * 1024 * 1024) {
        poured += chunk.length;
        if (!socket.write(chunk)) return;
      }
      socket.destroy();
    };
    socket.on('connect', () => {
      socket.write(`POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Webhook-Signature: ${SECRET}\r\nTransfer-Encoding: chunked\r\n\r\n`);
      pour();
    });
    socket.on('drain', pour);
    socket.on('data', (part) => {
      answer += part;
      socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve({ answer, poured }));
  });
}

function tally<T>(values: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** No crash, and no mistake of our own either: those would be logged as errors. */
function expectCalm(app: App): void {
  expect(
    app
      .stderr()
      .split('\n')
      .filter((line) => /"level":"(?:error|warn)"/.test(line)),
  ).toEqual([]);
}

describe('a sender that knows the secret and sends rubbish', () => {
  it('is told at once that a body is too large, whether it says so or not, and nothing is kept', async () => {
    const app = await openApp();
    const { webhookPath } = await addAccount(app);
    const headers = [['x-webhook-signature', SECRET]] as const;
    const large = await postMany(app.webhooks, [{ path: webhookPath, headers, body: Buffer.alloc(LARGEST_BODY + 1, 0x20) }]);
    expect([0, 413]).toContain(large[0]);
    const chunked = await pourInto(app.webhooks, webhookPath);
    expect(chunked.answer).toMatch(/^(?:HTTP\/1.1 413|$)/);
    expect(chunked.poured).toBeLessThan(16 * 1024 * 1024);
    expect(await everyEntry(app)).toEqual([]);
    expectCalm(app);
  });
});

describe('a sender that does not know the secret', () => {
  it(`gets nothing in with ${FORGERIES} forgeries, and nothing of them is stored`, { timeout: 60_000 }, async () => {
    const app = await openApp();
    const { webhookPath, post } = await addAccount(app);
    const posts = forgeries(FORGERIES, { path: webhookPath, secret: SECRET, body: Buffer.from(VALID[0] ?? ''), seed: SEED });
    expect(posts.length).toBeGreaterThanOrEqual(FORGERIES);
    const statuses = tally(await postMany(app.webhooks, posts));
    expect([...statuses.keys()].filter((status) => ![400, 401, 404, 405].includes(status))).toEqual([]);
    const turnedAway = (statuses.get(401) ?? 0) + (statuses.get(405) ?? 0);
    expect(turnedAway).toBeGreaterThan(FORGERIES * 0.9);

    await untilAnswered(async () => (await app.rpc('inbox.page')).counts.rejected >= turnedAway, 'the count of those turned away');
    const { rows, counts } = await app.rpc('inbox.page');
    expect(rows).toEqual([]);
    expect(counts).toMatchObject({ kept: 0, applied: 0, duplicate: 0, ignored: 0, quarantined: 0 });
    expect((await app.rpc('messages.page')).rows).toEqual([]);
    expectCalm(app);
    // the door was open all the time, for whoever knows
    expect(await post(VALID[0] ?? '')).toBe(200);
  });
});
