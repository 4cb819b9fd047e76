/** Where webhooks come in. What it must know is plain data, so that it can run in a thread of its own. */
import type { AccountId } from '../domain/ids.ts';
import type { ProviderKey, Secrets } from './provider.ts';
import type { NewEntry } from './store.ts';

/** One account's door, as data. */
export type DoorSpec = {
  readonly pathSecret: string;
  readonly account: AccountId;
  readonly provider: ProviderKey;
  readonly secrets: Secrets;
  readonly storeText: boolean;
};

/** `kept` after the commit that holds all of them; otherwise none of them is kept. */
export type KeptAll = 'kept' | 'full' | 'storage' | 'closed';

export type ListenerDeps = {
  /** Commits these entries together. Never rejects. */
  readonly keep: (entries: readonly NewEntry[]) => Promise<KeptAll>;
  /** The answer to a self-check under way. */
  readonly answerTo: (nonce: string) => string | undefined;
  /** Requests turned away without being stored, since the last call. */
  readonly onRejected: (count: number) => void;
  /** The thread ended by itself; nothing is heard any more. */
  readonly onDeath: (words: string) => void;
};

export interface ListenerHandle {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly port: number;
  /** The doors as they are from now on. */
  setDoors(doors: readonly DoorSpec[]): void;
  /** Stops listening and waits for answers under way, 2 s at most. Harmless when called twice. */
  close(): Promise<void>;
}
