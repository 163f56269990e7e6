import type { NamedVariable } from '@plumbline/training';
import { createHash } from 'node:crypto';

/** Of a weight's bits: millions of numbers take long to compare one by one. */
export function digest({ variable }: NamedVariable): string {
  const { buffer, byteOffset, byteLength } = variable.dataSync();
  return createHash('sha256')
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest('hex');
}
