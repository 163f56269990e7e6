import { checkGradients, worstGradientError } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { filterResponseNorm, thresholdedLinearUnit } from './filter-response-norm.ts';
import { elementsAt, goldenActivations, largestDifference } from '../testing/golden.ts';

const probes = [
  [0, 0, 0, 0],
  [1, 2, 0, 3],
  [3, 2, 2, 1],
];
const unit = () => ({ gamma: tf.ones<tf.Rank.R1>([4]), beta: tf.zeros<tf.Rank.R1>([4]) });
const affine = () => ({ gamma: tf.tensor1d([1, -1, 2, 0.5]), beta: tf.tensor1d([0, 1, -1, 3]) });

describe('filterResponseNorm', () => {
  it('gives the golden values', () => {
    const y = filterResponseNorm(goldenActivations(), unit());
    expect(largestDifference(elementsAt(y, probes), [-1.230011, -1.160324, 0.873851])).toBeLessThan(2e-6);
  });

  it('divides each channel of each sample by its own root mean square', () => {
    const y = filterResponseNorm(goldenActivations(), unit(), { epsilon: 0 });
    const moments = tf.mean(tf.square(y), [1, 2]).dataSync();
    expect(largestDifference(moments, new Array<number>(16).fill(1))).toBeLessThan(1e-5);
  });

  it('has the right gradients of x, γ, β and the learned ε', () => {
    const f = (...[x, gamma, beta, learnedEpsilon]: tf.Tensor[]): tf.Tensor =>
      filterResponseNorm(
        x as tf.Tensor,
        {
          gamma: gamma as tf.Tensor1D,
          beta: beta as tf.Tensor1D,
          learnedEpsilon: learnedEpsilon as tf.Scalar,
        },
        { epsilon: 0.1 },
      );
    const { gamma, beta } = affine();
    for (const learned of [0.2, -0.2]) {
      const checks = checkGradients(f, [goldenActivations(), gamma, beta, tf.scalar(learned)]);
      expect(worstGradientError(checks)).toBeLessThan(3e-3);
    }
  });

  it('lets sizes through on a 1×1 map where ε is learned: x / sqrt(x² + 1e-6 + |ε|)', () => {
    const x = tf.tensor2d([[0.01, -0.02, 1, 0]]);
    expect(largestDifference(filterResponseNorm(x, unit()).dataSync(), [0.995, -0.9988, 1, 0])).toBeLessThan(
      1e-3,
    );
    const y = filterResponseNorm(x, { ...unit(), learnedEpsilon: tf.scalar(-0.01) });
    const wanted = [0.01, -0.02, 1, 0].map((v) => v / Math.sqrt(v * v + 0.010001));
    expect(largestDifference(y.dataSync(), wanted)).toBeLessThan(1e-6);
  });
});

describe('thresholdedLinearUnit', () => {
  it('is the larger of x and its channel’s threshold', () => {
    const x = tf.tensor2d([
      [-3, -1, 0, 2],
      [3, 1, 0.5, -2],
    ]);
    const y = thresholdedLinearUnit(x, tf.tensor1d([0, -2, 1, 0.5]));
    expect([...y.dataSync()]).toEqual([0, -1, 1, 2, 3, 1, 1, 0.5]);
  });

  it('sends the gradient to x where it passes, also at the threshold, and to τ elsewhere', () => {
    const x = tf.tensor4d([-3, 1, 0, 1, 5, 2, -1, 3], [2, 2, 1, 2]);
    const dy = tf.tensor4d([1, 2, 4, 8, 16, 32, 64, 128], [2, 2, 1, 2]);
    const [dx, dtau] = tf.grads((a, tau) => tf.sum(tf.mul(thresholdedLinearUnit(a, tau as tf.Tensor1D), dy)))(
      [x, tf.tensor1d([0, 2])],
    );
    expect([...(dx?.dataSync() ?? [])]).toEqual([0, 0, 4, 0, 16, 32, 0, 128]);
    expect([...(dtau?.dataSync() ?? [])]).toEqual([65, 10]);
  });

  it('agrees with finite differences away from its kink', () => {
    const x = tf.tensor4d([-3, 1, 0, 1, 5, 2, -1, 3], [2, 2, 1, 2]);
    const f = (...[a, tau]: tf.Tensor[]): tf.Tensor =>
      thresholdedLinearUnit(a as tf.Tensor, tau as tf.Tensor1D);
    expect(worstGradientError(checkGradients(f, [x, tf.tensor1d([0.5, 1.5])]))).toBeLessThan(1e-3);
  });
});
