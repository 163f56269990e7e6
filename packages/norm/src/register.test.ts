import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { BatchNorm, GroupNorm, NormConv2D, WeightAlign, WeightStandardization } from './index.ts';

it('registers the exported classes, and no abstract one', async () => {
  // Each module has registered its own class; what a bundler leaves of that is nothing.
  const registered = tf.serialization.SerializationMap.getMap().classNameMap;
  for (const name of Object.keys(registered)) Reflect.deleteProperty(registered, name);
  await import('./register.ts');
  for (const made of [BatchNorm, GroupNorm, NormConv2D, WeightAlign, WeightStandardization]) {
    expect(registered[made.className]?.[0]).toBe(made);
  }
  expect(Object.keys(registered)).not.toContain('KernelNormalizer');
  expect(Object.keys(registered)).not.toContain('ChannelNorm');
});
