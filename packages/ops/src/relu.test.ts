import * as tf from '@tensorflow/tfjs-core';
import { checkGradients, worstGradientError } from '@plumbline/test-support';
import { describe, expect, it } from 'vitest';
import { disagreement, golden, hasNative, leftBehind } from './agreement.test.support.ts';
import { relu } from './relu.ts';

describe('relu', () => {
  it('cuts at zero, and its gradient at zero is zero', () => {
    const x = tf.tensor1d([-2, 0, 3]);
    expect(Array.from(relu(x).dataSync())).toEqual([0, 0, 3]);
    expect(
      Array.from(
        tf
          .grad((t: tf.Tensor) => tf.sum(relu(t)))(x)
          .dataSync(),
      ),
    ).toEqual([0, 0, 1]);
  });

  it('has the gradient of finite differences', () => {
    expect(worstGradientError(checkGradients(relu, [golden([2, 3, 4, 5])], { step: 2e-3 }))).toBeLessThan(
      5e-3,
    );
  });

  it.skipIf(!hasNative)('agrees between native and portable (needs the native engine)', async () => {
    expect(await disagreement(relu, [golden([2, 3, 4, 5])])).toBeLessThan(1e-6);
  });

  it('leaves nothing behind', () => {
    expect(leftBehind(relu, [golden([3, 4])])).toEqual([0, 0]);
  });
});
