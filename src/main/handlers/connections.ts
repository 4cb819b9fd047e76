/** Sessions, doors, polling and reconciliation of connected accounts. */
import type { EngineHandlers } from '../../shared/contract/requests.ts';
import type { ProviderSessionView, TunnelSettings } from '../../shared/contract/views.ts';
import type { Account } from '../core/connect/account.ts';
import { FailureError, type Result, raise } from '../core/domain/failure.ts';
import { parseRecipient } from '../core/domain/phone.ts';
import type { Way } from '../core/ingest/intake.ts';
import type { ProviderSession } from '../core/ports/provider.ts';
import { named } from './accounts.ts';
import type { Parts } from './parts.ts';
import { refusePastedKeys } from './pastedKeys.ts';
import { refuseWrongAddresses } from './typedAddresses.ts';

type Names =
  | 'session.list'
  | 'session.create'
  | 'session.choose'
  | 'session.connect'
  | 'session.qr'
  | 'session.status'
  | 'session.takeKey'
  | 'intake.status'
  | 'intake.open'
  | 'intake.close'
  | 'intake.tell'
  | 'polling.status'
  | 'polling.now'
  | 'reconcile.run'
  | 'reconcile.last';

export function connectionHandlers(parts: Parts & { readonly tunnelFor: (settings: TunnelSettings) => Way }): Pick<EngineHandlers, Names> {
  const { registry } = parts;
  /** A call to the provider counts against the limit like any other. */
  async function spend<T>(account: Account, call: () => Promise<Result<T>>): Promise<T> {
    const grant = account.poller.take('interactive');
    if (!grant.ok)
      raise('rate_limited', `${account.provider.info.name} allows no more requests just now. Try again in ${Math.ceil(grant.waitMs / 1000)} s.`, {
        retry: true,
        afterMs: grant.waitMs,
      });
    return unwrap(await call());
  }

  return {
    'session.list': async ({ account: id }) => {
      const account = registry.need(id);
      return { sessions: (await spend(account, () => account.client().listSessions())).map(toSessionView) };
    },
    'session.create': async ({ account: id, name, phone }) => {
      const account = registry.need(id);
      const number =
        parseRecipient(phone) ??
        raise('bad_input', 'This is not a phone number with its country code, like +44 7700 900219.', { detail: 'input.phone' });
      await account.choose(await spend(account, () => account.client().createSession({ name, phone: number })));
      return account.session.view();
    },
    'session.choose': async ({ account: id, session }) => {
      const account = registry.need(id);
      await account.choose(await spend(account, () => account.client().readSession(session)));
      return account.session.view();
    },
    'session.connect': async ({ account: id }) => {
      const account = registry.need(id);
      return spend(account, () => account.session.connect());
    },
    'session.qr': async ({ account: id, refresh }) => unwrap(await registry.need(id).session.qr(refresh)),
    'session.status': async ({ account: id, refresh }) => {
      const { id: accountId, session } = registry.need(id);
      if (refresh) await parts.secrets.tryAgain(accountId);
      return refresh ? unwrap(await session.refresh()) : session.view();
    },
    'session.takeKey': async ({ account: id }) => {
      const account = registry.need(id);
      return spend(account, () => account.session.refresh());
    },

    'intake.status': (input) => ({ intakes: registry.some(input?.account).map((account) => account.intakeView()) }),
    'intake.open': async ({ account: id, tunnel }) => {
      const account = registry.need(id);
      refusePastedKeys({ tunnel }, parts.secrets.all());
      refuseWrongAddresses(tunnel);
      if (tunnel !== undefined) parts.store.accounts.update(account.id, { tunnel: JSON.stringify(named(tunnel, parts)) });
      const record = parts.store.accounts.get(id);
      await account.intake.open(parts.tunnelFor(JSON.parse(record?.tunnel ?? '{"kind":"none"}') as TunnelSettings));
      return account.intakeView();
    },
    'intake.close': async ({ account: id }) => {
      const account = registry.need(id);
      await account.intake.close();
      return account.intakeView();
    },
    'intake.tell': async ({ account: id }) => {
      const account = registry.need(id);
      await spend(account, () => account.tellAddress());
      return account.intakeView();
    },

    'polling.status': (input) => ({ accounts: registry.some(input?.account).map((account) => account.poller.view()) }),
    'polling.now': ({ account: id }) => {
      const { poller } = registry.need(id);
      poller.pollNow();
      return poller.view();
    },
    'reconcile.run': (input) => ({ runs: registry.some(input?.account).map((account) => account.reconcile.run('asked')) }),
    'reconcile.last': (input) => ({ runs: registry.some(input?.account).map((account) => account.reconcile.view()) }),
  };
}

function unwrap<T>(result: Result<T>): T {
  if (!result.ok) throw new FailureError(result.error);
  return result.value;
}

function toSessionView(session: ProviderSession): ProviderSessionView {
  return {
    id: session.id,
    name: session.name,
    phone: session.phone ?? null,
    state: session.state,
    webhookUrl: session.webhook?.url ?? null,
    webhookEnabled: session.webhook?.enabled ?? false,
  };
}
