import { checkGradients, worstGradientError } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { kernelKinds, mapFilters } from '../testing/filter-reference.ts';
import { elementsAt, goldenKernel, largestDifference } from '../testing/golden.ts';
import { centreWeights } from './weight-centring.ts';

describe('centreWeights', () => {
  it('gives the golden values', () => {
    const y = centreWeights(goldenKernel());
    const values = elementsAt(y, [
      [0, 0, 0, 0],
      [1, 2, 1, 2],
      [2, 2, 1, 3],
    ]);
    expect(largestDifference(values, [-0.6955556, 0.8911111, -0.6511111])).toBeLessThan(2e-7);
    expect(tf.sum(tf.square(y), [0, 1, 2]).dataSync()[0]).toBeCloseTo(6.532444, 5);
  });

  it.each(kernelKinds)('takes the mean from filters of $kind kernels', ({ shape, axes, filters }) => {
    const kernel = tf.randomNormal([...shape], 0.4, 0.1, 'float32', 1);
    const y = centreWeights(kernel, { axes });
    const wanted = mapFilters(kernel, filters, ({ w, mean }) => w.map((v) => v - mean));
    expect(y.shape).toEqual(shape);
    expect(largestDifference(y.dataSync(), wanted)).toBeLessThan(2e-7);
    const checks = checkGradients((w) => centreWeights(w, { axes }), [kernel]);
    expect(worstGradientError(checks)).toBeLessThan(1e-3);
  });

  it('has a gradient that sums to 0 in every filter', () => {
    const upstream = tf.randomNormal([3, 3, 2, 4], 1, 1, 'float32', 3);
    const gradient = tf.grad((w) => tf.sum(tf.mul(centreWeights(w), upstream)))(goldenKernel());
    const wanted = mapFilters(upstream, 4, ({ w, mean }) => w.map((v) => v - mean));
    expect(largestDifference(gradient.dataSync(), wanted)).toBeLessThan(1e-6);
  });
});
