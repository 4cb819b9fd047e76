import type { Page } from '@playwright/test';
import type { RequestName } from '../../../src/shared/contract/names.ts';

export type OpenOptions = {
  readonly dataFolder: string;
  readonly demo: boolean;
  readonly downloads: string;
  /** For the app's own process; the browser way alone. */
  readonly env?: Readonly<Record<string, string>>;
};

/** The app in either way of running, with what a spec needs of it. */
export type Opened = {
  readonly page: Page;
  /** The app's own process. */
  readonly pid: number | undefined;
  /** The webhook listener's address. */
  readonly webhooks: string;
  /** One request of the contract, as the page itself makes it. */
  request(name: RequestName, input?: unknown): Promise<unknown>;
  /** Presses what saves an export and sees to it that the file lands at `path`. */
  saveExport(press: () => Promise<void>, path: string): Promise<void>;
  /** What it wrote to standard error so far. */
  log(): string;
  /** Ends it cleanly; resolves to its exit code. */
  close(): Promise<number | null>;
};
