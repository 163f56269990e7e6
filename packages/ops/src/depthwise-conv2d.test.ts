import * as tf from '@tensorflow/tfjs-core';
import { checkGradients, worstGradientError } from '@plumbline/test-support';
import { describe, expect, it } from 'vitest';
import { convolutionCases, disagreement, golden, hasNative, leftBehind } from './agreement.test.support.ts';
import { conv2d } from './conv2d.ts';
import { depthwiseConv2d } from './depthwise-conv2d.ts';

describe('depthwiseConv2d', () => {
  const x = golden([2, 8, 7, 3]) as tf.Tensor4D;
  const kernel = golden([3, 3, 3, 2], 50) as tf.Tensor4D;

  it.each(convolutionCases)('has the gradient of finite differences with %j', (options) => {
    const f = (a: tf.Tensor, b: tf.Tensor) => depthwiseConv2d(a as tf.Tensor4D, b as tf.Tensor4D, options);
    expect(worstGradientError(checkGradients(f, [x, kernel]))).toBeLessThan(2e-3);
  });

  it.skipIf(!hasNative).each(convolutionCases)(
    'agrees between native and portable with %j (needs the native engine)',
    async (options) => {
      const f = (a: tf.Tensor, b: tf.Tensor) => depthwiseConv2d(a as tf.Tensor4D, b as tf.Tensor4D, options);
      expect(await disagreement(f, [x, kernel])).toBeLessThan(1e-4);
    },
  );

  it('is the convolution with a block-diagonal kernel', () => {
    const rows = kernel
      .arraySync()
      .map((row) =>
        row.map((tap) =>
          tap.map((filters, c) => tap.flatMap((_, other) => filters.map((v) => (other === c ? v : 0)))),
        ),
      );
    const full = conv2d(x, tf.tensor4d(rows), { dilation: 2 }).dataSync();
    const got = depthwiseConv2d(x, kernel, { dilation: 2 }).dataSync();
    expect(Math.max(...full.map((v, i) => Math.abs(v - (got[i] ?? NaN))))).toBeLessThan(1e-4);
  });

  it('leaves nothing behind', () => {
    for (const options of [{}, { dilation: 2 }]) {
      const f = (a: tf.Tensor, b: tf.Tensor) => depthwiseConv2d(a as tf.Tensor4D, b as tf.Tensor4D, options);
      expect(leftBehind(f, [x, kernel])).toEqual([0, 0]);
    }
  });
});
