/**
 * The demo shop: a provider that lives inside the app and speaks WASenderApi's own API and webhooks over
 * real HTTP on loopback. The same seed, clock and requests give the same shop, message for message.
 */
import type { DemoSwitches } from '../../shared/contract/views.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Log } from '../core/ports/log.ts';
import { accountRoutes } from './accountRoutes.ts';
import { createApi } from './api.ts';
import { createCourier, type WebhookCounts } from './courier.ts';
import { createLife } from './life.ts';
import { createLimiter, DEMO_LIMITS, type Limits } from './limiter.ts';
import { createMessages, type TrueMessage, truthOf } from './messages.ts';
import { contactsAppeared, groupsAppeared, type WebhookBody } from './payloads.ts';
import { inventGroups, inventPeople, SHOP_PHONE } from './people.ts';
import { createRandom } from './random.ts';
import { createShopServer } from './server.ts';
import { sessionRoutes } from './sessionRoutes.ts';
import { createSessions, type ShopSession, type ShopState } from './sessions.ts';
import { createTraffic } from './traffic.ts';
import { createWaits } from './waits.ts';

export type { TrueMessage, TruePerson, TrueSteps } from './messages.ts';

export const SHOP_NAME = 'Sun Bakery';
/** Messages a minute. */
export const DEFAULT_PACE = 40;
const MOST_MESSAGES = 20_000;
const PEOPLE = 120;
const OPENS_AT_LATEST_MS = 10_000;
const NAMES_AFTER_MS = 500;

export type DemoShopOptions = {
  readonly clock: Clock;
  readonly seed: number;
  readonly log: Log;
  /** Of the API, on 127.0.0.1; 0 (the default) is any free one. */
  readonly port?: number;
  /** Messages a minute of the shop's own time; 0 keeps the shop silent until `sendNow`. */
  readonly pace?: number;
  /** One ms of the shop's own time in ms of the clock: 0.1 lives ten times as fast. */
  readonly timeScale?: number;
  /** Messages that were sent before the shop started; no webhook tells of them. */
  readonly history?: { readonly messages: number; readonly days: number };
  /** Whether the session is connected from the start instead of waiting to be scanned. */
  readonly connected?: boolean;
  /** Whether somebody scans the code 4 s after it was asked for (the default); otherwise only `scan` does. */
  readonly scansItself?: boolean;
  readonly limits?: Partial<Limits>;
  /** Brings the webhooks. */
  readonly fetch?: typeof fetch;
};

export interface DemoShop {
  /** Rejects when the port cannot be had. */
  start(): Promise<{ readonly url: string; readonly personalAccessToken: string }>;
  /** Harmless when called twice; a stopped shop stays stopped. */
  stop(): Promise<void>;
  switches(): DemoSwitches;
  set(change: Partial<DemoSwitches>): DemoSwitches;
  /** The QR code is scanned now. */
  scan(): void;
  /** Sends `count` messages of the shop's own at once, whether or not its session is connected. */
  sendNow(count: number): readonly TrueMessage[];
  /** What really became of every message, oldest first: the newest 20 000. */
  truth(): readonly TrueMessage[];
  /** The invented customers. */
  people(): readonly { readonly name: string; readonly phone: string }[];
  /** The shop's own session, with the secrets that its details show. */
  session(): { readonly id: string; readonly state: ShopState; readonly apiKey: string; readonly webhookSecret: string | undefined };
  counts(): { readonly requests: Readonly<Record<string, number>>; readonly webhooks: WebhookCounts };
}

export function createDemoShop(options: DemoShopOptions): DemoShop {
  const { clock, log } = options;
  const scale = options.timeScale ?? 1;
  if (!(scale > 0)) throw new RangeError(`time scale ${scale}`);
  const random = createRandom(options.seed);
  const waits = createWaits(clock, scale);
  const personalAccessToken = `demo-${random.fork('token').hex(40)}`;
  const people = inventPeople(random.fork('people'), PEOPLE);
  const groups = inventGroups(random.fork('groups'), people);
  let switches: DemoSwitches = {
    pace: options.pace ?? DEFAULT_PACE,
    repeats: false,
    shuffles: false,
    losses: false,
    limits: false,
    outage: false,
    slow: false,
  };
  let url = '';

  const courier = createCourier({ clock, waits, random, switches: () => switches, fetch: options.fetch ?? fetch, log });
  const sessions = createSessions({ clock, waits, random, scansItself: options.scansItself ?? true, tell, onConnected, onSubscribed });
  const messages = createMessages(random, clock.now(), MOST_MESSAGES);
  const life = createLife({ clock, waits, random, messages, tell });
  const traffic = createTraffic({ clock, waits, random, sessions, messages, life, people, groups, pace: () => switches.pace });
  const shop = sessions.create({ name: SHOP_NAME, phone_number: SHOP_PHONE });
  const api = createApi({
    clock,
    waits,
    random,
    switches: () => switches,
    limiter: createLimiter(clock),
    limits: { ...DEMO_LIMITS, ...options.limits },
    sessions,
    personalAccessToken,
    routes: [...accountRoutes(sessions, messages, () => url), ...sessionRoutes({ clock, messages, life, people, groups })],
  });
  const server = createShopServer({ clock, log, api });
  if (options.history !== undefined) traffic.fillPast(shop, options.history.messages, options.history.days);

  function tell(session: ShopSession, body: WebhookBody): void {
    courier.tell(() => sessions.destination(session), body);
  }

  function onConnected(session: ShopSession): void {
    tellNames(session);
    // A shop that is connected from the start lets its owner register first, so that no message begins unheard.
    if (sessions.destination(session).enabled) traffic.open();
    else waits.after(OPENS_AT_LATEST_MS, traffic.open);
  }

  function onSubscribed(session: ShopSession): void {
    if (session.state !== 'connected') return;
    // The answer to the subscription carries the secret by which its webhooks are believed: it goes first.
    waits.after(NAMES_AFTER_MS, () => tellNames(session));
    traffic.open();
  }

  /** The address book and the groups; people who hide their number stand in it under both addresses. */
  function tellNames(session: ShopSession): void {
    const common = { apiKey: session.apiKey, at: clock.now() };
    const contacts = people.flatMap(({ jid, lid, name, hidden }) => [{ chat: jid, name }, ...(hidden ? [{ chat: lid, name }] : [])]);
    tell(session, contactsAppeared({ ...common, contacts }));
    tell(session, groupsAppeared({ ...common, groups: groups.map(({ jid, name }) => ({ chat: jid, name })) }));
  }

  return {
    async start() {
      const port = await server.open(options.port ?? 0);
      url = `http://127.0.0.1:${port}/api`;
      if (options.connected) sessions.connectAtOnce(shop);
      log.info('demo.started', { port, seed: options.seed });
      return { url, personalAccessToken };
    },
    async stop() {
      waits.close();
      courier.close();
      await server.close();
    },
    switches: () => switches,
    set(change) {
      const previous = switches;
      switches = { ...switches, ...change };
      if (switches.pace !== previous.pace) traffic.paceChanged();
      return switches;
    },
    scan: () => sessions.scan(shop),
    sendNow: (count) => traffic.sendNow(shop, count).map(truthOf),
    truth: () => messages.all().map(truthOf),
    people: () => people.map(({ name, phone }) => ({ name, phone })),
    session: () => ({ id: String(shop.id), state: shop.state, apiKey: shop.apiKey, webhookSecret: shop.webhookSecret }),
    counts: () => ({ requests: api.counts(), webhooks: courier.counts() }),
  };
}
