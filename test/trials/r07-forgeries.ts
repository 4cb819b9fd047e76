import { wasenderapi } from '../../src/main/adapters/provider/wasenderapi/index.ts';
import { parseAccountId } from '../../src/main/core/domain/ids.ts';
import { createDoors } from '../../src/main/core/ingest/receive.ts';
import { createRandom, type Random } from '../../src/main/demo/random.ts';
import { type App, startApp } from '../support/app.ts';
import { forgeries } from '../support/forgeries.ts';
import { VALID } from '../support/malformed.ts';
import { postMany, type RawPost } from '../support/postMany.ts';
import { croppedWelch } from './parts/statistics.ts';
import type { Trial } from './trial.ts';

const SECRET = 'a-secret-of-the-webhook-0123456789';
const OTHER = 'the-secret-of-the-other-account-9876';
const HEADER = 'x-webhook-signature';
const BODY = Buffer.from(VALID[0] ?? '');
/** Beyond this, two means differ for a reason. */
const NOISE = 4.5;

/** About 3 minutes at full scale: forgeries against the whole app over HTTP, times in this process and, fewer, over HTTP. */
export const trial: Trial = {
  id: 'R7',
  title: 'no forgery is accepted, and the time of a refusal tells nothing of the secret',
  async run({ scale, seed, say }) {
    const count = scale === 'full' ? 100_000 : 4_000;
    const random = createRandom(seed);
    const app = await startApp();
    try {
      const first = await createAccount(app, SECRET);
      const second = await createAccount(app, OTHER);
      const posts = [...forgeries(count, { path: first, secret: SECRET, body: BODY, seed }), ...crossed(first, second)];
      say(`${posts.length} forgeries`);
      const statuses = await postMany(app.webhooks, posts);
      const accepted = statuses.filter((status) => status >= 200 && status < 300).length;
      const odd = [...new Set(statuses)].filter((status) => ![0, 400, 401, 404, 405].includes(status));
      const { counts } = await app.rpc('inbox.page', { limit: 1 });
      const stored = counts.kept + counts.applied + counts.duplicate + counts.ignored + counts.quarantined;
      const [honest] = await postMany(app.webhooks, [{ path: first, body: BODY, headers: [[HEADER, SECRET]] }]);

      say('times in this process');
      const inProcess = scale === 'full' ? 100_000 : 20_000;
      const secret = measure(inProcess, random, SECRET, proving());
      const path = measure(inProcess, random, 'p'.repeat(32), finding());
      const naive = measure(inProcess, random, SECRET, byteByByte);
      say('times over HTTP');
      const http = await measureHttp(app, first, scale === 'full' ? 20_000 : 1_000, random);
      const still = (name: string, t: number) => ({ name, value: Math.round(t * 100) / 100, target: `t < ${NOISE}`, pass: t < NOISE });
      return {
        figures: [
          { name: 'forgeries', value: posts.length, target: `≥ ${count}`, pass: posts.length >= count },
          { name: 'accepted', value: accepted, target: '0', pass: accepted === 0 },
          { name: 'stored', value: stored, target: '0', pass: stored === 0 },
          { name: 'other answers', value: odd.join(' ') || 0, target: '0', pass: odd.length === 0 },
          { name: 'the right one afterwards', value: honest ?? 0, target: '200', pass: honest === 200 },
          still('secret, in the process', secret),
          still('path, in the process', path),
          still('secret, over HTTP', http),
          // a trial that cannot see a leak proves nothing
          { name: 'a comparison that does leak', value: Math.round(naive), target: `t > ${NOISE}`, pass: naive > NOISE },
        ],
      };
    } finally {
      await app.stop();
    }
  },
};

async function createAccount(app: App, webhookSecret: string): Promise<string> {
  const { webhookPath } = await app.rpc('accounts.create', {
    provider: 'wasenderapi',
    name: 'The shop',
    secrets: { webhookSecret },
    tunnel: { kind: 'local' },
  });
  return webhookPath;
}

