/** Gathers what the checks look at. What an account was asked is remembered until it is asked again, so that findings stay. */
import type { TunnelSettings } from '../../../shared/contract/views.ts';
import type { Account } from '../connect/account.ts';
import type { Registry } from '../connect/registry.ts';
import type { SecretBook } from '../connect/secrets.ts';
import { pathOf } from '../connect/webhook.ts';
import { isOwnNetwork } from '../domain/typedAddress.ts';
import type { Probes } from '../ingest/probe.ts';
import type { StorageTrouble } from '../ingest/storageGuard.ts';
import type { Clock } from '../ports/clock.ts';
import type { DiskFacts, Host } from '../ports/host.ts';
import type { AccountRecord, Store } from '../ports/store.ts';
import type { Vault, VaultDescription } from '../ports/vault.ts';
import { askAccount } from './ask.ts';
import type { AccountFacts, AskedFacts, Facts, QueueFacts } from './facts.ts';

export type GatherDeps = {
  readonly store: Store;
  readonly registry: Registry;
  readonly secrets: SecretBook;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly host: Host;
  readonly probe: Probes['probe'];
  readonly storageStatus: () => Promise<Facts['storage']>;
  readonly storageTrouble: () => StorageTrouble | undefined;
  readonly rejected: () => number;
  readonly about: { readonly version: string; readonly mode: 'desktop' | 'browser'; readonly startedAt: number; readonly dataFolder: string };
};

/** Whatever does not answer within this is left out. */
const LOCAL_MS = 3_000;
/** Counting stops here: more than this is told as this. */
const MOST_QUARANTINED = 10_000;

export function createGather(deps: GatherDeps): (ask: boolean) => Promise<Facts> {
  const { store, registry, secrets, clock, host, about } = deps;
  const asked = new Map<string, AskedFacts>();

  /** The value, or `otherwise` when it fails or takes too long. */
  function soon<T>(work: Promise<T>, otherwise: T): Promise<T> {
    return new Promise((resolve) => {
      const cancel = clock.after(LOCAL_MS, () => resolve(otherwise));
      work
        .catch(() => otherwise)
        .then((value) => {
          cancel();
          resolve(value);
        });
    });
  }

  async function askAll(records: readonly (readonly [Account, AccountRecord])[]): Promise<void> {
    await Promise.all(
      records.map(async ([account, record]) => {
        const tunnel = JSON.parse(record.tunnel) as TunnelSettings;
        const url = account.intake.state().publicUrl ?? (tunnel.kind === 'own-url' ? tunnel.url : undefined);
        const facts = await askAccount(account, {
          clock,
          probe: deps.probe,
          secrets: secrets.of(account.id),
          sessionId: record.settings.sessionId,
          url,
        });
        asked.set(account.id, facts);
      }),
    );
  }

  function factsOf(account: Account, record: AccountRecord): AccountFacts {
    const { provider } = account;
    const skewMs = account.clockSkew.ms();
    const probe = asked.get(account.id)?.probe?.result;
    return {
      id: record.id,
      name: record.name,
      demo: record.demo,
      provider: provider.info,
      wantedEvents: provider.webhookEvents,
      tunnel: JSON.parse(record.tunnel) as TunnelSettings,
      webhookPath: pathOf(record.webhookToken),
      providerIsNear: record.settings.baseUrl !== undefined && URL.canParse(record.settings.baseUrl) && isOwnNetwork(record.settings.baseUrl),
      session: account.session.view(),
      intake: account.intakeView(),
      secrets: Object.keys(secrets.of(account.id)),
      secretsTrouble: secrets.trouble(account.id),
      pollTrouble: account.poller.trouble(),
      skews: [
        ...(skewMs === undefined ? [] : [{ by: provider.info.name, ms: skewMs }]),
        ...(probe?.verdict === 'live' && probe.clockSkewMs !== undefined ? [{ by: 'The way to our public address', ms: probe.clockSkewMs }] : []),
      ],
      reading: store.reading.ofAccount(account.id),
      asked: asked.get(account.id),
    };
  }

  function queueFacts(): QueueFacts {
    const quarantined = store.inbox.ids({ states: ['quarantined'] }, 0, MOST_QUARANTINED);
    const oldest = quarantined[0];
    return {
      waiting: store.inbox.pendingCount(),
      quarantined: quarantined.length,
      oldestQuarantinedAt: oldest === undefined ? undefined : store.inbox.heads([oldest])[0]?.receivedAt,
      rejected: deps.rejected(),
    };
  }

  return async (ask) => {
    const records = registry.all().flatMap((account) => {
      const record = store.accounts.get(account.id);
      return record === undefined ? [] : [[account, record] as const];
    });
    if (ask) await askAll(records);
    const unknownDisk: DiskFacts = { folder: about.dataFolder };
    const unknownVault: VaultDescription = { backend: 'unknown', protects: true, words: 'It is not known how keys are protected.' };
    const [disk, vault, storage] = await Promise.all([
      soon(host.disk(), unknownDisk),
      soon(deps.vault.describe(), unknownVault),
      soon(deps.storageStatus(), undefined),
    ]);
    return {
      now: clock.now(),
      accounts: records.map(([account, record]) => factsOf(account, record)),
      queue: queueFacts(),
      disk,
      storageTrouble: deps.storageTrouble(),
      storage,
      vault,
      program: {
        version: about.version,
        sqlite: store.sqliteVersion,
        mode: about.mode,
        parts: host.parts,
        frame: host.frame,
        startedAt: about.startedAt,
        timeZone: host.timeZone(),
      },
    };
  };
}
