import { defineConfig } from '@playwright/test';

/**
 * Every spec runs twice: on the page served to Chromium, and in the desktop app. `scripts/test.mjs`
 * finds both and names them in CHROMIUM_PATH and TICKLINE_ELECTRON.
 */
export default defineConfig({
  testDir: 'test/e2e',
  testMatch: '**/*.spec.ts',
  workers: 1,
  fullyParallel: false,
  forbidOnly: Boolean(process.env.CI),
  // On a machine we do not have to ourselves a test of real windows may lose a race with it; the last lines name what passed only then.
  retries: process.env.CI ? 1 : 0,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: process.env.PLAYWRIGHT_JSON_OUTPUT_FILE ? [['list'], ['json']] : 'list',
  outputDir: 'test-results',
  projects: [
    // what only a window of its own can show is not asked of a browser
    { name: 'browser', testIgnore: ['**/desktop.spec.ts', '**/checklist.spec.ts'] },
    // an Electron process cannot be given another clock from outside
    { name: 'desktop', testIgnore: ['**/start.spec.ts', '**/sleep.spec.ts'] },
  ],
});
