import type { EngineHandlers } from '../../shared/contract/requests.ts';
import type { AccountView, TunnelSettings } from '../../shared/contract/views.ts';
import { lastUrlKeyOf } from '../core/connect/account.ts';
import { pathOf } from '../core/connect/webhook.ts';
import { FailureError, raise } from '../core/domain/failure.ts';
import type { AccountId } from '../core/domain/ids.ts';
import type { Way } from '../core/ingest/intake.ts';
import type { Provider, ProviderKey } from '../core/ports/provider.ts';
import type { AccountRecord } from '../core/ports/store.ts';
import type { Parts } from './parts.ts';
import { refusePastedKeys } from './pastedKeys.ts';
import { refuseWrongAddresses } from './typedAddresses.ts';

type Names =
  | 'accounts.create'
  | 'accounts.list'
  | 'accounts.get'
  | 'accounts.update'
  | 'accounts.remove'
  | 'accounts.putSecret'
  | 'demo.start'
  | 'demo.status'
  | 'demo.set';

export function accountHandlers(parts: Parts & { readonly tunnelFor: (settings: TunnelSettings) => Way }): Pick<EngineHandlers, Names> {
  const { store, registry, secrets } = parts;

  const recordOf = (id: string): AccountRecord => store.accounts.get(id) ?? raise('not_found', 'There is no such account.');

  async function view(id: string): Promise<AccountView> {
    const record = recordOf(id);
    const account = registry.need(id);
    return {
      id: record.id,
      provider: record.provider,
      providerName: account.provider.info.name,
      name: record.name,
      demo: record.demo,
      createdAt: record.createdAt,
      settings: record.settings,
      tunnel: JSON.parse(record.tunnel) as TunnelSettings,
      webhookPath: pathOf(record.webhookToken),
      secrets: await secrets.list(record.id),
      secretsTrouble: secrets.trouble(record.id) ?? null,
      session: account.session.view(),
    };
  }

  async function startDemo(): Promise<{ accountId: string; webhookPath: string }> {
    const id = await parts.demo.start(false);
    return { accountId: id, webhookPath: pathOf(recordOf(id).webhookToken) };
  }

  return {
    'accounts.create': async ({ provider: key, name, settings, secrets: given, tunnel }) => {
      const provider =
        parts.providers.get(key as ProviderKey) ?? raise('unsupported', 'Tickline does not know this provider yet.', { detail: 'input.provider' });
      if (provider.info.key === 'demo' && settings.baseUrl === undefined) return startDemo();
      refusePastedKeys({ name, settings, tunnel }, [...secrets.all(), ...Object.values(given)]);
      refuseWrongAddresses(tunnel);
      const prepared = provider.prepare(settings, given);
      if (!prepared.ok) throw new FailureError(prepared.error);
      const record = newAccount(parts, {
        provider: provider.info.key,
        name,
        demo: false,
        settings: prepared.value.settings,
        tunnel: JSON.stringify(named(tunnel ?? { kind: 'none' }, parts)),
      });
      store.accounts.insert(record);
      try {
        await secrets.put(record.id, prepared.value.secrets);
      } catch (error) {
        store.accounts.remove(record.id);
        throw error;
      }
      registry.add(record).start(undefined);
      return { accountId: record.id, webhookPath: pathOf(record.webhookToken) };
    },
    'accounts.list': async () => {
      // one that is being removed at this moment is not there any more
      const there = registry.all().filter(({ id }) => store.accounts.get(id) !== undefined);
      return { accounts: await Promise.all(there.map(({ id }) => view(id))) };
    },
    'accounts.get': ({ account }) => view(account),
    'accounts.update': async ({ account: id, name, settings, tunnel }) => {
      const account = registry.need(id);
      const record = recordOf(id);
      refusePastedKeys({ name, settings, tunnel }, secrets.all());
      refuseWrongAddresses(tunnel);
      const merged = settings === undefined ? undefined : checked(account.provider, { ...record.settings, ...settings }, secrets.of(account.id));
      const way = tunnel === undefined ? undefined : named(tunnel, parts);
      const chosen = merged?.sessionId === record.settings.sessionId ? undefined : merged?.sessionId;
      const canChoose = chosen !== undefined && secrets.of(account.id).personalAccessToken !== undefined;
      store.accounts.update(account.id, {
        ...(name === undefined ? {} : { name }),
        // Another session comes with other credentials, so it is chosen like from the list.
        ...(merged === undefined ? {} : { settings: canChoose ? withSession(merged, record.settings.sessionId) : merged }),
        ...(way === undefined ? {} : { tunnel: JSON.stringify(way) }),
      });
      if (canChoose) {
        const details = await account.client().readSession(chosen);
        if (!details.ok) throw new FailureError(details.error);
        await account.choose(details.value);
      }
      if (way !== undefined) account.reopen(parts.tunnelFor(way));
      parts.publisher.session(id);
      return view(id);
    },
    'accounts.remove': ({ account: id }) =>
      registry.inTurn(async () => {
        const account = registry.need(id);
        const { demo } = recordOf(id);
        await registry.remove(account.id);
        if (demo) await parts.demo.stopShop();
        await secrets.remove(account.id);
        store.settings.remove(lastUrlKeyOf(account.id));
        const messages = store.accounts.remove(account.id);
        return { removed: true, messages };
      }),
    'accounts.putSecret': async ({ account: id, slot, value }) => {
      const account = registry.need(id);
      const prepared = account.provider.prepare(recordOf(id).settings, { ...secrets.of(account.id), [slot]: value });
      if (!prepared.ok) throw new FailureError(prepared.error);
      await secrets.put(account.id, prepared.value.secrets);
      account.session.ask();
      account.wake();
      account.intake.tellAgain();
      return view(id);
    },
    'demo.start': async () => ({ accountId: await parts.demo.start(false) }),
    'demo.status': () => parts.demo.view(),
    'demo.set': (change) => parts.demo.set(change),
  };
}

