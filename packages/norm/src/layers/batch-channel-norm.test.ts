import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { largestDifference } from '../testing/golden.ts';
import { BatchChannelNorm, type BatchChannelNormArgs } from './batch-channel-norm.ts';
import { isAffineInInference } from './channel-affine.ts';
import { GroupNorm } from './group-norm.ts';

const images = (): tf.Tensor => tf.randomNormal([2, 3, 3, 6], 1, 2, 'float32', 3);

it('gives its two steps apart, for folding: an affine map and a group normalization', () => {
  const layer = new BatchChannelNorm({ groups: 3, rate: 0.5 });
  layer.apply(images(), { training: true });
  layer.setWeights(
    layer.getWeights().map((weight, i) => tf.add(weight, tf.linspace(0.1 * i, 0.2 * i, weight.size))),
  );
  const { scale, shift } = layer.batchStepAffine();
  const { groups, epsilon, gamma, beta } = layer.groupStep();
  expect([groups, epsilon]).toEqual([3, 1e-5]);
  const second = new GroupNorm({ groups, epsilon });
  second.build([null, null, null, 6]);
  second.setWeights([gamma, beta]);
  const wanted = layer.apply(images()) as tf.Tensor;
  const y = second.apply(tf.add(tf.mul(images(), scale), shift)) as tf.Tensor;
  expect(largestDifference(y.dataSync(), wanted.dataSync())).toBeLessThan(1e-5);
  // As a whole it is no affine map.
  expect(isAffineInInference(layer)).toBe(false);
});

it('starts with a rate at which it estimates: 0.01, or 0.1 with the batch step', () => {
  expect(new BatchChannelNorm().rate).toBe(0.01);
  expect(new BatchChannelNorm({ batchStep: 'batch' }).rate).toBe(0.1);
});

it('takes the largest number of groups that fits, on request', () => {
  const layer = new BatchChannelNorm({ name: 'bcn', groups: 4, unevenGroups: 'fit' });
  layer.apply(images());
  expect(layer.groupStep().groups).toBe(3);
  expect(() => new BatchChannelNorm({ name: 'bcn', groups: 4 }).apply(images())).toThrow(
    /^BatchChannelNorm "bcn" has 4 groups, which do not divide its 6 channels: use 3 groups, or set unevenGroups to 'fit'/,
  );
});

it.each<[BatchChannelNormArgs, RegExp]>([
  [{ rate: 0 }, /BatchChannelNorm "bcn" got rate 0, .* above 0 and up to 1; at 0 nothing would be estimated/],
  [{ rate: 1.5 }, /got rate 1.5/],
  [{ batchStep: 'sync' as 'batch' }, /got batchStep "sync": use 'estimated' or 'batch'/],
])('refuses the options %j', (args, message) => {
  expect(() => new BatchChannelNorm({ name: 'bcn', ...args })).toThrow(message);
});
