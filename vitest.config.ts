import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/{unit,contract,integration,migrations,renderer}/**/*.test.{ts,tsx}'],
    // separate processes, so that a test which ends a process or loads the SQLite addon cannot touch another
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 20_000,
    passWithNoTests: true,
    // Real processes and sockets on a machine that others use too: once more there, never at the desk.
    retry: process.env.CI ? 1 : 0,
  },
});
