import { checkGradients, worstGradientError } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { elementsAt, goldenActivations, largestDifference } from '../testing/golden.ts';
import { kalmanBlend } from './blend.ts';
import { channelMoments, normalizeByMoments, type Moments } from './moments.ts';

const moments = (mean: number[], variance: number[]): Moments => tf.tensor3d([[mean, variance]]);
const affine = { gamma: tf.ones<tf.Rank.R1>([4]), beta: tf.zeros<tf.Rank.R1>([4]) };

describe('kalmanBlend', () => {
  it('gives the golden values: one micro-batch, m⁻ = 0.1, v⁻ = 0.8, p = 0.9', () => {
    const x = goldenActivations();
    const predicted = moments([0.1, 0.1, 0.1, 0.1], [0.8, 0.8, 0.8, 0.8]);
    const posterior = kalmanBlend(channelMoments(x, 'batch'), predicted, 0.9);
    const wanted = [0.085889, 0.098167, 0.088, 0.083444, 0.75685, 0.752653, 0.75462, 0.755804];
    expect(largestDifference(posterior.dataSync(), wanted)).toBeLessThan(1e-6);
    const y = normalizeByMoments(x, posterior, affine, 1e-5);
    const probes = [
      [0, 0, 0, 0],
      [1, 2, 0, 3],
      [3, 2, 2, 1],
    ];
    expect(largestDifference(elementsAt(y, probes), [-0.995301, -0.809138, 0.509282])).toBeLessThan(2e-6);
  });

  it('is the variance of a mixture of samples of both', () => {
    const [a, b] = [tf.tensor1d([1, 5, 3, 3]), tf.tensor1d([-2, 0, 2, 4, 6, 8])];
    const of = (x: tf.Tensor1D): Moments => channelMoments(tf.reshape(x, [1, 1, -1, 1]), 'batch');
    // Every number of a as often as makes 3 of 4 numbers a's.
    const joined = tf.concat([...new Array<tf.Tensor1D>(9).fill(a), b, b]);
    const wanted = of(joined).dataSync();
    expect(largestDifference(kalmanBlend(of(b), of(a), 0.75).dataSync(), wanted)).toBeLessThan(1e-5);
  });

  it.each([
    { rate: 0, which: 'observed' },
    { rate: 1, which: 'predicted' },
  ])('at p = $rate is the $which pair', ({ rate, which }) => {
    const [observed, predicted] = [moments([1, 2], [3, 4]), moments([0.5, -1], [1, 9])];
    const blend = kalmanBlend(observed, predicted, rate).dataSync();
    expect(blend).toEqual((which === 'observed' ? observed : predicted).dataSync());
  });

  it.each([
    { title: 'just plausible on average', variance: [190, 9], open: true },
    { title: 'on average a hundred times too large', variance: [190, 11], open: false },
    { title: 'infinite', variance: [Infinity, 1], open: false },
    { title: 'not a number', variance: [NaN, 1], open: false },
  ])('with a prediction that is $title has an open gate: $open', ({ variance, open }) => {
    const observed = moments([1, 2], [1, 1]);
    const predicted = moments([3, -2], variance);
    const blend = kalmanBlend(observed, predicted, 0.5).dataSync();
    if (open) expect([...blend]).toEqual([2, 0, (190 + 1) / 2 + 1, 5 + 4]);
    else expect(largestDifference(blend, observed.dataSync())).toBeLessThan(1e-6);
  });

  it.each([0, 2])('believes what it sees where a channel has no variance and v⁻ is %d', (v) => {
    const observed = moments([1, 2], [0, 1]);
    const blend = kalmanBlend(observed, moments([0, 0], [v, 1]), 0.9).dataSync();
    expect(largestDifference(blend, observed.dataSync())).toBeLessThan(1e-6);
  });

  it('gates every sample by itself, and lets one prediction serve all', () => {
    const observed = tf.concat([moments([1, 1], [1, 1]), moments([1, 1], [0.01, 0.01])]);
    const predicted = moments([3, 3], [10, 10]);
    const [first, second] = kalmanBlend(observed, predicted, 0.5).arraySync();
    expect(first?.[0]).toEqual([2, 2]);
    expect(largestDifference(second?.flat() ?? [], [1, 1, 0.01, 0.01])).toBeLessThan(1e-6);
  });

  it('passes the gradient to all four statistics', () => {
    const observed = moments([0.3, -0.5, 1], [1, 0.6, 2]);
    const predicted = moments([0.1, 0.4, -1], [0.8, 1.3, 0.7]);
    const blend = (a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
      tf.square(kalmanBlend(a as Moments, b as Moments, 0.7));
    const checks = checkGradients(blend as (...inputs: tf.Tensor[]) => tf.Tensor, [observed, predicted]);
    expect(worstGradientError(checks)).toBeLessThan(3e-3);
  });

  it('gives an implausible prediction a gradient of zero, and the observed pair its own', () => {
    const observed = moments([0.3, -0.5], [1, 0.6]);
    const predicted = moments([0.1, 0.4], [1e3, NaN]);
    const [toObserved, toPredicted] = tf.grads((a: tf.Tensor, b: tf.Tensor) =>
      tf.sum(kalmanBlend(a as Moments, b as Moments, 0.9)),
    )([observed, predicted]);
    expect(largestDifference(toObserved?.dataSync() ?? [], [1, 1, 1, 1])).toBeLessThan(1e-6);
    expect([...(toPredicted?.dataSync() ?? [])]).toEqual([0, 0, 0, 0]);
  });
});
