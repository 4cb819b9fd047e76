/** The demo shop as an account: started on wish, always labelled, removed with its data. */
import type { DemoSwitches, DemoView, TunnelSettings } from '../../../shared/contract/views.ts';
import { FailureError } from '../domain/failure.ts';
import type { AccountId, Millis } from '../domain/ids.ts';
import type { AccountRecord, Store } from '../ports/store.ts';
import { absentSince, type Registry } from './registry.ts';
import type { SecretBook } from './secrets.ts';

/** What the engine needs of the shop; `demo/` is the body. */
export type Shop = {
  start(): Promise<{ readonly url: string; readonly personalAccessToken: string }>;
  stop(): Promise<void>;
  switches(): DemoSwitches;
  set(change: Partial<DemoSwitches>): DemoSwitches;
};

export type Demo = {
  /** Starts the shop and connects it. With `scanned` its code is scanned already. */
  start(scanned: boolean, lastAlive?: Millis): Promise<AccountId>;
  /** Whether there is a demo account, from this run or an earlier one. */
  exists(): boolean;
  view(): DemoView;
  set(change: Partial<DemoSwitches>): DemoView;
  stopShop(): Promise<void>;
};

const SILENT: DemoSwitches = { pace: 0, repeats: false, shuffles: false, losses: false, limits: false, outage: false, slow: false };

export function createDemo(deps: {
  store: Store;
  secrets: SecretBook;
  registry: () => Registry;
  createShop: (scanned: boolean) => Shop;
  newAccount: (about: Pick<AccountRecord, 'provider' | 'name' | 'demo' | 'settings' | 'tunnel'>) => AccountRecord;
}): Demo {
  let running: { readonly shop: Shop; readonly url: string; readonly token: string } | undefined;

  const record = () => deps.store.accounts.list().find((account) => account.demo);

  async function open(scanned: boolean) {
    if (running === undefined) {
      const shop = deps.createShop(scanned);
      const { url, personalAccessToken } = await shop.start();
      running = { shop, url, token: personalAccessToken };
    }
    return running;
  }

  /** The shop is a new one at each start, on a new port: address and token follow it. */
  function follow(account: AccountRecord, url: string): void {
    const { sessionId: _old, ...rest } = account.settings;
    deps.store.accounts.update(account.id, {
      settings: { ...rest, baseUrl: url },
      sessionState: 'unknown',
      sessionSince: null,
      previousWebhook: null,
    });
  }

  function view(): DemoView {
    return { running: running !== undefined, account: record()?.id ?? null, url: running?.url ?? null, switches: running?.shop.switches() ?? SILENT };
  }

  async function takeSession(id: AccountId): Promise<void> {
    const account = deps.registry().need(id);
    const sessions = await account.client().listSessions();
    if (!sessions.ok) throw new FailureError(sessions.error);
    const first = sessions.value[0];
    if (first === undefined) return;
    const details = await account.client().readSession(first.id);
    if (!details.ok) throw new FailureError(details.error);
    await account.choose(details.value);
    await account.session.connect();
  }

  async function start(scanned: boolean, lastAlive: Millis | undefined): Promise<AccountId> {
    const { url, token } = await open(scanned);
    const known = record();
    if (known !== undefined && deps.registry().find(known.id) !== undefined) return known.id;
    if (known === undefined) {
      const tunnel: TunnelSettings = { kind: 'local' };
      deps.store.accounts.insert(
        deps.newAccount({ provider: 'demo', name: 'Sun Bakery', demo: true, settings: { baseUrl: url }, tunnel: JSON.stringify(tunnel) }),
      );
    } else {
      follow(known, url);
    }
    const account = record();
    if (account === undefined) throw new Error('the demo account was not stored');
    await deps.secrets.put(account.id, { personalAccessToken: token });
    deps.registry().add(account);
    await takeSession(account.id);
    deps
      .registry()
      .need(account.id)
      .start(known === undefined ? undefined : absentSince(account, lastAlive));
    return account.id;
  }

  return {
    exists: () => record() !== undefined,
    start: (scanned, lastAlive) => deps.registry().inTurn(() => start(scanned, lastAlive)),
    view,
    set(change) {
      running?.shop.set(change);
      return view();
    },
    async stopShop() {
      await running?.shop.stop();
      running = undefined;
    },
  };
}
