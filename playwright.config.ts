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
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: process.env.PLAYWRIGHT_JSON_OUTPUT_FILE ? [['list'], ['json']] : 'list',
  outputDir: 'test-results',
  projects: [
    // what only a window of its own can show is not asked of a browser
    { name: 'browser', testIgnore: '**/desktop.spec.ts' },
    { name: 'desktop', testIgnore: '**/start.spec.ts' },
  ],
});
