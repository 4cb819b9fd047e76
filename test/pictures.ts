/** `npm run pictures`: the README's pictures, taken of the real app on the demo shop, built from what lies here. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { chromium, type Page } from '@playwright/test';
import { findChromium } from '../scripts/runtime.mjs';
import { startApp } from './support/app.ts';

const ROOT = resolve(import.meta.dirname, '..');
const FOLDER = join(ROOT, 'docs/pictures');
const SIZE = { width: 1280, height: 800 };
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

execFileSync(process.execPath, [join(ROOT, 'node_modules/electron-vite/bin/electron-vite.js'), 'build'], {
  cwd: ROOT,
  stdio: ['ignore', 'ignore', 'inherit'],
});
mkdirSync(FOLDER, { recursive: true });

const entry = join(ROOT, 'out/main/headless.js');
const executablePath = findChromium(process.env);
const browser = await chromium.launch({ args: FLAGS, ...(executablePath === undefined ? {} : { executablePath }) });

async function open(app: { readonly api: string; readonly token: string }, colorScheme: 'light' | 'dark'): Promise<Page> {
  const page = await browser.newPage({ viewport: SIZE, colorScheme, locale: 'en-GB', reducedMotion: 'reduce' });
  await page.goto(`${app.api}/#token=${app.token}`);
  return page;
}
const take = (page: Page, name: string) => page.screenshot({ path: join(FOLDER, `${name}.png`) });

try {
  const newcomer = await startApp({ entry });
  const first = await open(newcomer, 'light');
  await first.getByText('Try with the demo shop').waitFor();
  await take(first, 'welcome-light');
  await first.getByText('Try with the demo shop').click();
  await first.getByRole('img', { name: /code/i }).waitFor();
  await take(first, 'scan-light');
  await newcomer.stop();

  const app = await startApp({ entry, demo: true });
  const light = await open(app, 'light');
  // Enough of a day that there is something of everything: people who read, a group, a failure.
  await light.waitForFunction(() => document.querySelectorAll('[data-testid="message-row"][data-status="read"]').length >= 4, undefined, {
    timeout: 180_000,
  });
  await light.locator('[data-testid="message-row"]').first().waitFor();
  await take(light, 'live-light');
  await light.locator('[data-testid="message-row"][data-status="read"]').first().click();
  await light.locator('[data-testid="timeline-step"]').first().waitFor();
  await take(light, 'timeline-light');
  await light.keyboard.press('Escape');
  for (const screen of ['Messages', 'Events', 'Health', 'Settings']) {
    await light.getByRole('navigation', { name: 'Screens' }).getByText(screen, { exact: true }).click();
    await light.getByRole('heading', { level: 1, name: screen }).waitFor();
    if (screen === 'Events') await light.locator('[data-testid="event-row"]').nth(3).click();
    if (screen === 'Health') await light.getByTestId('connection').waitFor();
    await light.waitForLoadState('networkidle');
    await take(light, `${screen.toLowerCase()}-light`);
  }
  const dark = await open(app, 'dark');
  await dark.locator('[data-testid="message-row"]').first().waitFor();
  await take(dark, 'live-dark');
  await app.stop();
} finally {
  await browser.close();
}
