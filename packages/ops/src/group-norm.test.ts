import * as tf from '@tensorflow/tfjs-core';
import { checkGradients, worstGradientError } from '@plumbline/test-support';
import { describe, expect, it } from 'vitest';
import { disagreement, golden, hasNative, leftBehind } from './agreement.test.support.ts';
import { batchNormTrain } from './batch-norm-train.ts';
import { groupNorm } from './group-norm.ts';

const x = golden([4, 3, 3, 4]) as tf.Tensor4D;
const gamma = golden([4], 20) as tf.Tensor1D;
const beta = golden([4], 31) as tf.Tensor1D;
const normalize =
  (groups: number) =>
  (a: tf.Tensor, g: tf.Tensor, b: tf.Tensor): tf.Tensor =>
    groupNorm(a as tf.Tensor4D, g as tf.Tensor1D, b as tf.Tensor1D, groups, 1e-5);
const largest = (t: tf.Tensor): number => tf.max(tf.abs(t)).dataSync()[0] ?? NaN;

describe('groupNorm', () => {
  it.each([
    [2, [-1.496024, -1.164779, 0.883454]],
    [1, [-1.315766, -1.029975, 1.012032]],
    [4, [-1.334556, -1.103956, 0.655223]],
  ])('gives the golden values with %i groups', (groups, wanted) => {
    const y = groupNorm(x, tf.ones([4]), tf.zeros([4]), groups, 1e-5).arraySync();
    const got = [y[0]?.[0]?.[0]?.[0], y[1]?.[2]?.[0]?.[3], y[3]?.[2]?.[2]?.[1]];
    wanted.forEach((value, i) => expect(got[i]).toBeCloseTo(value, 5));
  });

  const shapes: [number[], number][] = [
    [[4, 3, 3, 4], 2],
    [[1, 5, 4, 8], 4],
    [[2, 3, 5, 6], 6],
    [[3, 1, 1, 8], 2],
    [[1, 1, 1, 8], 1],
  ];

  it.each(shapes)('has the gradient of finite differences at %j with %i groups', (shape, groups) => {
    const channels = shape[3] ?? 1;
    const inputs = [golden(shape), golden([channels], 20), golden([channels], 31)];
    const checks = checkGradients(normalize(groups), inputs, { probes: 24, step: 5e-3 });
    expect(worstGradientError(checks)).toBeLessThan(5e-3);
  });

  it.skipIf(!hasNative).each(shapes)(
    'agrees between native and portable at %j with %i groups (needs the native engine)',
    async (shape, groups) => {
      const channels = shape[3] ?? 1;
      const inputs = [golden(shape), golden([channels], 20), golden([channels], 31)];
      expect(await disagreement(normalize(groups), inputs)).toBeLessThan(2e-5);
    },
  );

  it('keeps its precision on maps far from zero', () => {
    const shifted = normalize(2)(tf.add(x, 100), gamma, beta);
    expect(largest(tf.sub(shifted, normalize(2)(x, gamma, beta)))).toBeLessThan(1e-3);
    const slope = (offset: number) =>
      tf.grad((a: tf.Tensor) => tf.sum(tf.mul(normalize(2)(tf.add(a, offset), gamma, beta), x)))(x);
    expect(largest(tf.sub(slope(100), slope(0)))).toBeLessThan(1e-3);
  });

  it('equals batch norm of one sample with one channel per group', () => {
    const sample = tf.slice(x, [1, 0, 0, 0], [1, 3, 3, 4]);
    const expected = batchNormTrain(sample, gamma, beta, 1e-5).y;
    expect(largest(tf.sub(groupNorm(sample, gamma, beta, 4, 1e-5), expected))).toBeLessThan(1e-5);
  });

  it('treats every sample by itself', () => {
    const whole = groupNorm(x, gamma, beta, 2, 1e-5);
    const alone = groupNorm(tf.slice(x, [2, 0, 0, 0], [1, 3, 3, 4]), gamma, beta, 2, 1e-5);
    expect(largest(tf.sub(tf.slice(whole, [2, 0, 0, 0], [1, 3, 3, 4]), alone))).toBeLessThan(1e-6);
  });

  it('leaves nothing behind', () => {
    expect(leftBehind(normalize(2), [x, gamma, beta])).toEqual([0, 0]);
  });

  it('refuses groups that do not divide the channels', () => {
    expect(() => groupNorm(x, gamma, beta, 3, 1e-5)).toThrow('divides the channels');
    expect(() => groupNorm(x, gamma, golden([5]) as tf.Tensor1D, 2, 1e-5)).toThrow('wanted [4]');
  });
});
