import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createRandom } from '../../src/main/demo/random.ts';
import { requestNames } from '../../src/shared/contract/names.ts';
import { type App, beginApp } from '../support/app.ts';
import { CANARY_KEY, CANARY_SECRET, CANARY_TOKEN, keysIn, plantedBodies } from '../support/canaries.ts';
import { createInputs, type Pools } from '../support/hostileInput.ts';
import { startScriptedServer } from '../support/scriptedServer.ts';
import { fuzzFrames } from './parts/frames.ts';
import type { Trial } from './trial.ts';

const CAGE = pathToFileURL(resolve(import.meta.dirname, '../support/cage.ts')).href;
/** Calls between two looks at whether everything is still as it should be. */
const ROUND = 250;
const AT_ONCE = 8;
/** Of accounts that the calls made; more of them only make the rest slow. */
const MOST_ACCOUNTS = 12;

/** About 6 minutes at full scale. The app runs in a process of its own, on plain Node, without a network, and watched for what it writes. */
export const trial: Trial = {
  id: 'R20',
  title: 'nothing that a page can ask breaks the app, writes where it should not, or gives a secret away',
  async run({ scale, seed, say }) {
    const calls = scale === 'full' ? 50_000 : 500;
    const http = await fuzzApp(calls, seed, say);
    const frames = await fuzzFrames(scale === 'full' ? 20_000 : 400, seed);
    const zero = (name: string, value: number | string) => ({ name, value, target: '0', pass: value === 0 });
    return {
      figures: [
        { name: 'calls', value: http.calls + frames.calls, target: `≥ ${calls}`, pass: http.calls >= calls },
        { name: 'requests of the contract asked', value: http.names, target: String(requestNames.length), pass: http.names === requestNames.length },
        zero('crashes', http.crashes),
        zero('mistakes of our own', [...http.faults, ...frames.faults].join('; ') || 0),
        zero('files written elsewhere', [...http.written, ...frames.written].join('; ') || 0),
        zero('secrets given away', http.leaks + frames.leaks),
        zero('foreign frames answered', frames.answeredForeign),
        { name: 'slowest sign of life', value: Math.round(http.slowest), target: '≤ 5 000 ms', pass: http.slowest <= 5_000 },
      ],
    };
  },
};

