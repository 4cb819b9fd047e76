/** What the handlers of every resource share. */

import type { MessageFilter } from '../../shared/contract/requests.ts';
import type { AppSettings, ExportView } from '../../shared/contract/views.ts';
import type { Demo } from '../core/connect/demo.ts';
import type { Registry } from '../core/connect/registry.ts';
import type { SecretBook } from '../core/connect/secrets.ts';
import { OPEN_STATUSES } from '../core/domain/status.ts';
import type { Drain } from '../core/ingest/drain.ts';
import type { StorageTrouble } from '../core/ingest/storageGuard.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Polls } from '../core/ports/polls.ts';
import type { Provider, ProviderKey } from '../core/ports/provider.ts';
import type { MessageQuery, Store } from '../core/ports/store.ts';
import type { Vault } from '../core/ports/vault.ts';
import type { Publisher } from '../core/publish.ts';
import type { RowContext } from '../core/read/rows.ts';

export type Parts = {
  readonly store: Store;
  readonly polls: Polls;
  readonly clock: Clock;
  readonly providers: ReadonlyMap<ProviderKey, Provider>;
  readonly registry: Registry;
  readonly secrets: SecretBook;
  readonly vault: Vault;
  readonly drain: Drain;
  readonly publisher: Publisher;
  /** What is wrong with saving just now; undefined while all is well. */
  readonly storageTrouble: () => StorageTrouble | undefined;
  readonly demo: Demo;
  readonly rowContext: () => RowContext;
  readonly settings: { get(): AppSettings; put(change: Partial<AppSettings>): AppSettings };
  readonly randomBytes: (count: number) => Buffer;
  readonly rejected: () => number;
  readonly about: {
    readonly version: string;
    readonly mode: 'desktop' | 'browser';
    readonly dataFolder: string;
    readonly startedAt: number;
    listenerUrl(): string;
  };
  readonly exportLink: (id: string) => string | null;
  /** Raises `conflict` for somebody who was erased and is not to be kept. */
  readonly assertAllowed: (address: string) => void;
  /** Lets the event loop turn: webhooks go first. */
  readonly breathe: () => Promise<void>;
};

export type ExportShelf = {
  file(id: string): { readonly path: string; readonly fileName: string } | undefined;
  views(): readonly ExportView[];
  /** The files written before then. */
  countOlder(before: number): Promise<{ readonly rows: number; readonly bytes: number }>;
  removeOlder(before: number): Promise<number>;
  stop(): void;
};

/** A filter of the contract as the store asks it. `open` is what can still climb into a known fate. */
export function queryOf(filter: MessageFilter | undefined): MessageQuery {
  const { status, account, text, from, to, tag, kind } = filter ?? {};
  return {
    ...(account === undefined ? {} : { account }),
    ...(text === undefined || text === '' ? {} : { text }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(tag === undefined ? {} : { tag }),
    ...(kind === undefined ? {} : { kind }),
    ...(status === undefined
      ? {}
      : { statuses: status === 'unknown' ? ('unknown' as const) : status === 'open' ? OPEN_STATUSES : Array.isArray(status) ? status : [status] }),
  };
}
