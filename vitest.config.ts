// Tests mirror the sources; slow ones lie under test/integration, test/faults and test/reference and run in stages of .ci/run.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000, interval: 50 } }, // a loaded computer is slow, not wrong
    globalSetup: ['test/helpers/testRun.ts'],
    pool: 'forks',
    maxWorkers: 2,
  },
});
