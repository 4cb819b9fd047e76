import type { Vault } from './core/ports/vault.ts';
import type { Engine } from './engine.ts';

export type ComposeOptions = {
  readonly dataFolder: string;
  readonly vault: Vault;
  readonly mode: 'desktop' | 'browser';
  /** 0 for any free one. */
  readonly webhookPort: number;
  /** Start with the demo shop connected. */
  readonly demo: boolean;
  readonly version: string;
  readonly exportLink: (id: string) => string | null;
};

/** Joins the real adapters to the engine; the entry brings its own vault. */
export async function composeEngine(_options: ComposeOptions): Promise<Engine> {
  throw new Error('not composed yet');
}
