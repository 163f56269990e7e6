import { checkGradients, worstGradientError } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { batchNorm, type BatchNormState } from './batch-norm.ts';
import { elementsAt, goldenActivations, largestDifference } from '../testing/golden.ts';

const probes = [
  [0, 0, 0, 0],
  [1, 2, 0, 3],
  [3, 2, 2, 1],
];
const affine = (channels: number) => ({
  gamma: tf.ones<tf.Rank.R1>([channels]),
  beta: tf.zeros<tf.Rank.R1>([channels]),
});
const fresh = (channels: number): BatchNormState => ({
  mean: tf.zeros<tf.Rank.R1>([channels]),
  variance: tf.ones<tf.Rank.R1>([channels]),
});
const mean = [-0.041111, 0.081667, -0.02, -0.065556];
const variance = [0.350577, 0.326231, 0.333244, 0.333369];

describe('batchNorm', () => {
  it('gives the golden values in training', () => {
    const { y } = batchNorm(goldenActivations(), affine(4), fresh(4), { training: true });
    expect(largestDifference(elementsAt(y, probes), [-1.247905, -0.96026, 0.80244])).toBeLessThan(2e-6);
  });

  it('advances the running averages as PyTorch does: a tenth of the new, unbiased variance', () => {
    const { state } = batchNorm(goldenActivations(), affine(4), fresh(4), { training: true });
    expect(
      largestDifference(
        state.mean.dataSync(),
        mean.map((m) => 0.1 * m),
      ),
    ).toBeLessThan(1e-6);
    const wanted = [0.936059, 0.933555, 0.934277, 0.934289];
    expect(largestDifference(state.variance.dataSync(), wanted)).toBeLessThan(1e-6);
  });

  it('advances them as Keras does on request: 99 % of the old, biased variance, ε = 1e-3', () => {
    const x = goldenActivations();
    const { y, state } = batchNorm(x, affine(4), fresh(4), { training: true, convention: 'keras' });
    const wanted = [0.993506, 0.993262, 0.993332, 0.993334];
    expect(largestDifference(state.variance.dataSync(), wanted)).toBeLessThan(1e-6);
    expect(
      largestDifference(
        state.mean.dataSync(),
        mean.map((m) => 0.01 * m),
      ),
    ).toBeLessThan(1e-6);
    const normalized = tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-3)));
    expect(largestDifference(y.dataSync(), normalized.dataSync())).toBeLessThan(1e-5);
  });

  it('normalizes by the state in inference, and gives the same state back', () => {
    const x = goldenActivations();
    const state = { mean: tf.tensor1d([0.1, 0.2, 0.3, 0.4]), variance: tf.tensor1d([1, 4, 9, 0.25]) };
    const gamma = tf.tensor1d([1, -1, 2, 0.5]);
    const beta = tf.tensor1d([0, 1, -1, 3]);
    const result = batchNorm(x, { gamma, beta }, state, { training: false, epsilon: 0 });
    const wanted = tf.add(tf.mul(tf.div(tf.sub(x, state.mean), [1, 2, 3, 0.5]), gamma), beta);
    expect(largestDifference(result.y.dataSync(), wanted.dataSync())).toBeLessThan(1e-6);
    expect(result.state).toBe(state);
  });

  it.each([true, false])('has the right gradients of x, γ and β, training: %s', (training) => {
    const state = { mean: tf.tensor1d([0.1, 0.2, 0.3, 0.4]), variance: tf.tensor1d([1, 4, 9, 0.25]) };
    const f = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor): tf.Tensor =>
      batchNorm(x, { gamma: gamma as tf.Tensor1D, beta: beta as tf.Tensor1D }, state, { training }).y;
    const inputs = [goldenActivations(), tf.tensor1d([1, -1, 2, 0.5]), tf.tensor1d([0, 1, -1, 3])];
    const checks = checkGradients(f as (...inputs: tf.Tensor[]) => tf.Tensor, inputs);
    expect(worstGradientError(checks)).toBeLessThan(3e-3);
  });

  it.each([[[6, 5]], [[2, 7, 5]], [[2, 3, 2, 2, 5]]])('takes the channels last at shape %j', (shape) => {
    const x = tf.randomNormal(shape, 3, 2, 'float32', 1);
    const { y } = batchNorm(x, affine(5), fresh(5), { training: true });
    expect(y.shape).toEqual(shape);
    const { mean: zero, variance: one } = tf.moments(tf.reshape(y, [-1, 5]), 0);
    expect(largestDifference(zero.dataSync(), new Array<number>(5).fill(0))).toBeLessThan(1e-5);
    expect(largestDifference(one.dataSync(), new Array<number>(5).fill(1))).toBeLessThan(1e-3);
  });

  it('refuses one value per channel in training and takes it in inference', () => {
    const x = tf.ones([1, 1, 1, 4]);
    expect(() => batchNorm(x, affine(4), fresh(4), { training: true })).toThrow(
      /one value per channel.*batch of 2/,
    );
    expect(batchNorm(x, affine(4), fresh(4), { training: false }).y.dataSync()[0]).toBeCloseTo(1, 4);
  });
});
