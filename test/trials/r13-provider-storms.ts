import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '../../src/main/demo/random.ts';
import { openEngineWorld } from '../support/engineWorld.ts';
import { createFakeClock } from '../support/fakeClock.ts';
import { type FarFault, startFarProvider } from '../support/farProvider.ts';
import type { Trial } from './trial.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const SESSIONS = 5;
const PER_MINUTE = 240;
const LEAST_FAIR = 0.95;
const SLOWEST = 1.15;
/** Of the requests in a storm, this share is answered badly. */
const BAD_SHARE = 0.15;

/** What goes wrong before the request reaches anybody, each by a real failure of the network. */
type Broken = 'tls' | 'dns' | 'refused';
const FAULTS: readonly Exclude<FarFault, 'none'>[] = [
  '429-seconds',
  '429-date',
  '429-reset',
  '429-bare',
  '429-body',
  '500',
  '503-html',
  'half-body',
  'html',
  'hang-up',
];

function jain(counts: readonly number[]): number {
  const sum = counts.reduce((total, count) => total + count, 0);
  const squares = counts.reduce((total, count) => total + count ** 2, 0);
  return squares === 0 ? 0 : sum ** 2 / (counts.length * squares);
}

/** Three hours of the engine's clock with 3 000 messages take about three minutes. */
export const trial: Trial = {
  id: 'R13',
  title: 'whatever a provider does to its callers: the limit is kept, five sessions get the same, and everything is known soon after',
  async run({ scale, seed, say }) {
    const each = scale === 'full' ? 600 : 48;
    const stormMs = scale === 'full' ? 30 * MINUTE : 3 * MINUTE;
    const outageMs = scale === 'full' ? HOUR : 4 * MINUTE;
    const random = createRandom(seed);
    const folder = mkdtempSync(join(tmpdir(), 'tickline-r13-'));
    const clock = createFakeClock();
    const far = await startFarProvider({ clock, perMinute: PER_MINUTE, sessions: SESSIONS });
    const world = await openEngineWorld({ folder, seed, clock, busyToo: far.posting });
    let broken: Broken | undefined;
    const brokenSeen = new Set<Broken>();
    world.reroute = (url) => {
      if (broken === undefined || !url.startsWith(far.url)) return url;
      brokenSeen.add(broken);
      if (broken === 'tls') return url.replace('http://', 'https://');
      if (broken === 'dns') return url.replace(/^http:\/\/127\.0\.0\.1:\d+/, 'http://no-such-host.invalid');
      return url.replace(/:\d+\/api/, ':1/api');
    };
    const seen = new Map<FarFault, number>();
    try {
      const accounts: string[] = [];
      for (const session of far.sessions) {
        const { accountId } = await world.rpc('accounts.create', {
          provider: 'wasenderapi',
          name: `Shop ${session.id}`,
          settings: { baseUrl: far.url },
          secrets: { personalAccessToken: far.token },
          tunnel: { kind: 'none' },
        });
        await world.rpc('session.choose', { account: accountId, session: String(session.id) });
        accounts.push(accountId);
      }
      const outageAt = clock.now() + stormMs + (scale === 'full' ? 15 : 2) * MINUTE;
      const total = each * SESSIONS;
      for (let i = 0; i < total; i++) {
        const session = i % SESSIONS;
        const queued = clock.now() - 10 * SECOND;
        // every one of them is delivered and read while nobody can ask
        const delivered = outageAt + Math.round(random.next() * outageMs * 0.8);
        const read = delivered + Math.round(random.next() * outageMs * 0.15);
        far.add(session, i + 1, { queued, sent: queued, delivered, read });
        await world.rpc('messages.track', {
          account: accounts[session] ?? '',
          messageId: far.waIdOf(i + 1),
          providerMessageId: i + 1,
          recipient: `+1555${1_000_000 + i}`,
          sentAt: queued,
        });
      }

      // 1. The storm. Nothing changes meanwhile, so all that is asked is asked for nothing, and fairly.
      const chance = random.fork('faults');
      far.fault = () => {
        if (!chance.chance(BAD_SHARE)) return 'none';
        const fault = chance.pick(FAULTS);
        seen.set(fault, (seen.get(fault) ?? 0) + 1);
        return fault;
      };
      const storm = clock.monotonic();
      for (let at = 0; at < stormMs; at += 20 * SECOND) {
        broken = chance.chance(0.15) ? chance.pick(['tls', 'dns', 'refused'] as const) : undefined;
        await world.run(10 * SECOND);
        broken = undefined;
        await world.run(10 * SECOND);
      }
      far.fault = () => 'none';
      const inStorm = far.asked.filter((one) => one.at >= storm);
      const shares = far.sessions.map((_, i) => inStorm.filter((one) => one.session === i).length);
      say(`the storm is over: ${inStorm.length} questions, by session ${shares.join(', ')}`);

      // 2. Calm, so that all is back to normal, and then the outage.
      await world.run(Math.max(0, outageAt - clock.now()));
      broken = 'refused';
      await world.run(outageMs);
      broken = undefined;

      // 3. The way back, measured from the moment the provider is there again.
      const before = far.asked.length;
      const recovering = clock.monotonic();
      const known = async () => (await world.rpc('reports.funnel', { from: 0 })).read === total;
      await world.runUntil(known, 'every status', 4 * outageMs + 60 * MINUTE, SECOND);
      const tookMs = clock.monotonic() - recovering;
      const bound = (total / PER_MINUTE) * MINUTE;
      const asked = far.asked.length - before;
      const way = far.asked.slice(before).filter((one) => one.at <= recovering + bound * 0.9);
      const wayShares = far.sessions.map((_, i) => way.filter((one) => one.session === i).length);
      say(`all known after ${Math.round(tookMs / SECOND)} s and ${asked} questions, by session ${wayShares.join(', ')}`);

      const most = far.mostInAMinute();
      const kinds = seen.size + brokenSeen.size;
      // under a minute or two the first try after the outage weighs more than all that follows
      const allowed = scale === 'full' ? bound * SLOWEST : bound * SLOWEST + 90 * SECOND;
      return {
        figures: [
          { name: 'kinds of trouble', value: kinds, target: scale === 'full' ? '13' : '≥ 8', pass: kinds >= (scale === 'full' ? 13 : 8) },
          { name: 'most requests in 60 s', value: most, target: `≤ ${PER_MINUTE}`, pass: most <= PER_MINUTE },
          { name: 'refused for the limit', value: far.counts.overLimit, target: '0', pass: far.counts.overLimit === 0 },
          {
            name: 'came back too early',
            value: far.counts.early,
            target: '≤ those under way at the time',
            pass: far.counts.early <= earlyAllowed(seen),
          },
          { name: 'Jain in the storm', value: jain(shares), target: '≥ 0.95', pass: jain(shares) >= LEAST_FAIR },
          { name: 'Jain on the way back', value: jain(wayShares), target: '≥ 0.95', pass: jain(wayShares) >= LEAST_FAIR },
          { name: 'recovery over M/R', value: tookMs / bound, target: scale === 'full' ? '≤ 1.15' : '≤ 1.15 and 90 s', pass: tookMs <= allowed },
          { name: 'questions per message on the way back', value: asked / total, target: '≤ 1.1', pass: asked / total <= 1.1 },
        ],
      };
    } finally {
      far.fault = () => 'none';
      broken = undefined;
      await world.stop();
      await far.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** A 429 cannot call back the questions that were already on their way: up to four of each session. */
function earlyAllowed(seen: ReadonlyMap<FarFault, number>): number {
  const told = [...seen].reduce((sum, [fault, times]) => sum + (fault.startsWith('429') && fault !== '429-bare' ? times : 0), 0);
  return told * (4 * SESSIONS - 1);
}