function checked(provider: Provider, settings: Readonly<Record<string, string>>, known: Readonly<Record<string, string | undefined>>) {
  const prepared = provider.prepare(settings, known);
  if (!prepared.ok) throw new FailureError(prepared.error);
  return prepared.value.settings;
}

function withSession({ sessionId: _other, ...rest }: Readonly<Record<string, string>>, sessionId: string | undefined) {
  return { ...rest, ...(sessionId === undefined ? {} : { sessionId }) };
}

/** A localtunnel without a name gets one that nobody guesses, and keeps it. */
export function named(
  tunnel: { readonly kind: string; readonly host?: string; readonly name?: string; readonly url?: string },
  parts: Pick<Parts, 'randomBytes'>,
): TunnelSettings {
  switch (tunnel.kind) {
    case 'localtunnel':
      return {
        kind: 'localtunnel',
        host: tunnel.host ?? 'https://localtunnel.me',
        name: tunnel.name ?? `tickline-${parts.randomBytes(8).toString('hex')}`,
      };
    case 'own-url':
      return { kind: 'own-url', url: (tunnel.url ?? '').replace(/\/+$/, '') };
    case 'local':
      return { kind: 'local' };
    default:
      return { kind: 'none' };
  }
}

export function newAccount(
  parts: Pick<Parts, 'randomBytes' | 'clock'>,
  about: Pick<AccountRecord, 'provider' | 'name' | 'demo' | 'settings' | 'tunnel'>,
): AccountRecord {
  return {
    ...about,
    id: `acc_${parts.randomBytes(8).toString('hex')}` as AccountId,
    // 192 bits: the path is the second secret, because the provider's own is the same in every request.
    webhookToken: parts.randomBytes(24).toString('base64url'),
    previousWebhook: null,
    sessionName: null,
    sessionPhone: null,
    sessionState: 'unknown',
    sessionSince: null,
    createdAt: parts.clock.now(),
  };
}
