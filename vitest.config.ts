import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.spec.ts'],
    pool: 'forks',
    // Two cores: more forks only make the engines wait for one another.
    maxWorkers: 2,
    testTimeout: 30_000,
    // A shared machine may stall for seconds between two steps of a test. What needed its second attempt is printed as retried.
    retry: process.env['CI'] === undefined ? 0 : 1,
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    hookTimeout: 120_000,
    coverage: { provider: 'v8', include: ['src/**'], reporter: ['text-summary', 'json-summary'] },
  },
});
