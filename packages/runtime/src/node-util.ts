/**
 * `@tensorflow/tfjs-node-gpu` 4.22 calls `util.isNullOrUndefined` and `util.isArray`, which Node 23 removed: without
 * them every operation fails. On Node 22 they exist but print a deprecation warning. Both are replaced by plain
 * functions of the same meaning.
 */
import util from 'node:util';

interface RemovedFunctions {
  isNullOrUndefined(value: unknown): boolean;
  isArray(value: unknown): boolean;
}

/** Idempotent; must run before the first operation of the native backend. */
export function restoreNodeUtil(): void {
  const replacements: RemovedFunctions = {
    isNullOrUndefined: (value) => value === null || value === undefined,
    isArray: Array.isArray,
  };
  Object.assign(util, replacements);
}
