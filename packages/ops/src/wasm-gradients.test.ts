import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { withBackend } from '@plumbline/test-support';
import {
  disagreement,
  golden,
  leftBehind,
  prepareWasm,
  type TensorFunction,
} from './agreement.test.support.ts';
import { batchNormTrain } from './batch-norm-train.ts';
import type { WindowOptions } from './conv-arguments.ts';
import { conv2d } from './conv2d.ts';
import { depthwiseConv2d } from './depthwise-conv2d.ts';
import { groupNorm } from './group-norm.ts';
import { maxPool } from './max-pool.ts';
import { resizeBilinear } from './resize-bilinear.ts';
import { softmaxCrossEntropy } from './softmax-cross-entropy.ts';
import { standardizeFilters } from './standardize-filters.ts';
import { registerWasmGradients } from './wasm-gradients.ts';

const cases: WindowOptions[] = [
  {},
  { dilation: 2 },
  { strides: 2, padding: 1 },
  { strides: 2, padding: 'same' },
  { strides: 2, padding: 'valid' },
  { strides: 3, padding: 'valid' },
  { dilation: 3, padding: 3 },
  { dilation: 9, padding: 9 },
];
const x = golden([2, 8, 7, 3]);

describe('the wasm backend', () => {
  beforeAll(async () => {
    await prepareWasm();
    registerWasmGradients();
    registerWasmGradients();
  });

  it.each(cases)('trains a convolution with %j as "cpu" does', async (options) => {
    const f: TensorFunction = (a, b) => conv2d(a as tf.Tensor4D, b as tf.Tensor4D, options);
    expect(await disagreement(f, [x, golden([3, 3, 3, 4], 50)], ['wasm', 'cpu'])).toBeLessThan(1e-4);
  });

  it.each([{}, { dilation: 2 }, { strides: 2, padding: 1 }])(
    'trains a convolution of three groups with %j as "cpu" does',
    async (options) => {
      const f: TensorFunction = (a, b) =>
        conv2d(a as tf.Tensor4D, b as tf.Tensor4D, { ...options, groups: 3 });
      expect(await disagreement(f, [x, golden([3, 3, 1, 6], 50)], ['wasm', 'cpu'])).toBeLessThan(1e-4);
    },
  );

  it.each(cases)('trains a depthwise convolution with %j as "cpu" does', async (options) => {
    const f: TensorFunction = (a, b) => depthwiseConv2d(a as tf.Tensor4D, b as tf.Tensor4D, options);
    expect(await disagreement(f, [x, golden([3, 3, 3, 2], 50)], ['wasm', 'cpu'])).toBeLessThan(1e-4);
  });

  it('trains 1×1 convolutions and even kernels', async () => {
    for (const [shape, strides] of [
      [[1, 1, 3, 5], 1],
      [[1, 1, 3, 5], 2],
      [[2, 4, 3, 5], 2],
    ] as const) {
      const f: TensorFunction = (a, b) => conv2d(a as tf.Tensor4D, b as tf.Tensor4D, { strides });
      expect(await disagreement(f, [x, golden([...shape], 50)], ['wasm', 'cpu'])).toBeLessThan(1e-4);
    }
  });

  it.each<[string, TensorFunction, number[][]]>([
    [
      'batchNormTrain',
      (a, g, b) => batchNormTrain(a as tf.Tensor4D, g as tf.Tensor1D, b as tf.Tensor1D, 1e-5).y,
      [[2, 4, 3, 6], [6], [6]],
    ],
    [
      'groupNorm',
      (a, g, b) => groupNorm(a as tf.Tensor4D, g as tf.Tensor1D, b as tf.Tensor1D, 2, 1e-5),
      [[2, 4, 3, 6], [6], [6]],
    ],
    ['maxPool', (a) => maxPool(a as tf.Tensor4D, { size: 3, strides: 2, padding: 1 }), [[2, 6, 7, 3]]],
    ['resizeBilinear', (a) => resizeBilinear(a as tf.Tensor4D, [7, 9]), [[2, 3, 5, 2]]],
    ['resizeBilinear from 1×1', (a) => resizeBilinear(a as tf.Tensor4D, [7, 9]), [[2, 1, 1, 2]]],
    [
      'standardizeFilters',
      (w, g) => standardizeFilters(w, g as tf.Tensor1D, { epsilon: 1e-5 }),
      [[3, 3, 2, 4], [4]],
    ],
    [
      'softmaxCrossEntropy',
      (a) => softmaxCrossEntropy(a as tf.Tensor4D, tf.tensor3d([0, 2, 255, 1], [1, 2, 2], 'int32')).loss,
      [[1, 2, 2, 3]],
    ],
  ])('computes %s as "cpu" does', async (_, f, shapes) => {
    const inputs = shapes.map((shape, i) => golden(shape, 17 * i));
    expect(await disagreement(f, inputs, ['wasm', 'cpu'])).toBeLessThan(2e-5);
  });

  it('leaves nothing behind', () =>
    withBackend('wasm', () => {
      for (const options of cases) {
        const f: TensorFunction = (a, b) => conv2d(a as tf.Tensor4D, b as tf.Tensor4D, options);
        expect(leftBehind(f, [golden([1, 6, 6, 2]), golden([3, 3, 2, 2])])).toEqual([0, 0]);
      }
    }));
});
