import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '../../src/main/demo/random.ts';
import type { IntakeView } from '../../src/shared/contract/views.ts';
import { openEngineWorld } from '../support/engineWorld.ts';
import { createFakeClock } from '../support/fakeClock.ts';
import { type FakeTunnelServer, startFakeTunnelServer, type TunnelFaults } from '../support/fakeTunnelServer.ts';
import { startFarProvider } from '../support/farProvider.ts';
import type { Trial } from './trial.ts';

const SECOND = 1_000;
const DEATH_EVERY_MS = 7 * SECOND;
/** The service is back so long after a death; whatever did not notice it until then never will. */
const BACK_AFTER_MS = 5 * SECOND;
/** Every so many deaths one lasts until it is noticed, so that the noticing can be timed. */
const TIMED_EVERY = 6;
const NONCE_LIMIT_MS = 75 * SECOND;
const SOCKET_LIMIT_MS = 5 * SECOND;
const EPISODE_ENDS_AFTER_MS = 300 * SECOND;

type Death = 'reset' | 'new-url' | Exclude<TunnelFaults['answer'], 'passed'>;
const DEATHS: readonly Death[] = ['reset', 'black-hole', 'new-url', 'interstitial', 'firewall', 'stranger', 'unavailable', 'redirect'];

function kill(tunnels: FakeTunnelServer, death: Death): void {
  if (death === 'reset' || death === 'new-url') {
    tunnels.set({ give: death === 'new-url' ? 'other' : 'wanted' });
    tunnels.die();
  } else tunnels.set({ answer: death });
}

function heal(tunnels: FakeTunnelServer): void {
  tunnels.comeBack();
  tunnels.set({ answer: 'passed' });
}

