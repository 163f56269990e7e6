/** A resumed training run can equal an uninterrupted one bit by bit only if every gradient does. */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { golden, type TensorFunction } from './agreement.test.support.ts';
import { batchNormTrain } from './batch-norm-train.ts';
import { conv2d } from './conv2d.ts';
import { depthwiseConv2d } from './depthwise-conv2d.ts';
import { groupNorm } from './group-norm.ts';
import { maxPool } from './max-pool.ts';
import { resizeBilinear } from './resize-bilinear.ts';
import { softmaxCrossEntropy } from './softmax-cross-entropy.ts';
import { standardizeFilters } from './standardize-filters.ts';

// Large enough that TensorFlow spreads the work over its threads.
const x = golden([2, 41, 43, 32]) as tf.Tensor4D;
const labels = tf.cast(tf.abs(tf.mul(golden([2, 41, 43]), 20)), 'int32') as tf.Tensor3D;
const channels = [golden([32], 5), golden([32], 7)];

describe('the same inputs give the same bits', () => {
  it.each<[string, TensorFunction, tf.Tensor[]]>([
    ['conv2d', (a, k) => conv2d(a as tf.Tensor4D, k as tf.Tensor4D), [x, golden([3, 3, 32, 16])]],
    [
      'conv2d, dilated',
      (a, k) => conv2d(a as tf.Tensor4D, k as tf.Tensor4D, { dilation: 2 }),
      [x, golden([3, 3, 32, 16])],
    ],
    [
      'depthwiseConv2d',
      (a, k) => depthwiseConv2d(a as tf.Tensor4D, k as tf.Tensor4D),
      [x, golden([3, 3, 32, 1])],
    ],
    [
      'batchNormTrain',
      (a, g, b) => batchNormTrain(a as tf.Tensor4D, g as tf.Tensor1D, b as tf.Tensor1D, 1e-5).y,
      [x, ...channels],
    ],
    [
      'groupNorm',
      (a, g, b) => groupNorm(a as tf.Tensor4D, g as tf.Tensor1D, b as tf.Tensor1D, 8, 1e-5),
      [x, ...channels],
    ],
    ['maxPool', (a) => maxPool(a as tf.Tensor4D, { size: 3, strides: 2, padding: 1 }), [x]],
    ['resizeBilinear', (a) => resizeBilinear(a as tf.Tensor4D, [81, 85]), [x]],
    ['softmaxCrossEntropy', (a) => softmaxCrossEntropy(a as tf.Tensor4D, labels).loss, [x]],
    [
      'standardizeFilters',
      (w, g) => standardizeFilters(w, g as tf.Tensor1D, { epsilon: 1e-5 }),
      [golden([3, 3, 128, 32]), golden([32])],
    ],
  ])('%s', (_, f, inputs) => {
    const bits = (): number[][] =>
      tf.tidy(() => {
        const loss = (...xs: tf.Tensor[]): tf.Tensor => tf.sum(tf.square(f(...xs)));
        const { value, grads } = tf.valueAndGrads(loss)(inputs);
        return [value, ...grads].map((t) =>
          Array.from(new Uint32Array(Float32Array.from(t.dataSync()).buffer)),
        );
      });
    const first = bits();
    for (let turn = 0; turn < 5; turn++) {
      const again = bits();
      first.forEach((values, i) => expect(values.findIndex((bit, k) => bit !== again[i]?.[k])).toBe(-1));
    }
  });
});
