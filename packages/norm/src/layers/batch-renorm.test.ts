import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { largestDifference } from '../testing/golden.ts';
import { BatchRenorm, type BatchRenormArgs } from './batch-renorm.ts';

const images = (seed: number): tf.Tensor => tf.randomNormal([2, 3, 3, 2], 3, 2, 'float32', seed);
const valuesOf = (layer: BatchRenorm): number[][] => layer.getWeights().map((t) => [...t.dataSync()]);

it('counts its training steps, so that a ramp moves on, and only those', () => {
  const ramp = (initial: number, final: number) => ({ initial, final, from: 0, to: 2 });
  const layer = new BatchRenorm({ rMax: ramp(1, 100), dMax: ramp(0, 100), momentum: 0 });
  const spreads = [1, 2, 3, 4].map((seed) => {
    layer.apply(images(9), { training: false });
    const y = layer.apply(images(seed), { training: true }) as tf.Tensor;
    const inference = layer.apply(images(seed), { training: false }) as tf.Tensor;
    return largestDifference(y.dataSync(), inference.dataSync());
  });
  // Bounds 1 and 0, 50 and 50, 100 and 100: the second step is already free.
  expect(spreads[0]).toBeGreaterThan(1);
  for (const spread of spreads.slice(1)) expect(spread).toBeLessThan(1e-4);
  expect(valuesOf(layer)[4]).toEqual([4]);
});

it.each(['deviation', 'variance'] as const)(
  'says what affine map it is in inference, averaging the %s',
  (average) => {
    const layer = new BatchRenorm({ average, momentum: 0.5 });
    const x = images(1);
    layer.apply(x, { training: true });
    layer.setWeights(layer.getWeights().map((weight, i) => tf.add(weight, 0.1 * i)));
    const { scale, shift } = layer.inferenceAffine();
    const wanted = layer.apply(x) as tf.Tensor;
    expect(largestDifference(tf.add(tf.mul(x, scale), shift).dataSync(), wanted.dataSync())).toBeLessThan(
      1e-5,
    );
  },
);

it.each<[BatchRenormArgs, RegExp]>([
  [{ rMax: 0.5 }, /BatchRenorm "brn" got rMax 0.5: use a number ≥ 1/],
  [{ rMax: { initial: 1, final: 0.5, from: 0, to: 1 } }, /got rMax 0.5: use a number ≥ 1/],
  [{ rMax: Number.NaN }, /got rMax NaN/],
  [{ dMax: -1 }, /got dMax -1: use a number ≥ 0/],
  [{ dMax: { initial: 0, final: 5, from: 9, to: 9 } }, /got dMax from step 9 to step 9: let it end after/],
  [{ momentum: 2 }, /got momentum 2: use a number from 0 to 1/],
  [{ average: 'median' as 'variance' }, /got average "median": use 'deviation' or 'variance'/],
])('refuses the options %j', (args, message) => {
  expect(() => new BatchRenorm({ name: 'brn', ...args })).toThrow(message);
});
