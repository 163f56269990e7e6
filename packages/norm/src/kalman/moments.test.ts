import { checkGradients, worstGradientError } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { goldenActivations, largestDifference } from '../testing/golden.ts';
import { groupNorm } from '../activations/group-norm.ts';
import {
  channelMoments,
  groupMoments,
  normalizeByMoments,
  packMoments,
  ungroupMoments,
  unpackMoments,
} from './moments.ts';

describe('channelMoments', () => {
  it('gives the golden mean and biased variance of the batch', () => {
    const wanted = [-0.041111, 0.081667, -0.02, -0.065556, 0.350577, 0.326231, 0.333244, 0.333369];
    const moments = channelMoments(goldenActivations(), 'batch');
    expect(moments.shape).toEqual([1, 2, 4]);
    expect(largestDifference(moments.dataSync(), wanted)).toBeLessThan(1e-6);
  });

  it('gives each sample its own', () => {
    const x = goldenActivations();
    const moments = channelMoments(x, 'sample');
    const alone = tf.split(x, 4).map((image) => channelMoments(image as tf.Tensor4D, 'batch'));
    expect(largestDifference(moments.dataSync(), tf.concat(alone).dataSync())).toBeLessThan(1e-6);
  });

  it.each(['batch', 'sample'] as const)('has the right gradient over the %s', (over) => {
    const f = (x: tf.Tensor): tf.Tensor => tf.square(channelMoments(x as tf.Tensor4D, over));
    const checks = checkGradients(f, [tf.add(goldenActivations(), 0.4)], { step: 0.1 });
    expect(worstGradientError(checks)).toBeLessThan(2e-3);
  });
});

describe('packMoments', () => {
  it.each([[[3]], [[2, 3]], [[2, 1, 3]]])(
    'takes rows of shape %j, and unpackMoments gives them back',
    (shape) => {
      const [a, b] = [tf.randomNormal(shape, 0, 1, 'float32', 1), tf.randomNormal(shape, 0, 1, 'float32', 2)];
      const { mean, variance } = unpackMoments(packMoments(a, b));
      expect(mean.shape).toEqual([shape.length === 1 ? 1 : 2, 1, 3]);
      expect(mean.dataSync()).toEqual(a.dataSync());
      expect(variance.dataSync()).toEqual(b.dataSync());
    },
  );
});

describe('groupMoments', () => {
  it('mixes the channels of a group: what group normalization measures', () => {
    const x = tf.randomNormal<tf.Rank.R4>([2, 3, 5, 6], 1, 2, 'float32', 3);
    const groups = groupMoments(channelMoments(x, 'sample'), 2);
    const inGroups = tf.transpose(tf.reshape(x, [2, 15, 2, 3]), [0, 2, 1, 3]);
    const { mean, variance } = tf.moments(inGroups, [2, 3]);
    const wanted = packMoments(mean, variance);
    expect(largestDifference(groups.dataSync(), wanted.dataSync())).toBeLessThan(1e-5);
    const parameters = { gamma: tf.linspace(1, 2, 6), beta: tf.linspace(-1, 0, 6) };
    const y = normalizeByMoments(x, ungroupMoments(groups, 6), parameters, 1e-5);
    expect(largestDifference(y.dataSync(), groupNorm(x, parameters, { groups: 2 }).dataSync())).toBeLessThan(
      1e-5,
    );
  });
});

describe('normalizeByMoments', () => {
  it.each([1, 4])('has the right gradients of x, γ, β and %i pairs of moments', (count) => {
    const variance = tf.randomUniform([count, 4], 0.5, 2, 'float32', 2);
    const moments = packMoments(tf.randomNormal([count, 4], 0, 1, 'float32', 1), variance);
    const f = (...inputs: tf.Tensor[]): tf.Tensor => {
      const [x, gamma, beta, pair] = inputs as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D, tf.Tensor3D];
      return normalizeByMoments(x, pair, { gamma, beta }, 1e-5);
    };
    const parameters = [tf.tensor1d([1, -1, 2, 0.5]), tf.tensor1d([0, 1, -1, 3])];
    const checks = checkGradients(f, [goldenActivations(), ...parameters, moments]);
    expect(worstGradientError(checks)).toBeLessThan(3e-3);
  });
});