/** Each account's secret at the other one's door, and both at once. */
function crossed(first: string, second: string): RawPost[] {
  const at = (path: string, ...secrets: string[]): RawPost => ({ path, body: BODY, headers: secrets.map((secret) => [HEADER, secret]) });
  return [at(first, OTHER), at(second, SECRET), at(first, SECRET, OTHER), at(second, OTHER, SECRET), at(first, `${OTHER}, ${SECRET}`)];
}

/** The provider's own verifier. */
function proving(): (given: string) => boolean {
  const provider = wasenderapi();
  const secrets = { webhookSecret: SECRET };
  return (given) => provider.prove({ method: 'POST', headers: { [HEADER]: given }, body: BODY }, secrets).ok;
}

/** The look-up of a door by the secret in its path. */
function finding(): (given: string) => boolean {
  const account = parseAccountId('acc_0123456789abcdef');
  const doors = createDoors(new Map([['wasenderapi', wasenderapi()]]));
  if (account !== undefined) doors.setAll([{ pathSecret: 'p'.repeat(32), account, provider: 'wasenderapi', secrets: {}, storeText: false }]);
  return (given) => doors.find(given) !== undefined;
}

/** What nobody should write: it stops at the first wrong letter. */
function byteByByte(given: string): boolean {
  for (let at = 0; at < SECRET.length; at++) if (given.charCodeAt(at) !== SECRET.charCodeAt(at)) return false;
  return given.length === SECRET.length;
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/**
 * The secret with its first or its last eight letters wrong, and the very first or last surely so. Eight and not one, because
 * few different texts would be timed for what their digests happen to be; joined anew, so that none is better known to the machine.
 */
function wrongAt(secret: string, where: 'first' | 'last', random: Random): string {
  const letters = [...secret];
  const from = where === 'first' ? 0 : secret.length - 8;
  for (let at = from; at < from + 8; at++) {
    const end = at === (where === 'first' ? 0 : secret.length - 1);
    do letters[at] = LETTERS[random.int(0, LETTERS.length - 1)] ?? '';
    while (end && letters[at] === secret[at]);
  }
  return Buffer.from(letters.join(''), 'latin1').toString('latin1');
}

/** So many are made before they are timed: what making one leaves behind in the machine, which differs between the two kinds, is then not in its own time. */
const BATCH = 200;
/** Until the compiler is done with it. */
const WARM_UP = 20_000;

/** Welch's t between secrets that are wrong at once and such that are wrong at the end, `count` of each, in random order. */
function measure(count: number, random: Random, secret: string, check: (given: string) => boolean): number {
  const times: [first: number[], last: number[]] = [[], []];
  for (let made = 0; made < count * 2 + WARM_UP; made += BATCH) {
    const which = Array.from({ length: BATCH }, () => (random.chance(0.5) ? 0 : 1) as 0 | 1);
    const guesses = which.map((one) => wrongAt(secret, one === 0 ? 'first' : 'last', random));
    for (const [at, given] of guesses.entries()) {
      const began = process.hrtime.bigint();
      const passed = check(given);
      const took = Number(process.hrtime.bigint() - began);
      if (passed) throw new Error('a wrong secret was accepted');
      if (made >= WARM_UP) times[which[at] ?? 0].push(took);
    }
  }
  return croppedWelch(times[0], times[1]);
}

async function measureHttp(app: App, path: string, count: number, random: Random): Promise<number> {
  const times: [first: number[], last: number[]] = [[], []];
  for (let made = 0; made < count; made += 50) {
    const which = Array.from({ length: 50 }, () => (random.chance(0.5) ? 0 : 1) as 0 | 1);
    const posts = which.map((one): RawPost => ({ path, body: BODY, headers: [[HEADER, wrongAt(SECRET, one === 0 ? 'first' : 'last', random)]] }));
    const took: number[] = [];
    await postMany(app.webhooks, posts, 1, (_index, ms) => took.push(ms));
    if (made > 0) for (const [at, one] of which.entries()) times[one].push(took[at] ?? 0);
  }
  return croppedWelch(times[0], times[1]);
}
