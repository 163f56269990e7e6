import * as tf from '@tensorflow/tfjs-core';
import { checkGradients, withBackend, worstGradientError } from '@plumbline/test-support';
import { describe, expect, it } from 'vitest';
import { disagreement, golden, hasNative, leftBehind } from './agreement.test.support.ts';
import { batchNormTrain } from './batch-norm-train.ts';

const x = golden([4, 3, 3, 4]) as tf.Tensor4D;
const gamma = golden([4], 20) as tf.Tensor1D;
const beta = golden([4], 31) as tf.Tensor1D;
const normalize = (a: tf.Tensor, g: tf.Tensor, b: tf.Tensor) =>
  batchNormTrain(a as tf.Tensor4D, g as tf.Tensor1D, b as tf.Tensor1D, 1e-5).y;

const close = (got: ArrayLike<number>, wanted: readonly number[]): void => {
  expect(got.length).toBe(wanted.length);
  wanted.forEach((value, i) => expect(got[i]).toBeCloseTo(value, 5));
};

describe('batchNormTrain', () => {
  it.each(['tensorflow', 'cpu'].slice(hasNative ? 0 : 1))(
    'gives the golden values on %s',
    async (backend) => {
      const data = x.dataSync();
      await withBackend(backend, () => {
        const { y, mean, variance } = batchNormTrain(
          tf.tensor4d(data, [4, 3, 3, 4]),
          tf.ones([4]),
          tf.zeros([4]),
          1e-5,
        );
        const at = (n: number, h: number, w: number, c: number) =>
          y.dataSync()[((n * 3 + h) * 3 + w) * 4 + c] ?? NaN;
        close([at(0, 0, 0, 0), at(1, 2, 0, 3), at(3, 2, 2, 1)], [-1.247905, -0.96026, 0.80244]);
        close(mean.dataSync(), [-0.041111, 0.081667, -0.02, -0.065556]);
        close(variance.dataSync(), [0.350577, 0.326231, 0.333244, 0.333369]);
      });
    },
  );

  it('has the gradient of finite differences', () => {
    expect(worstGradientError(checkGradients(normalize, [x, gamma, beta], { probes: 24 }))).toBeLessThan(
      5e-3,
    );
  });

  it.skipIf(!hasNative)('agrees between native and portable (needs the native engine)', async () => {
    expect(await disagreement(normalize, [x, gamma, beta])).toBeLessThan(2e-5);
  });

  it('passes no gradient through the statistics', () => {
    const throughMean = tf.grad((a: tf.Tensor) =>
      tf.sum(tf.add(normalize(a, gamma, beta), batchNormTrain(a as tf.Tensor4D, gamma, beta, 1e-5).mean)),
    )(x);
    const plain = tf.grad((a: tf.Tensor) => tf.sum(normalize(a, gamma, beta)))(x);
    expect(tf.max(tf.abs(tf.sub(throughMean, plain))).dataSync()[0]).toBeLessThan(1e-6);
  });

  it('returns zeros and the mean for a single value per channel', () => {
    const { y, mean, variance } = batchNormTrain(golden([1, 1, 1, 4]) as tf.Tensor4D, gamma, beta, 1e-5);
    close(y.dataSync(), Array.from(beta.dataSync()));
    close(mean.dataSync(), Array.from(golden([4]).dataSync()));
    close(variance.dataSync(), [0, 0, 0, 0]);
  });

  it('leaves nothing behind', () => {
    expect(leftBehind(normalize, [x, gamma, beta])).toEqual([0, 0]);
  });

  it('refuses wrong shapes in one sentence', () => {
    expect(() => batchNormTrain(golden([3, 4]) as tf.Tensor4D, gamma, beta, 1e-5)).toThrow('rank 4');
    expect(() => batchNormTrain(x, golden([3]) as tf.Tensor1D, beta, 1e-5)).toThrow('wanted [4]');
    expect(() => batchNormTrain(x, gamma, beta, -1)).toThrow('epsilon = -1');
  });
});
