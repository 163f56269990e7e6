import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { BatchNormState } from './batch-norm.ts';
import { estimatedBatchNorm } from './estimated-batch-norm.ts';
import { goldenActivations, largestDifference } from '../testing/golden.ts';

const gamma = [1, -1, 2, 0.5];
const beta = [0, 1, -1, 3];
const start = { mean: [0.1, -0.2, 0.3, 0], variance: [1, 4, 0.5, 0.25] };
const state = (): BatchNormState => ({
  mean: tf.tensor1d(start.mean),
  variance: tf.tensor1d(start.variance),
});
const affine = () => ({ gamma: tf.tensor1d(gamma), beta: tf.tensor1d(beta) });
const numbers = (t: tf.Tensor): number[] => [...t.dataSync()];

/** The state after a batch of `x` [·, 4], in float64. */
function advanced(x: number[], rate: number): { mean: number[]; variance: number[] } {
  const channels = start.mean.map((old, channel) => {
    const values = x.filter((_, i) => i % 4 === channel);
    const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
    const variance = values.reduce((sum, v) => sum + (v - old) ** 2, 0) / values.length;
    return {
      mean: (1 - rate) * old + rate * mean,
      variance: (1 - rate) * (start.variance[channel] ?? NaN) + rate * variance,
    };
  });
  return { mean: channels.map(({ mean }) => mean), variance: channels.map(({ variance }) => variance) };
}

describe('estimatedBatchNorm', () => {
  it.each([0.01, 0.3, 1])(
    'normalizes by the advanced state, and its variance is around the old mean: rate %d',
    (rate) => {
      const x = goldenActivations();
      const values = numbers(x);
      const { y, state: after } = estimatedBatchNorm(x, affine(), state(), { training: true, rate });
      const wanted = advanced(values, rate);
      expect(largestDifference(numbers(after.mean), wanted.mean)).toBeLessThan(1e-6);
      expect(largestDifference(numbers(after.variance), wanted.variance)).toBeLessThan(1e-6);
      const outputs = values.map((v, i) => {
        const c = i % 4;
        const deviation = Math.sqrt((wanted.variance[c] ?? NaN) + 1e-5);
        return ((gamma[c] ?? NaN) * (v - (wanted.mean[c] ?? NaN))) / deviation + (beta[c] ?? NaN);
      });
      expect(largestDifference(numbers(y), outputs)).toBeLessThan(1e-5);
    },
  );

  it('takes a hundredth of each batch by default', () => {
    const { state: after } = estimatedBatchNorm(goldenActivations(), affine(), state(), { training: true });
    expect(
      largestDifference(numbers(after.mean), advanced(numbers(goldenActivations()), 0.01).mean),
    ).toBeLessThan(1e-7);
  });

  it('computes the same in inference from the advanced state, and leaves it', () => {
    const x = goldenActivations();
    const { y, state: after } = estimatedBatchNorm(x, affine(), state(), { training: true, rate: 0.3 });
    const inference = estimatedBatchNorm(x, affine(), after, { training: false });
    expect(inference.y.dataSync()).toEqual(y.dataSync());
    expect(inference.state).toBe(after);
  });

  it('takes the statistics as constants to the gradient', () => {
    const x = goldenActivations();
    const dy = tf.tensor4d(
      Array.from({ length: x.size }, (_, i) => Math.cos(0.9 * i)),
      x.shape,
    );
    const run = (input: tf.Tensor, g: tf.Tensor, b: tf.Tensor): tf.Tensor =>
      estimatedBatchNorm(input, { gamma: g as tf.Tensor1D, beta: b as tf.Tensor1D }, state(), {
        training: true,
        rate: 0.3,
      }).y;
    const { gamma: scale, beta: offset } = affine();
    const [dx, dgamma, dbeta] = tf
      .grads((input, g, b) => tf.sum(tf.mul(run(input, g, b), dy)))([x, scale, offset])
      .map(numbers);
    const { mean, variance } = advanced(numbers(x), 0.3);
    const inverse = variance.map((v) => 1 / Math.sqrt(v + 1e-5));
    const slopes = numbers(dy);
    const wanted = slopes.map((v, i) => v * (gamma[i % 4] ?? NaN) * (inverse[i % 4] ?? NaN));
    expect(largestDifference(dx ?? [], wanted)).toBeLessThan(1e-5);
    const sums = { gamma: [0, 0, 0, 0], beta: [0, 0, 0, 0] };
    numbers(x).forEach((v, i) => {
      const c = i % 4;
      const slope = slopes[i] ?? NaN;
      sums.gamma[c] = (sums.gamma[c] ?? NaN) + slope * (v - (mean[c] ?? NaN)) * (inverse[c] ?? NaN);
      sums.beta[c] = (sums.beta[c] ?? NaN) + slope;
    });
    expect(largestDifference(dgamma ?? [], sums.gamma)).toBeLessThan(1e-4);
    expect(largestDifference(dbeta ?? [], sums.beta)).toBeLessThan(1e-5);
  });

  it('takes a single value per channel', () => {
    const { y } = estimatedBatchNorm(tf.tensor2d([[1, 2, 3, 4]]), affine(), state(), { training: true });
    expect(numbers(y).every(Number.isFinite)).toBe(true);
  });
});
