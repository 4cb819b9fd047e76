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
  },
});
