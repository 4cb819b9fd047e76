import type { Change } from '../shared/contract/changes.ts';
import type { EngineHandlers } from '../shared/contract/requests.ts';

/** The whole product, with no window in sight. */
export type Engine = {
  start(): Promise<void>;
  /** Stops everything that was started, in reverse order; harmless when called twice. */
  stop(): Promise<void>;
  readonly handlers: EngineHandlers;
  readonly changes: { subscribe(listener: (change: Change) => void): () => void };
  /** Where the webhook listener answers on this machine, e.g. `http://127.0.0.1:41782`. */
  webhooksUrl(): string;
  exportFile(id: string): { readonly path: string; readonly fileName: string } | undefined;
  /** The computer was asleep: look at everything anew. */
  wake(): void;
};
