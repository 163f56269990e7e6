import { checkGradients, worstGradientError } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { kernelKinds, mapFilters } from '../testing/filter-reference.ts';
import { elementsAt, goldenKernel, largestDifference } from '../testing/golden.ts';
import { weightNormalize } from './weight-normalization.ts';

describe('weightNormalize', () => {
  it('gives the golden values', () => {
    const y = weightNormalize(goldenKernel(), null);
    const values = elementsAt(y, [
      [0, 0, 0, 0],
      [1, 2, 1, 2],
      [2, 2, 1, 3],
    ]);
    expect(largestDifference(values, [-0.3022257, 0.3851683, -0.3070513])).toBeLessThan(1e-7);
    expect(tf.sum(tf.square(y), [0, 1, 2]).dataSync()[0]).toBeCloseTo(1, 6);
  });

  it.each(kernelKinds)('gives filters of $kind kernels the length g', ({ shape, axes, filters }) => {
    const kernel = tf.randomNormal([...shape], 0.4, 0.1, 'float32', 1);
    const gamma = tf.linspace(-1, 2, filters);
    const lengths = gamma.dataSync();
    const wanted = mapFilters(kernel, filters, ({ w, index }) =>
      w.map((v) => ((lengths[index] ?? NaN) * v) / Math.hypot(...w)),
    );
    const y = weightNormalize(kernel, gamma, { axes });
    expect(y.shape).toEqual(shape);
    expect(largestDifference(y.dataSync(), wanted)).toBeLessThan(1e-6);
    const checks = checkGradients(
      (w, g) => weightNormalize(w, g as tf.Tensor1D, { axes }),
      [tf.mul(kernel, 2), gamma],
    );
    expect(worstGradientError(checks)).toBeLessThan(2e-3);
  });

  it('has the gradient that automatic differentiation has, orthogonal to the filter', () => {
    const kernel = goldenKernel();
    const gamma = tf.tensor1d([1, -2, 0.5, 3]);
    const upstream = tf.randomNormal<tf.Rank.R4>([3, 3, 2, 4], 0, 1, 'float32', 3);
    const composed = (v: tf.Tensor, g: tf.Tensor): tf.Tensor =>
      tf.mul(v, tf.div(g, tf.sqrt(tf.sum(tf.square(v), [0, 1, 2]))));
    const lossOf =
      (normalize: (v: tf.Tensor, g: tf.Tensor) => tf.Tensor) =>
      (v: tf.Tensor, g: tf.Tensor): tf.Scalar =>
        tf.sum(tf.mul(normalize(v, g), upstream));
    const [dv, dg] = tf.grads(lossOf((v, g) => weightNormalize(v, g as tf.Tensor1D)))([kernel, gamma]);
    const [wantedDv, wantedDg] = tf.grads(lossOf(composed))([kernel, gamma]);
    expect(largestDifference(dv?.dataSync() ?? [], wantedDv?.dataSync() ?? [])).toBeLessThan(2e-6);
    expect(largestDifference(dg?.dataSync() ?? [], wantedDg?.dataSync() ?? [])).toBeLessThan(2e-6);
    const along = tf.sum(tf.mul(dv as tf.Tensor, kernel), [0, 1, 2]);
    expect(largestDifference(along.dataSync(), [0, 0, 0, 0])).toBeLessThan(5e-6);
  });

  it('keeps a filter of zeros zero, with a gradient of zero', () => {
    const kernel = tf.concat([tf.zeros([1, 1, 3, 1]), tf.ones([1, 1, 3, 1])], 3) as tf.Tensor4D;
    const y = weightNormalize(kernel, null);
    expect([...y.dataSync()].filter((_, i) => i % 2 === 0)).toEqual([0, 0, 0]);
    const gradient = tf
      .grad((v) => tf.sum(tf.square(weightNormalize(v, null))))(kernel)
      .dataSync();
    expect(gradient.every(Number.isFinite)).toBe(true);
    expect([...gradient].filter((_, i) => i % 2 === 0)).toEqual([0, 0, 0]);
  });
});
