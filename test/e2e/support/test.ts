import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base } from '@playwright/test';
import { openInBrowser } from './browserWay.ts';
import { openOnDesktop } from './desktopWay.ts';
import type { Opened } from './opened.ts';

type Parts = {
  /** A folder of the test's own, gone afterwards. */
  readonly folder: string;
  /** What the page complained of; anything left in it at the end fails the test. */
  readonly complaints: string[];
  /** Opens the app in this project's way; closed after the test. */
  readonly open: (options?: { readonly demo?: boolean; readonly env?: Readonly<Record<string, string>> }) => Promise<Opened>;
};

export const test = base.extend<Parts>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the parts from this pattern
  folder: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'tickline-e2e-'));
    await use(folder);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  },
  // biome-ignore lint/correctness/noEmptyPattern: as above
  complaints: async ({}, use) => {
    const complaints: string[] = [];
    await use(complaints);
    if (complaints.length > 0) throw new Error(`the page complained:\n${complaints.join('\n')}`);
  },
  open: async ({ folder, complaints }, use, info) => {
    const running: Opened[] = [];
    await use(async ({ demo = false, env = {} } = {}) => {
      const options = { dataFolder: join(folder, 'data'), downloads: join(folder, 'downloads'), demo, env };
      const opened = await (info.project.name === 'desktop' ? openOnDesktop(options) : openInBrowser(options));
      running.push(opened);
      opened.page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      opened.page.on('pageerror', (error) => complaints.push(error.stack ?? error.message));
      return opened;
    });
    for (const opened of running) {
      await opened.close();
      if (info.status !== info.expectedStatus) await info.attach('log', { body: opened.log(), contentType: 'text/plain' });
    }
  },
});

export { expect } from '@playwright/test';
