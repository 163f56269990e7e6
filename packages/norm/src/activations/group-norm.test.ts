import { checkGradients, worstGradientError } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { groupNorm, instanceNorm, largestGroupCount, layerNorm } from './group-norm.ts';
import { elementsAt, goldenActivations, largestDifference } from '../testing/golden.ts';

const probes = [
  [0, 0, 0, 0],
  [1, 2, 0, 3],
  [3, 2, 2, 1],
];
const affine = { gamma: tf.ones<tf.Rank.R1>([4]), beta: tf.zeros<tf.Rank.R1>([4]) };

describe('groupNorm', () => {
  it.each([
    {
      name: '2 groups',
      normalize: () => groupNorm(goldenActivations(), affine, { groups: 2 }),
      values: [-1.496024, -1.164779, 0.883454],
    },
    {
      name: 'one group: layer norm',
      normalize: () => layerNorm(goldenActivations(), affine),
      values: [-1.315766, -1.029975, 1.012032],
    },
    {
      name: 'a group a channel: instance norm',
      normalize: () => instanceNorm(goldenActivations(), affine),
      values: [-1.334556, -1.103956, 0.655223],
    },
  ])('gives the golden values with $name', ({ normalize, values }) => {
    expect(largestDifference(elementsAt(normalize(), probes), values)).toBeLessThan(2e-6);
  });

  it.each([1, 2, 4])('has the right gradients of x, γ and β with %i groups', (groups) => {
    const f = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor): tf.Tensor =>
      groupNorm(x, { gamma: gamma as tf.Tensor1D, beta: beta as tf.Tensor1D }, { groups });
    const inputs = [goldenActivations(), tf.tensor1d([1, -1, 2, 0.5]), tf.tensor1d([0, 1, -1, 3])];
    const checks = checkGradients(f as (...inputs: tf.Tensor[]) => tf.Tensor, inputs);
    expect(worstGradientError(checks)).toBeLessThan(3e-3);
  });

  it('normalizes features without positions, [N, C]', () => {
    const y = groupNorm(tf.tensor2d([[1, 3, 10, 30]]), affine, { groups: 2, epsilon: 0 });
    expect(largestDifference(y.dataSync(), [-1, 1, -1, 1])).toBeLessThan(1e-5);
  });

  it('says which number of groups would fit when the given one does not', () => {
    expect(() => groupNorm(goldenActivations(), affine, { groups: 3 })).toThrow(
      /3 groups.*4 channels.*use 2 groups/,
    );
  });

  it('refuses to normalize single values', () => {
    expect(() => instanceNorm(tf.ones([2, 1, 1, 4]), affine)).toThrow(/single value/);
  });
});

describe('largestGroupCount', () => {
  it.each([
    { channels: 64, groups: 32, count: 32 },
    { channels: 32, groups: 32, count: 32 },
    { channels: 48, groups: 32, count: 24 },
    { channels: 16, groups: 32, count: 8 },
    { channels: 21, groups: 32, count: 7 },
    { channels: 37, groups: 32, count: 1 },
    { channels: 1, groups: 32, count: 1 },
  ])('fits $groups groups to $channels channels as $count', ({ channels, groups, count }) => {
    expect(largestGroupCount(channels, groups)).toBe(count);
  });
});