async function fuzzApp(calls: number, seed: number, say: (words: string) => void) {
  const folder = await mkdtemp(join(tmpdir(), 'tickline-fuzz-'));
  const places = { data: join(folder, 'data'), home: join(folder, 'home'), tmp: join(folder, 'tmp'), report: join(folder, 'written') };
  for (const name of ['data', 'home', 'tmp'] as const) await mkdir(places[name]);
  const provider = await startScriptedServer();
  const app = await beginApp({
    data: places.data,
    demo: true,
    env: {
      NODE_OPTIONS: `--import=${CAGE}`,
      CAGE_FOLDER: places.data,
      CAGE_REPORT: places.report,
      HOME: places.home,
      TMPDIR: places.tmp,
    },
  }).ready;
  try {
    const found = await ask(app, provider.url, calls, seed, say);
    const before = app.stderr();
    const code = await app.kill('SIGTERM');
    const report = await readFile(places.report, 'utf8').catch(() => '');
    const strays = [...(await readdir(places.home)), ...(await readdir(places.tmp))];
    return {
      ...found,
      crashes: found.crashes + (code === 0 ? 0 : 1),
      faults: [...new Set([...found.faults, ...(before.match(/"event":"(?:request\.broke|process\.broke|serve\.broke)"[^\n]{0,300}/g) ?? [])])],
      leaks: found.leaks + keysIn(before).length,
      written: [...new Set(report.split('\n').filter((line) => line !== '')), ...strays],
    };
  } finally {
    await app.kill();
    await provider.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function ask(app: App, providerUrl: string, calls: number, seed: number, say: (words: string) => void) {
  const random = createRandom(seed);
  let pools: Pools = {};
  const inputs = createInputs(random, () => pools);
  const asked = new Set<string>();
  const faults: string[] = [];
  let [made, leaks, crashes, slowest, pushed] = [0, 0, 0, 0, 0];
  void app.ended.then(() => {
    crashes = 1;
  });
  const feed = await app.changes();

  const check = (text: string) => {
    leaks += keysIn(text).length;
  };
  async function callOnce(): Promise<void> {
    // every request gets its share; the rest is chance
    const name = made < requestNames.length ? (requestNames[made] ?? '') : random.chance(0.98) ? random.pick(requestNames) : random.pick(ODD_NAMES);
    made += 1;
    const body = random.chance(0.97) ? (JSON.stringify(inputs.draw(name)) ?? '') : random.pick(BROKEN);
    const answer = await fetch(`${app.api}/rpc/${encodeURIComponent(name)}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${app.token}` },
      body,
    });
    const text = await answer.text();
    asked.add(name);
    check(text);
    if (text.includes('"our_fault"')) faults.push(`${name} ${body.slice(0, 300)}`);
  }
  let canary = '';
  async function tidy(): Promise<void> {
    const began = performance.now();
    await app.rpc('app.status');
    slowest = Math.max(slowest, performance.now() - began);
    const { accounts } = await app.rpc('accounts.list');
    for (const account of accounts.filter(({ id, demo }) => id !== canary && !demo).slice(MOST_ACCOUNTS))
      await app.ask('accounts.remove', { account: account.id });
    // requests that destroy are asked like all others; what they took comes back
    if (!accounts.some(({ id }) => id === canary)) canary = await plant();
    const secrets = { apiKey: CANARY_KEY, personalAccessToken: CANARY_TOKEN, webhookSecret: CANARY_SECRET };
    for (const [slot, value] of Object.entries(secrets)) await app.ask('accounts.putSecret', { account: canary, slot, value });
    pools = await gather(app, canary);
    const news = JSON.stringify(feed.seen.slice(pushed));
    pushed = feed.seen.length;
    check(news);
  }
  async function plant(): Promise<string> {
    const { accountId, webhookPath } = await app.rpc('accounts.create', {
      provider: 'wasenderapi',
      name: 'The shop',
      settings: { baseUrl: `${providerUrl}/api`, sessionId: '7' },
      secrets: { apiKey: CANARY_KEY, personalAccessToken: CANARY_TOKEN, webhookSecret: CANARY_SECRET },
      tunnel: { kind: 'local' },
    });
    for (const body of plantedBodies(Date.now() - 60_000)) await app.post(webhookPath, body, { 'x-webhook-signature': CANARY_SECRET });
    return accountId;
  }

  while (made < calls && crashes === 0) {
    await tidy();
    const until = Math.min(calls, made + ROUND);
    const work = async () => {
      while (made < until && crashes === 0) await callOnce();
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work)).catch((cause: unknown) => {
      if (crashes === 0) throw cause;
    });
    if (made % 5_000 < ROUND) say(`${made} calls, ${faults.length} mistakes`);
  }
  if (crashes === 0) await tidy();
  feed.close();
  // the kill at the end is no crash
  const crashed = crashes;
  return { calls: made, names: requestNames.filter((name) => asked.has(name)).length, crashes: crashed, faults, leaks, slowest };
}

/** What the app knows by name, so that inputs reach into it. */
async function gather(app: App, account: string): Promise<Pools> {
  const [messages, inbox, exports, accounts] = await Promise.all([
    app.rpc('messages.page', { limit: 30 }),
    app.rpc('inbox.page', { limit: 30 }),
    app.rpc('exports.status'),
    app.rpc('accounts.list'),
  ]);
  return {
    account: [account, account, ...accounts.accounts.map(({ id }) => id)],
    messageId: messages.rows.flatMap(({ id, messageId, providerMessageId }) => [id, messageId, providerMessageId]),
    id: [...inbox.rows.map(({ id }) => id), ...exports.exports.slice(-5).map(({ id }) => id)],
    session: ['7', '8'],
    slot: ['apiKey', 'personalAccessToken', 'webhookSecret'],
    provider: ['wasenderapi', 'demo'],
    recipient: ['+447700900219', '120363000000000009@g.us'],
    cursor: [messages.nextCursor ?? 'x', inbox.nextCursor ?? 'x'],
    // an account that asks of nobody but ourselves
    baseUrl: ['http://127.0.0.1:2/api'],
    pace: [0, 30],
  };
}

const ODD_NAMES = ['', '__proto__', 'constructor', 'app.status/../x', 'accounts.list\0', 'shell.', 'no.such', '%', 'APP.STATUS', 'x'.repeat(3_000)];
const BROKEN = [
  '',
  '{',
  '"',
  '{"a":',
  '\ud800',
  '[1,]',
  '{"__proto__":null}',
  'NaN',
  '{"account":"a","account":"b"}',
  `${'['.repeat(20_000)}`,
  'x'.repeat(100_000),
];
