import { checkGradients, worstGradientError } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { discriminatorAccuracy, domainCrossEntropy } from './domain-cross-entropy.ts';

const column = (values: number[]): tf.Tensor2D => tf.tensor2d(values, [values.length, 1]);
const SOURCE = [0.4, -1.3, 2.2];
const TARGET = [-0.6, 0.9, -2.5, 0.1, 1.7];
const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
/** Of the probability, as the papers write it, in float64. */
const ofSource = (z: number): number => -Math.log(1 / (1 + Math.exp(-z)));
const ofTarget = (z: number): number => -Math.log(1 - 1 / (1 + Math.exp(-z)));

describe('domainCrossEntropy', () => {
  it('is half the mean of each domain, with 3 images of one and 5 of the other', () => {
    const expected = (mean(SOURCE.map(ofSource)) + mean(TARGET.map(ofTarget))) / 2;
    expect(domainCrossEntropy(column(SOURCE), column(TARGET)).dataSync()[0]).toBeCloseTo(expected, 6);
    const doubled = domainCrossEntropy(column([...SOURCE, ...SOURCE]), column(TARGET));
    expect(doubled.dataSync()[0]).toBeCloseTo(expected, 6);
  });

  it('multiplies each image’s loss by its weight', () => {
    const weights = { source: [0.5, 2, 1], target: [1, 0, 3, 0.2, 1.1] };
    const weighed = (losses: number[], by: number[]): number =>
      mean(losses.map((loss, i) => loss * (by[i] ?? NaN)));
    const expected =
      (weighed(SOURCE.map(ofSource), weights.source) + weighed(TARGET.map(ofTarget), weights.target)) / 2;
    const loss = domainCrossEntropy(column(SOURCE), column(TARGET), {
      source: tf.tensor1d(weights.source),
      target: tf.tensor1d(weights.target),
    });
    expect(loss.dataSync()[0]).toBeCloseTo(expected, 6);
  });

  it('is log 2 for a discriminator that guesses', () => {
    expect(domainCrossEntropy(tf.zeros([2, 1]), tf.zeros([7, 1])).dataSync()[0]).toBeCloseTo(Math.log(2), 6);
  });

  it('stays finite, and keeps its slope, where the probability rounds to 0 or 1', () => {
    const { value, grads } = tf.valueAndGrads((s: tf.Tensor, t: tf.Tensor) =>
      domainCrossEntropy(s as tf.Tensor2D, t as tf.Tensor2D),
    )([column([-200]), column([200])]);
    expect(value.dataSync()[0]).toBeCloseTo(200, 4);
    expect(grads.map((grad) => grad.dataSync()[0])).toEqual([-0.5, 0.5]);
  });

  it('has the gradient of its value', () => {
    const loss = (s: tf.Tensor, t: tf.Tensor): tf.Tensor =>
      domainCrossEntropy(s as tf.Tensor2D, t as tf.Tensor2D);
    expect(worstGradientError(checkGradients(loss, [column(SOURCE), column(TARGET)]))).toBeLessThan(1e-3);
  });
});

describe('discriminatorAccuracy', () => {
  it('counts each domain half, however many images it has', () => {
    // 2 of 3 source images and 2 of 5 target images are told.
    expect(discriminatorAccuracy(column(SOURCE), column(TARGET)).dataSync()[0]).toBeCloseTo(
      (2 / 3 + 2 / 5) / 2,
      6,
    );
  });

  it('is one half for a discriminator that says the same of everything', () => {
    for (const z of [3, 0, -3])
      expect(discriminatorAccuracy(tf.fill([4, 1], z), tf.fill([9, 1], z)).dataSync()[0]).toBe(0.5);
  });
});
