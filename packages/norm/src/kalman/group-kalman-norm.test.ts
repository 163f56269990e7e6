import { checkGradients, worstGradientError } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { groupNorm } from '../activations/group-norm.ts';
import { goldenActivations, largestDifference } from '../testing/golden.ts';
import { GroupKalmanNorm, type GroupKalmanNormArgs } from './group-kalman-norm.ts';

const gamma = [1, -2, 0.5, 3];
const beta = [0.1, 0.2, -0.3, 0.4];
const parameters = () => ({ gamma: tf.tensor1d(gamma), beta: tf.tensor1d(beta) });
const mean = [0.1, -0.2, 0.3, 0.1];
const variance = [0.8, 0.4, 1.2, 0.6];
const predicted = (): tf.Tensor3D => tf.tensor3d([[mean, variance]]);

const make = (args: GroupKalmanNormArgs = {}, withPrediction = true): GroupKalmanNorm => {
  const layer = new GroupKalmanNorm({ name: 'gkn', groups: 2, ...args });
  const x = tfl.input({ shape: [null, null, 4] });
  layer.apply(withPrediction ? [x, tfl.input({ batchShape: [null, 2, 4] })] : x);
  layer.setWeights([tf.tensor1d(gamma), tf.tensor1d(beta)]);
  return layer;
};
const run = (
  layer: GroupKalmanNorm,
  x: tf.Tensor,
  pair: tf.Tensor = predicted(),
  training = true,
): tf.Tensor[] => layer.apply([x, pair], { training }) as tf.Tensor[];

/** The layer's formula with loops, in double precision. */
function reference(x: tf.Tensor4D, p: number): number[] {
  const values = x.dataSync();
  const [samples, height, width, channels] = x.shape;
  const pixels = height * width;
  const y = new Array<number>(values.length).fill(NaN);
  for (let n = 0; n < samples; n++) {
    for (const group of [
      [0, 1],
      [2, 3],
    ]) {
      // prettier-ignore
      const index = (pixel: number, c: number): number => (n * pixels + pixel) * channels + c;
      const seen = group.flatMap((c) => Array.from({ length: pixels }, (_, i) => values[index(i, c)] ?? NaN));
      const average = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0) / list.length;
      const mu = average(seen);
      const s2 = average(seen.map((v) => (v - mu) ** 2));
      const m0 = average(group.map((c) => mean[c] ?? NaN));
      const v0 = average(group.map((c) => (variance[c] ?? NaN) + ((mean[c] ?? NaN) - m0) ** 2));
      const m = p * m0 + (1 - p) * mu;
      const v = p * v0 + (1 - p) * s2 + p * (1 - p) * (mu - m0) ** 2;
      for (const c of group) {
        for (let i = 0; i < pixels; i++) {
          const normalized = ((values[index(i, c)] ?? NaN) - m) / Math.sqrt(v + 1e-5);
          y[index(i, c)] = (gamma[c] ?? NaN) * normalized + (beta[c] ?? NaN);
        }
      }
    }
  }
  return y;
}

describe('GroupKalmanNorm', () => {
  beforeEach(() => {
    tf.engine().startScope();
  });
  afterEach(() => {
    tf.engine().endScope();
    tf.disposeVariables();
  });

  it.each([0.9, 0.3])('blends the moments of groups at p = %d, as the loops do', (predictionRate) => {
    const [y, moments] = run(make({ predictionRate }), goldenActivations());
    expect(
      largestDifference(y?.dataSync() ?? [], reference(goldenActivations(), predictionRate)),
    ).toBeLessThan(1e-5);
    const wanted = [...beta, ...gamma.map((value) => value * value)];
    expect(largestDifference(moments?.dataSync() ?? [], wanted)).toBeLessThan(1e-6);
  });

  it('without a prediction, or with one of no weight, is group normalization', () => {
    const x = goldenActivations();
    const wanted = groupNorm(x, parameters(), { groups: 2 }).dataSync();
    expect((make({}, false).apply(x) as tf.Tensor).dataSync()).toEqual(wanted);
    const [y, moments] = make({ emitMoments: true }, false).apply(x) as tf.Tensor[];
    expect(y?.dataSync()).toEqual(wanted);
    expect(moments?.shape).toEqual([1, 2, 4]);
    const [ignoring] = run(make({ predictionRate: 0 }), x);
    expect(largestDifference(ignoring?.dataSync() ?? [], wanted)).toBeLessThan(1e-5);
  });

  it('treats a sample as if it were alone, and in inference as in training', () => {
    const layer = make();
    const x = tf.mul(goldenActivations(), tf.tensor4d([1, 2, 0.01, 30], [4, 1, 1, 1]));
    const together = run(layer, x)[0]?.dataSync() ?? [];
    const apart = tf.concat(tf.split(x, 4).map((image) => run(layer, image)[0] as tf.Tensor));
    expect(largestDifference(together, apart.dataSync())).toBeLessThan(1e-5);
    expect(run(layer, x, predicted(), false)[0]?.dataSync()).toEqual(together);
    expect(layer.nonTrainableWeights).toHaveLength(0);
  });

  it('closes the gate for the sample whose own variance the prediction is far above, and for no other', () => {
    const x = tf.mul(goldenActivations(), tf.tensor4d([1, 1, 0.01, 1], [4, 1, 1, 1])) as tf.Tensor4D;
    const y = tf.split(run(make(), x)[0] as tf.Tensor, 4);
    const plain = tf.split(groupNorm(x, parameters(), { groups: 2 }), 4);
    const blended = reference(x, 0.9);
    y.forEach((image, n) => {
      const wanted = n === 2 ? (plain[n]?.dataSync() ?? []) : blended.slice(36 * n, 36 * (n + 1));
      expect(largestDifference(image.dataSync(), wanted)).toBeLessThan(1e-4);
    });
  });

  it('takes a prediction for each sample', () => {
    const each = tf.concat([0.5, 1, 2, 3].map((factor) => tf.mul(predicted(), factor)));
    const layer = make();
    const together = run(layer, goldenActivations(), each)[0]?.dataSync() ?? [];
    const alone = tf
      .split(goldenActivations(), 4)
      .map((image, n) => run(layer, image, tf.slice(each, n, 1))[0]);
    expect(largestDifference(together, tf.concat(alone as tf.Tensor[]).dataSync())).toBeLessThan(1e-5);
  });

  it('has the right gradients of x and the prediction', () => {
    const layer = make();
    const f = (...[x, pair]: tf.Tensor[]): tf.Tensor => run(layer, x as tf.Tensor, pair)[0] as tf.Tensor;
    const checks = checkGradients(f, [goldenActivations(), predicted()]);
    expect(worstGradientError(checks)).toBeLessThan(5e-3);
  });

  it('announces one output or two, and refuses what does not fit', () => {
    const x = [null, null, null, 4];
    expect(make({}, false).computeOutputShape(x)).toEqual(x);
    expect(make({ emitMoments: true }, false).computeOutputShape(x)).toEqual([x, [1, 2, 4]]);
    expect(() => make({ predictionRate: 2 })).toThrow(/GroupKalmanNorm "gkn" got predictionRate 2/);
    expect(() => make({ groups: 3 })).toThrow(/"gkn" has 3 groups/);
    expect(() => run(make({ groups: 4 }), tf.ones([2, 1, 1, 4]))).toThrow(
      /GroupKalmanNorm "gkn" with 4 groups got an input of shape \[2, 1, 1, 4\]: a group of a single value/,
    );
  });
});
