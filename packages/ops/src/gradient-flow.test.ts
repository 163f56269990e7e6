import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { golden, leftBehind } from './agreement.test.support.ts';
import { gradientReversal, stopGradient } from './gradient-flow.ts';

describe('stopGradient', () => {
  it('is the identity forward and a constant backward', () => {
    const x = tf.tensor1d([3, -2]);
    expect(Array.from(stopGradient(x).dataSync())).toEqual([3, -2]);
    const slope = tf.grad((t: tf.Tensor) => tf.sum(tf.mul(t, stopGradient(t))))(x);
    expect(Array.from(slope.dataSync())).toEqual([3, -2]);
  });

  it('gives a variable before it no gradient at all', () => {
    const before = tf.variable(tf.scalar(2), true, 'beforeTheStop');
    const after = tf.variable(tf.scalar(5), true, 'afterTheStop');
    const { grads } = tf.variableGrads(
      () => tf.mul(stopGradient(tf.square(before)), after) as tf.Scalar,
      [before, after],
    );
    expect(grads['afterTheStop']?.dataSync()[0]).toBe(4);
    expect(grads['beforeTheStop'] ?? null).toBeNull();
    tf.dispose([before, after, grads]);
  });

  it('leaves nothing behind', () => {
    expect(leftBehind((x) => tf.mul(x, stopGradient(x)), [golden([4])])).toEqual([0, 0]);
  });
});

describe('gradientReversal', () => {
  it('turns the gradient around and scales it', () => {
    const x = tf.tensor1d([1, 2]);
    for (const scale of [0.5, tf.scalar(0.5)]) {
      const { value, grad } = tf.valueAndGrad((t: tf.Tensor) =>
        tf.sum(gradientReversal(tf.square(t), scale)),
      )(x);
      expect(value.dataSync()[0]).toBe(5);
      expect(Array.from(grad.dataSync())).toEqual([-1, -2]);
    }
  });

  it('leaves nothing behind', () => {
    const scale = tf.scalar(0.3);
    expect(leftBehind((x) => gradientReversal(x, scale), [golden([4])])).toEqual([0, 0]);
    expect(leftBehind((x) => gradientReversal(x, 0.3), [golden([4])])).toEqual([0, 0]);
  });
});
