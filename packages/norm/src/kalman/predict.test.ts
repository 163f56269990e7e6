import { checkGradients, comparableBackends, withBackend, worstGradientError } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { largestDifference } from '../testing/golden.ts';
import type { Moments } from './moments.ts';
import { predictedMoments, rectifiedMoments, sampledMoments } from './predict.ts';

const moments = (mean: number[], variance: number[]): Moments => tf.tensor3d([[mean, variance]]);
const seed = (count: number): tf.Tensor1D => tf.tensor1d([7, count], 'int32');

/** E[q] and Var[q] of q = relu(N(m, v)) by Simpson's rule in double precision. */
function integrated(m: number, v: number): [mean: number, variance: number] {
  const s = Math.sqrt(v);
  const from = Math.max(0, m - 12 * s);
  const to = Math.max(from, m + 12 * s);
  const steps = 20000;
  const width = (to - from) / steps;
  let [first, second] = [0, 0];
  for (let i = 0; i <= steps; i++) {
    const q = from + i * width;
    const weight = (i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2) * (width / 3);
    const density = Math.exp(-((q - m) ** 2) / (2 * v)) / (s * Math.sqrt(2 * Math.PI));
    first += weight * q * density;
    second += weight * q * q * density;
  }
  return [first, second - first * first];
}

describe('rectifiedMoments', () => {
  it('gives the golden values at m = 0.3, v = 1.7', () => {
    const [mean, variance] = rectifiedMoments(moments([0.3], [1.7])).dataSync();
    expect(mean).toBeCloseTo(0.683866, 6);
    expect(variance).toBeCloseTo(0.742169, 6);
  });

  it.each([
    [0, 1],
    [-1.5, 2],
    [2, 0.5],
    [3, 0.4],
    [-4, 1],
    [-0.02, 0.01],
  ])('is the integral at m = %d, v = %d', async (m, v) => {
    for (const backend of comparableBackends()) {
      await withBackend(backend, () => {
        const [mean, variance] = rectifiedMoments(moments([m], [v])).dataSync();
        const [wantedMean, wantedVariance] = integrated(m, v);
        expect(Math.abs((mean ?? NaN) - wantedMean)).toBeLessThan(1e-6 * (1 + Math.abs(m)));
        expect(Math.abs((variance ?? NaN) - wantedVariance)).toBeLessThan(5e-6 * (1 + v));
      });
    }
  });

  it('leaves a distribution far above zero as it is, and nothing of one far below', () => {
    const rectified = rectifiedMoments(moments([10, 100, -50], [0.01, 4, 1])).dataSync();
    expect(largestDifference(rectified, [10, 100, 0, 0.01, 4, 0])).toBeLessThan(1e-5);
  });

  it('has finite values and gradients without variance', () => {
    const pair = moments([0, 1, -1, 0], [0, 0, 0, 1]);
    const slopes = tf
      .grad((m: tf.Tensor) => tf.sum(rectifiedMoments(m as Moments)))(pair)
      .dataSync();
    expect(slopes.every(Number.isFinite)).toBe(true);
    const wanted = [0, 1, 0, 0.398942, 0, 0, 0, 0.340845];
    expect(largestDifference(rectifiedMoments(pair).dataSync(), wanted)).toBeLessThan(1e-5);
  });

  it('has the right gradients', () => {
    const checks = checkGradients(
      (m) => rectifiedMoments(m as Moments),
      [moments([0.3, -0.5, 1, 2.2], [1.7, 0.6, 2, 0.5])],
    );
    expect(worstGradientError(checks)).toBeLessThan(2e-3);
  });
});

