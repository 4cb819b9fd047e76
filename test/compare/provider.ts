/** The demo provider as a process of its own, told by its parent what to send; tells it the truth at the end. */
import { createSystemClock } from '../../src/main/adapters/clock/system.ts';
import { createDemoShop } from '../../src/main/demo/index.ts';

export type ToProvider =
  | { readonly do: 'send'; readonly messages: number; readonly from: number; readonly overMs: number }
  | { readonly do: 'tell' }
  | { readonly do: 'stop' };
export type FromProvider =
  | { readonly is: 'ready'; readonly url: string; readonly token: string; readonly session: string }
  | { readonly is: 'sent'; readonly msgIds: readonly number[] }
  | { readonly is: 'truth'; readonly truth: ReturnType<Shop['truth']>; readonly counts: ReturnType<Shop['counts']>; readonly lagMs: number };
type Shop = ReturnType<typeof createDemoShop>;

const { seed, timeScale, perMinute } = JSON.parse(process.argv[2] ?? '{}') as { seed: number; timeScale: number; perMinute: number };
const LOOK_EVERY_MS = 1_000;
/** How long after they were written webhooks left, ms. */
const lates: number[] = [];
const system = createSystemClock();
/** The moment for which a message was planned, while it is being sent: what becomes of it follows from that, so every contestant meets the same messages. */
let planned: number | undefined;
const quiet = { info() {}, warn() {}, error() {} };
const shop = createDemoShop({
  clock: { ...system, now: () => planned ?? system.now() },
  seed,
  log: quiet,
  pace: 0,
  connected: true,
  timeScale,
  limits: { info: perMinute, account: perMinute },
  fetch(url, init) {
    const told = /"timestamp":(\d{13})/.exec(String(init?.body))?.[1];
    if (told !== undefined) lates.push(Math.max(0, system.now() - Number(told)));
    return fetch(url, init);
  },
});
const tell = (message: FromProvider) => process.send?.(message);

/** Evenly, from a set moment on. */
function send(messages: number, from: number, overMs: number): void {
  let sent = 0;
  const timer = setInterval(() => {
    const msgIds: number[] = [];
    for (; sent < messages && from + (sent * overMs) / messages <= system.now(); sent++) {
      planned = Math.round(from + (sent * overMs) / messages);
      const [message] = shop.sendNow(1);
      // A group has no one status to ask for; only messages to one person are followed and scored.
      if (message?.msgId !== undefined && message.people.length === 0) msgIds.push(message.msgId);
    }
    planned = undefined;
    if (msgIds.length > 0) tell({ is: 'sent', msgIds });
    if (sent >= messages) clearInterval(timer);
  }, 500);
}

/** How late timers were here, ms: a busy machine cannot keep up with a fast clock; nor can webhooks leave as fast. */
const lags: number[] = [];
let expected = performance.now() + LOOK_EVERY_MS;
setInterval(() => {
  lags.push(Math.max(0, performance.now() - expected));
  expected = performance.now() + LOOK_EVERY_MS;
}, LOOK_EVERY_MS);
const most = (of: readonly number[]) => of.toSorted((a, b) => a - b)[Math.floor(of.length * 0.95)] ?? 0;

process.on('message', (message: ToProvider) => {
  if (message.do === 'send') send(message.messages, message.from, message.overMs);
  else if (message.do === 'tell') tell({ is: 'truth', truth: shop.truth(), counts: shop.counts(), lagMs: Math.max(most(lags), most(lates)) });
  else void shop.stop().then(() => process.exit(0));
});
process.on('disconnect', () => process.exit(1));
const { url, personalAccessToken } = await shop.start();
tell({ is: 'ready', url, token: personalAccessToken, session: shop.session().id });
