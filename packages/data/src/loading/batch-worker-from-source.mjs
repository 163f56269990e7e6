// Starts the decoding thread from its TypeScript source: in tests and in a checkout without a build. A thread must set
// tsx up for itself; on Node 20 `--import tsx` does that in the main thread only. Never part of the built package.
import { register } from 'tsx/esm/api';

register();
await import('./batch-worker.ts');
