import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { InboxRow } from '../../src/shared/contract/views.ts';
import { addAccount, SECRET } from '../support/anAccount.ts';
import { type App, startApp } from '../support/app.ts';
import { type Malformed, malformedBodies, VALID } from '../support/malformed.ts';
import { postMany, type RawPost } from '../support/postMany.ts';
import { untilAnswered } from '../support/until.ts';
import type { Trial } from './trial.ts';

const GROWTH_MB = 20;
const COLLECTING = pathToFileURL(resolve(import.meta.dirname, '../support/collecting.mjs')).href;

/**
 * About 3 minutes at full scale.
 *
 * How memory is measured: the resident size of the whole process. V8 lets its young generation grow to tens of
 * megabytes under load and sweeps when it pleases, and SQLite fills its page cache once; neither is growth. So the
 * young generation is held to 2 MB, every thread collects fully once a second, as many bodies as are measured come
 * first and fill what is filled once, and the size is the least of the three seconds afterwards.
 */
export const trial: Trial = {
  id: 'R6',
  title: 'malformed bodies from a sender that knows the secret break nothing, and each is explained in Events',
  async run({ scale, seed, say }) {
    const count = scale === 'full' ? 10_000 : 2_000;
    const app = await startApp({ env: { NODE_OPTIONS: `--max-semi-space-size=2 --import ${COLLECTING}` } });
    try {
      const { account, webhookPath, post } = await addAccount(app);
      const toPost = ({ body, encoding }: Malformed): RawPost => ({
        path: webhookPath,
        body,
        headers: [
          ['content-type', 'application/json'],
          ['x-webhook-signature', SECRET],
          ...(encoding === undefined ? [] : [['content-encoding', encoding] as const]),
        ],
      });
      const warming = malformedBodies(count, seed + 1);
      const statuses = [...(await postMany(app.webhooks, warming.map(toPost)))];
      await understood(app);
      const before = await residentMb(app);
      say(`${warming.length} came first; ${before?.toFixed(0)} MB`);
      const bodies = malformedBodies(count, seed);
      statuses.push(...(await postMany(app.webhooks, bodies.map(toPost))));
      await understood(app);
      const after = await residentMb(app);
      const entries = await everyEntry(app);
      const unexplained = entries.filter((entry) => entry.state !== 'applied' && (entry.reason ?? '').length < 8).length;
      const ourFault = entries.filter((entry) => /our fault/.test(entry.reason ?? '')).length;
      let unreadable = 0;
      for (let at = 0; at < entries.length; at += 40) if (!(await app.ask('inbox.get', { id: entries[at]?.id ?? 0 })).ok) unreadable++;
      const quarantined = entries.filter((entry) => entry.state === 'quarantined').length;
      const again = await app.rpc('inbox.replay', { filter: { state: 'quarantined' } });
      // and who comes after all that is heard as ever
      const well = await post(VALID[0]?.replace('3EB0HOSTILE01', '3EB0AFTERWARDS') ?? '');
      await understood(app);
      const { message } = await app.rpc('messages.get', { account, messageId: '3EB0AFTERWARDS' });
      const complaints = app
        .stderr()
        .split('\n')
        .filter((line) => /"level":"(?:error|warn)"/.test(line)).length;
      const served = statuses.filter((status) => status >= 500).length;
      const refused = statuses.filter((status) => status !== 200).length;
      const growth = before === undefined || after === undefined ? undefined : after - before;
      return {
        figures: [
          { name: 'bodies', value: bodies.length, target: `≥ ${count}`, pass: bodies.length >= count },
          { name: '5xx', value: served, target: '0', pass: served === 0 },
          { name: 'not taken', value: refused, target: '0', pass: refused === 0 },
          { name: 'entries', value: entries.length, target: `${statuses.length}`, pass: entries.length === statuses.length },
          { name: 'without a reason', value: unexplained, target: '0', pass: unexplained === 0 },
          { name: 'our fault', value: ourFault, target: '0', pass: ourFault === 0 },
          { name: 'errors logged', value: complaints, target: '0', pass: complaints === 0 },
          { name: 'cannot be looked at', value: unreadable, target: '0', pass: unreadable === 0 },
          {
            name: 'quarantined, and again when replayed',
            value: quarantined,
            target: 'the same',
            pass: quarantined > 0 && again.quarantined === quarantined && again.messagesChanged === 0,
          },
          {
            name: 'a good one afterwards',
            value: `${well} ${message.status}`,
            target: '200 delivered',
            pass: well === 200 && message.status === 'delivered',
          },
          {
            name: 'RSS growth, MB',
            value: growth ?? 'not told by this system',
            target: `≤ ${GROWTH_MB}`,
            pass: growth === undefined || growth <= GROWTH_MB,
          },
        ],
      };
    } finally {
      await app.stop();
    }
  },
};

async function understood(app: App): Promise<void> {
  await untilAnswered(async () => (await app.rpc('inbox.page', { limit: 1 })).counts.kept === 0, 'an empty queue', 60_000);
}

/** The least of what the process holds over three seconds, in MB; undefined where the system does not tell. */
async function residentMb(app: App): Promise<number | undefined> {
  const seen: number[] = [];
  const end = performance.now() + 3_000;
  await untilAnswered(async () => {
    const status = await readFile(`/proc/${app.pid}/status`, 'utf8').catch(() => '');
    const kilobytes = /^VmRSS:\s+(\d+)/m.exec(status)?.[1];
    if (kilobytes !== undefined) seen.push(Number(kilobytes) / 1024);
    return performance.now() > end;
  }, 'three seconds');
  return seen.length === 0 ? undefined : Math.min(...seen);
}

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
