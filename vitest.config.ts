import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// `@plumbline/source` makes packages resolve to their TypeScript sources, so tests need no build.
// `main` before `module`: TensorFlow.js's ESM and CommonJS files would be two copies of it in one process.
const conditions = ['@plumbline/source', 'module', 'node', 'import', 'default'];

export default defineConfig({
  resolve: { conditions, mainFields: ['main'] },
  ssr: { resolve: { conditions, externalConditions: conditions, mainFields: ['main'] } },
  test: {
    include: ['{packages,apps,tools,test}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    setupFiles: ['./test/setup.ts'],
    reporters: ['default', './tools/summary-reporter.ts'],
    pool: 'forks',
    // Left alone it leaves one core to the terminal, which is half of a machine with two.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
