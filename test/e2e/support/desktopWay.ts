import { resolve } from 'node:path';
import { _electron, type ElectronApplication, expect } from '@playwright/test';
import type { Opened, OpenOptions } from './opened.ts';

const ROOT = resolve(import.meta.dirname, '../../..');

/** What the preload puts on the page's window. */
type Bridge = { request(name: string, input: unknown): Promise<unknown> };

/** Starts the built desktop app; the caller closes it. */
export async function launchDesktop(dataFolder: string, ...flags: string[]): Promise<ElectronApplication> {
  // Chromium does not start its process sandbox for root
  const forRoot = process.platform === 'linux' && process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return _electron.launch({
    ...(process.env.TICKLINE_ELECTRON ? { executablePath: process.env.TICKLINE_ELECTRON } : {}),
    args: [...forRoot, ROOT, '--data', dataFolder, '--webhook-port', '0', ...flags],
    cwd: ROOT,
  });
}

/** The built desktop app and its window. */
export async function openOnDesktop({ dataFolder, demo }: OpenOptions): Promise<Opened & { readonly app: ElectronApplication }> {
  const app = await launchDesktop(dataFolder, ...(demo ? ['--demo'] : []));
  let words = '';
  // an app that was closed does not tell its process any more
  const running = app.process();
  running.stderr?.on('data', (part) => {
    words += part;
  });
  const page = await app.firstWindow();
  // A virtual screen rests its pointer in the middle, over the live list, which holds still while it is pointed at.
  // The real pointer is shut out for good, as it enters whenever the window comes up; what a test presses still arrives.
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.setIgnoreMouseEvents(true));
  await expect.poll(() => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible())).toBe(true);
  await page.mouse.move(2, 2);
  const request: Opened['request'] = (name, input) =>
    page.evaluate(([asked, given]) => (window as unknown as { app: Bridge }).app.request(asked, given), [name, input ?? {}] as const);
  const status = (await request('app.status')) as { value: { listener: string } };
  return {
    app,
    page,
    pid: app.process().pid,
    webhooks: status.value.listener,
    request,
    async saveExport(press, path) {
      // the one thing that a test cannot press: the system's own dialog
      await app.evaluate(({ dialog }, filePath) => {
        dialog.showSaveDialog = async () => ({ canceled: false, filePath });
      }, path);
      await press();
    },
    log: () => words,
    async close() {
      if (running.exitCode === null && running.signalCode === null) await app.close();
      return running.exitCode;
    },
  };
}