/** Half an hour of the engine's clock takes about two minutes. */
export const trial: Trial = {
  id: 'R14',
  title:
    'a tunnel that dies every 7 s in every way there is: found dead in time, re-registered wherever it comes back, and nothing unknown in the end',
  async run({ scale, seed, say }) {
    const deaths = scale === 'full' ? Math.ceil((30 * 60 * SECOND) / DEATH_EVERY_MS) : 3 * TIMED_EVERY;
    const messages = scale === 'full' ? 400 : 60;
    const random = createRandom(seed);
    const folder = mkdtempSync(join(tmpdir(), 'tickline-r14-'));
    const clock = createFakeClock();
    const tunnels = await startFakeTunnelServer();
    const far = await startFarProvider({ clock, perMinute: 240, sessions: 1 });
    const world = await openEngineWorld({ folder, seed, clock, busyToo: far.posting });
    world.mayHang = (url) => far.mayHang && !url.startsWith(far.url);
    const took = { nonce: 0, socket: 0, unnoticed: 0, timed: 0 };
    let wrongAddress = 0;
    const urls = new Set<string>();
    try {
      const { accountId: account, webhookPath } = await world.rpc('accounts.create', {
        provider: 'wasenderapi',
        name: 'Shop',
        settings: { baseUrl: far.url },
        secrets: { personalAccessToken: far.token },
        tunnel: { kind: 'localtunnel', host: tunnels.host, name: 'quiet-river-4821' },
      });
      await world.rpc('session.choose', { account, session: '41' });
      const door = async (): Promise<IntakeView> => {
        const view = (await world.rpc('intake.status', { account })).intakes[0];
        if (view === undefined) throw new Error('no intake');
        return view;
      };
      const live = async () => (await door()).state === 'live' && (await door()).webhookRegistered;
      await world.runUntil(live, 'an open door', 60 * SECOND, 200);

      const over = deaths * DEATH_EVERY_MS;
      for (let i = 1; i <= messages; i++) {
        const queued = clock.now() + Math.round(random.next() * over * 0.9);
        const delivered = queued + 2 * SECOND + Math.round(random.next() * over * 0.3);
        far.add(0, i, { queued, sent: queued + SECOND, delivered, read: delivered + Math.round(random.next() * over * 0.3) });
        clock.after(queued - clock.now(), () => {
          void world.rpc('messages.track', {
            account,
            messageId: far.waIdOf(i),
            providerMessageId: i,
            recipient: `+1555${1_000_000 + i}`,
            sentAt: queued,
          });
        });
      }

      let longestHold = 0;
      let heldSince: number | undefined = clock.monotonic();
      const unsubscribe = world.engine.changes.subscribe((change) => {
        if (change.name !== 'intake.changed') return;
        const { state, publicUrl } = change.value.intake;
        if (publicUrl !== null) urls.add(publicUrl);
        if (state === 'live') heldSince ??= clock.monotonic();
        else if (heldSince !== undefined) {
          longestHold = Math.max(longestHold, clock.monotonic() - heldSince);
          heldSince = undefined;
        }
      });

      for (let i = 0; i < deaths; i++) {
        const death = DEATHS[i % DEATHS.length] ?? 'reset';
        const timed = i % TIMED_EVERY === TIMED_EVERY - 1;
        const kind = timed ? (DEATHS[Math.floor(i / TIMED_EVERY) % DEATHS.length] ?? 'reset') : death;
        if (timed) {
          await world.runUntil(live, 'the door to heal', 400 * SECOND, 200);
          // a check that is under way already would find it sooner than is fair
          await world.run(2 * SECOND);
          if (!(await live())) continue;
        }
        far.mayHang = kind === 'black-hole';
        kill(tunnels, kind);
        if (timed) {
          const isSocket = kind === 'reset' || kind === 'new-url';
          const ms = await world.runUntil(async () => (await door()).state !== 'live', `${kind} to be noticed`, 3 * NONCE_LIMIT_MS, 200);
          took.timed += 1;
          if (isSocket) took.socket = Math.max(took.socket, ms);
          else took.nonce = Math.max(took.nonce, ms);
          heal(tunnels);
          far.mayHang = false;
          await world.runUntil(live, 'the door to heal', 400 * SECOND, 200);
          if (far.sessions[0]?.webhookUrl !== `${(await door()).publicUrl}${webhookPath}`) wrongAddress += 1;
        } else {
          await world.run(BACK_AFTER_MS);
          heal(tunnels);
          far.mayHang = false;
          await world.run(DEATH_EVERY_MS - BACK_AFTER_MS);
        }
        if (i % 20 === 19) say(`${i + 1} of ${deaths} deaths, ${far.counts.webhooksLost} of ${far.counts.webhooks} webhooks lost`);
      }

      await world.runUntil(live, 'the door to heal', 400 * SECOND, 200);
      if (far.sessions[0]?.webhookUrl !== `${(await door()).publicUrl}${webhookPath}`) wrongAddress += 1;
      const noticesInTheStorm = world.changes.filter((change) => change.name === 'notice.raised').length;
      // whatever is still to climb climbs, and then everything is asked about once
      await world.run(over * 0.7);
      await world.rpc('reconcile.run', { account });
      await world.runUntil(
        async () => (await world.rpc('reconcile.last', { account })).runs[0]?.state === 'done',
        'the reconciliation',
        1_200 * SECOND,
      );
      unsubscribe();

      let unknown = 0;
      let told = 0;
      for (let cursor: string | undefined; ; ) {
        const page = await world.rpc('messages.page', { limit: 200, ...(cursor === undefined ? {} : { cursor }) });
        for (const row of page.rows) {
          told += 1;
          if (row.status !== (far.statusOf(Number(row.providerMessageId), clock.now()) ?? null)) unknown += 1;
        }
        if (page.nextCursor === null) break;
        cursor = page.nextCursor;
      }
      const gapsOpen = (await world.rpc('gaps.list', { account, limit: 200 })).rows.filter((gap) => gap.to === null).length;
      const episodes = 1 + Math.floor(longestHold / EPISODE_ENDS_AFTER_MS);
      return {
        figures: [
          { name: 'deaths', value: deaths, target: `≥ ${deaths}`, pass: took.timed > 0 },
          { name: 'timed', value: took.timed, target: '≥ 1', pass: took.timed >= 1 },
          { name: 'slowest by nonce, s', value: took.nonce / SECOND, target: '≤ 75', pass: took.nonce <= NONCE_LIMIT_MS },
          { name: 'slowest by closed socket, s', value: took.socket / SECOND, target: '≤ 5', pass: took.socket <= SOCKET_LIMIT_MS },
          { name: 'addresses', value: urls.size, target: '≥ 2', pass: urls.size >= 2 },
          { name: 'not registered where it opened', value: wrongAddress, target: '0', pass: wrongAddress === 0 },
          { name: 'webhooks lost on the way', value: far.counts.webhooksLost, target: '≥ 1', pass: far.counts.webhooksLost >= 1 },
          { name: 'messages', value: told, target: `${messages}`, pass: told === messages },
          { name: 'not as they truly are', value: unknown, target: '0', pass: unknown === 0 },
          { name: 'notices', value: noticesInTheStorm, target: `≤ ${episodes} (one for each episode)`, pass: noticesInTheStorm <= episodes },
          { name: 'gaps left open', value: gapsOpen, target: '0', pass: gapsOpen === 0 },
          { name: 'over the limit', value: far.counts.overLimit, target: '0', pass: far.counts.overLimit === 0 },
        ],
      };
    } finally {
      heal(tunnels);
      await world.stop();
      await tunnels.close();
      await far.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
