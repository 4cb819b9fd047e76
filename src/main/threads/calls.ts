/** What the main process and the engine's thread may ask of each other. */
import type { Change } from '../../shared/contract/changes.ts';
import type { Answer } from '../../shared/contract/errors.ts';
import type { ComposeOptions } from '../compose.ts';
import type { RestartReason } from '../core/ports/safekeeping.ts';
import type { SecretSlot, Vault } from '../core/ports/vault.ts';

export type StartOptions = Pick<ComposeOptions, 'dataFolder' | 'webhookPort' | 'demo' | 'version' | 'frame'>;

/** Offered by the engine's thread. */
export type EngineCalls = {
  /** Rejects with the failure that the owner should read. */
  start(options: StartOptions): Promise<{ readonly webhooks: string }>;
  request(name: string, input: unknown): Promise<Answer<unknown>>;
  exportFile(id: string): { readonly path: string; readonly fileName: string } | undefined;
  suspend(): void;
  wake(): void;
  stop(): Promise<void>;
};

/** Offered by the main process, where the keyring lives. */
export type HostCalls = {
  change(change: Change): void;
  /** The engine wants to be stopped and started again. */
  restart(why: RestartReason): void;
  vaultDescribe(): ReturnType<Vault['describe']>;
  vaultPut(slot: SecretSlot, value: string): Promise<void>;
  vaultGet(slot: SecretSlot): Promise<string | undefined>;
  vaultList(account: string): ReturnType<Vault['list']>;
  vaultRemoveAccount(account: string): Promise<void>;
};
