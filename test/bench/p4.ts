/** P4, from the socket to the painted row: webhooks at 200/s, and when each one's tick is on the screen of a real Chromium. */
import { chromium } from '@playwright/test';
import { findChromium } from '../../scripts/runtime.mjs';
import { openLine, requestOf } from './parts/load.ts';
import { SECRET } from './parts/processes.ts';
import { print, type Row } from './parts/report.ts';
import { startTickline } from './parts/tickline.ts';

const PER_SECOND = 200;
const SECONDS = 20;
/** Messages alive at once: each is told sent, delivered, read while it is still on the screen. */
const ALIVE = 6;

export async function p4(): Promise<readonly Row[]> {
  const bench = await startTickline();
  const chromiumPath: string | undefined = findChromium(process.env);
  const browser = await chromium.launch({
    ...(chromiumPath === undefined ? {} : { executablePath: chromiumPath }),
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
    await page.goto(`${bench.app.api}/#token=${bench.app.token}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.evaluate(watchRows);
    const sent = await post(bench);
    await bench.settled();
    await page.waitForTimeout(500);
    const painted = (await page.evaluate('window.paintedRows')) as readonly [string, string, number][];
    const ids = await messageIds(bench);
    const seen = new Map(painted.map(([row, status, at]) => [`${ids.get(row)} ${status}`, at]));
    const delays = sent
      .map(({ key, at }) => (seen.get(key) ?? Number.NaN) - at)
      .filter((delay) => !Number.isNaN(delay))
      .sort((a, b) => a - b);
    const at = (share: number) => Math.round((delays[Math.min(delays.length - 1, Math.floor(delays.length * share))] ?? Number.NaN) * 10) / 10;
    const rows: Row[] = [
      {
        what: `${PER_SECOND} webhooks a second for ${SECONDS} s; ${delays.length} of ${sent.length} ticks seen painted`,
        figure: `p50 ${at(0.5)} p95 ${at(0.95)} p99 ${at(0.99)} ms`,
        against: 'one frame 16.7 ms + batches 20 ms',
        target: 'p95 ≤ 100 ms, p99 ≤ 250 ms',
        met: delays.length > sent.length / 2 && at(0.95) <= 100 && at(0.99) <= 250,
      },
    ];
    print('P4  from the socket to the painted row, headless Chromium', rows);
    return rows;
  } finally {
    await browser.close();
    await bench.stop();
  }
}

/** In the page: the moment after the paint in which a row first showed a status. */
function watchRows(): void {
  const first = new Map<string, [string, string, number]>();
  const look = () => {
    const at = performance.timeOrigin + performance.now();
    for (const row of document.querySelectorAll<HTMLElement>('[data-testid="message-row"]')) {
      const { message = '', status = '' } = row.dataset;
      if (!first.has(`${message} ${status}`)) first.set(`${message} ${status}`, [message, status, at]);
    }
    Object.assign(window, { paintedRows: [...first.values()] });
  };
  let planned = false;
  new MutationObserver(() => {
    if (planned) return;
    planned = true;
    // After the frame has been painted: a task queued from within its last callback.
    requestAnimationFrame(() =>
      setTimeout(() => {
        planned = false;
        look();
      }),
    );
  }).observe(document.body, { subtree: true, childList: true, attributes: true });
}

const NAMES = ['sent', 'delivered', 'read'] as const;

/** Posts on schedule; when each request was written, and which tick it should bring. */
async function post(bench: { readonly port: number; readonly path: string }): Promise<{ readonly key: string; readonly at: number }[]> {
  const lines = await Promise.all(Array.from({ length: 16 }, () => openLine(bench.port)));
  const idle = [...lines];
  const sent: { key: string; at: number }[] = [];
  const epoch = Date.now();
  const started = performance.now();
  let next = 0;
  await new Promise<void>((resolve) => {
    const tick = () => {
      while (next < PER_SECOND * SECONDS && performance.now() - started >= next * (1000 / PER_SECOND) && idle.length > 0) {
        const group = Math.floor(next / (ALIVE * 3));
        const within = next % (ALIVE * 3);
        const message = group * ALIVE + (within % ALIVE);
        const step = Math.floor(within / ALIVE);
        // requestOf walks message by message, then step by step.
        const messages = 1_000_000;
        const request = requestOf({ path: bench.path, secret: SECRET, prefix: 'P4', messages }, step * messages + message, epoch - messages * 3);
        const line = idle.shift();
        if (line === undefined) break;
        sent.push({
          key: `3EB0P4${message.toString(16).toUpperCase().padStart(10, '0')} ${NAMES[step]}`,
          at: performance.timeOrigin + performance.now(),
        });
        line.ask(request, () => idle.push(line));
        next++;
      }
      if (next < PER_SECOND * SECONDS) setTimeout(tick, 1);
      else resolve();
    };
    tick();
  });
  for (const line of lines) line.close();
  return sent;
}

async function messageIds(bench: Awaited<ReturnType<typeof startTickline>>): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>();
  let cursor: string | undefined;
  do {
    const page = await bench.app.rpc('messages.page', { limit: 200, ...(cursor === undefined ? {} : { cursor }) });
    for (const row of page.rows) ids.set(row.id, row.messageId ?? '');
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return ids;
}