describe('predictedMoments', () => {
  it('sums E[q] by the weights, Var[q] by their squares, over taps and input channels', () => {
    const kernel = tf.randomNormal<tf.Rank.R4>([3, 2, 2, 3], 0, 1, 'float32', 4);
    const pair = moments([0.3, -0.2], [1.7, 0.4]);
    const predicted = predictedMoments(pair, kernel, tf.tensor1d([10, 20, 30])).dataSync();
    const [e0, e1, v0, v1] = rectifiedMoments(pair).dataSync() as unknown as [number, number, number, number];
    const w = kernel.dataSync();
    const wanted = [10, 20, 30, 0, 0, 0];
    for (let tap = 0; tap < 6; tap++) {
      for (let o = 0; o < 3; o++) {
        const [w0, w1] = [w[tap * 6 + o] ?? NaN, w[tap * 6 + 3 + o] ?? NaN];
        wanted[o] = (wanted[o] ?? NaN) + w0 * e0 + w1 * e1;
        wanted[3 + o] = (wanted[3 + o] ?? NaN) + w0 ** 2 * v0 + w1 ** 2 * v1;
      }
    }
    expect(largestDifference(predicted, wanted)).toBeLessThan(1e-5);
  });

  it('in groups is the prediction of each group, side by side', () => {
    const kernel = tf.randomNormal<tf.Rank.R4>([3, 3, 2, 6], 0, 1, 'float32', 4);
    const pair = moments([0.3, -0.2, 1, 2], [1.7, 0.4, 0.6, 0.9]);
    const both = tf.concat([pair, moments([1, 0, -1, 0.5], [1, 2, 3, 4])]) as Moments;
    const bias = tf.tensor1d([1, 2, 3, 4, 5, 6]);
    const got = predictedMoments(both, kernel, bias, 2);
    const wanted = [0, 1].map((group) =>
      predictedMoments(
        tf.slice(both, [0, 0, 2 * group], [2, 2, 2]),
        tf.slice(kernel, [0, 0, 0, 3 * group], [3, 3, 2, 3]),
        tf.slice(bias, 3 * group, 3),
      ),
    );
    expect(largestDifference(got.dataSync(), tf.concat(wanted, 2).dataSync())).toBeLessThan(1e-5);
  });

  it('predicts every sample from its own moments', () => {
    const kernel = tf.randomNormal<tf.Rank.R4>([3, 3, 2, 3], 0, 1, 'float32', 4);
    const [a, b] = [moments([0.3, -0.2], [1.7, 0.4]), moments([2, 0], [1, 1])];
    const together = predictedMoments(tf.concat([a, b]), kernel, null);
    const apart = tf.concat([predictedMoments(a, kernel, null), predictedMoments(b, kernel, null)]);
    expect(together.shape).toEqual([2, 2, 3]);
    expect(largestDifference(together.dataSync(), apart.dataSync())).toBeLessThan(1e-6);
  });

  it('has the right gradients of moments, kernel and bias', () => {
    const inputs = [
      moments([0.3, -0.2], [1.7, 0.4]),
      tf.randomNormal([3, 3, 2, 3], 0, 0.4, 'float32', 4),
      tf.tensor1d([1, 2, 3]),
    ];
    const f = (...[m, kernel, bias]: tf.Tensor[]): tf.Tensor =>
      predictedMoments(m as Moments, kernel as tf.Tensor4D, bias as tf.Tensor1D);
    expect(worstGradientError(checkGradients(f, inputs))).toBeLessThan(2e-3);
  });
});

describe('sampledMoments', () => {
  const kernel = tf.randomNormal<tf.Rank.R4>([3, 3, 2, 4], 0.1, 0.5, 'float32', 4);
  const pair = moments([0.3, -0.4], [1.7, 0.6]);
  const sampled = (size: number, count: number): Moments =>
    sampledMoments(pair, [size, size], seed(count), (field) => tf.conv2d(field, kernel, 1, 'valid'));

  it('on a large map agrees with the closed form, and better than on a small one', () => {
    const wanted = predictedMoments(pair, kernel, null).dataSync();
    const error = (size: number): number => largestDifference(sampled(size, 1).dataSync(), wanted);
    // Neighbouring outputs share inputs: about 300² / 9 independent ones, of deviation near 2.
    expect(error(302)).toBeLessThan(0.1);
    expect(error(302)).toBeLessThan(error(8));
  });

  it('depends on its seed and on nothing else', () => {
    expect(sampled(8, 1).dataSync()).toEqual(sampled(8, 1).dataSync());
    expect(sampled(8, 1).dataSync()).not.toEqual(sampled(8, 2).dataSync());
  });

  it('has the right gradients of moments and kernel, noise held', () => {
    const f = (...[m, w]: tf.Tensor[]): tf.Tensor =>
      sampledMoments(m as Moments, [6, 5], seed(3), (field) => tf.conv2d(field, w as tf.Tensor4D, 2, 'same'));
    // Samples that cross zero within a step bend the function.
    expect(worstGradientError(checkGradients(f, [pair, kernel], { step: 2e-3 }))).toBeLessThan(2e-2);
  });
});
