import { checkGradients, worstGradientError } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { goldenTensor } from '../testing/golden-domains.ts';
import { classConfusion } from './class-confusion.ts';

const value = (compute: () => tf.Tensor): number => tf.tidy(() => compute().dataSync()[0] ?? NaN);

describe('classConfusion', () => {
  it('is the paper’s at its temperature, and without one', () => {
    // The formulas transcribed in float64.
    expect(value(() => classConfusion(goldenTensor('logitsTarget')))).toBeCloseTo(0.660866, 5);
    expect(value(() => classConfusion(goldenTensor('logitsTarget'), 1))).toBeCloseTo(0.631724, 5);
  });

  it('is 0 for sure predictions and 1 − 1/K for undecided ones', () => {
    expect(value(() => classConfusion(tf.mul(tf.eye(3), 1000)))).toBeCloseTo(0, 6);
    expect(value(() => classConfusion(tf.zeros([5, 4])))).toBeCloseTo(0.75, 5);
  });

  it('is finite where no image has a class', () => {
    const logits = tf.tensor2d([
      [900, 0, -900],
      [0, 900, -900],
    ]);
    const gradient = tf.grad((x) => classConfusion(x as tf.Tensor2D))(logits);
    expect(Number.isFinite(value(() => classConfusion(logits)))).toBe(true);
    expect([...gradient.dataSync()].every(Number.isFinite)).toBe(true);
  });

  it('is differentiated with the images’ weights as constants', () => {
    const logits = goldenTensor('logitsTarget', 5);
    // The same formula with the weights of this very point, which finite differences must not move.
    const weights = tf.tidy(() => {
      const q = tf.softmax(tf.div(logits, 2.5));
      const entropy = tf.neg(tf.sum(tf.mul(q, tf.log(q)), 1));
      const certainty = tf.add(tf.exp(tf.neg(entropy)), 1);
      return tf.div(certainty, tf.mean(certainty));
    });
    const fixed = (x: tf.Tensor): tf.Tensor =>
      tf.tidy(() => {
        const q = tf.softmax(tf.div(x, 2.5)) as tf.Tensor2D;
        const confusion = tf.matMul(tf.mul(q, tf.expandDims(weights, 1)) as tf.Tensor2D, q, true);
        const normalized = tf.div(confusion, tf.sum(confusion, 1, true));
        return tf.div(tf.sum(tf.mul(normalized, tf.sub(1, tf.eye(3)))), 3);
      });
    expect(worstGradientError(checkGradients(fixed, [logits]))).toBeLessThan(1e-3);
    const [wanted, got] = tf.tidy(() => [
      tf.grad(fixed)(logits).dataSync(),
      tf
        .grad((x) => classConfusion(x as tf.Tensor2D))(logits)
        .dataSync(),
    ]) as unknown as [Float32Array, Float32Array];
    wanted.forEach((slope, i) => {
      expect(got[i]).toBeCloseTo(slope, 5);
    });
  });

  it('refuses a temperature of 0, and leaves nothing behind', () => {
    const logits = goldenTensor('logitsTarget');
    expect(() => classConfusion(logits, 0)).toThrow(
      'Class confusion got temperature 0: use a number above 0, such as 2.5.',
    );
    const before = tf.memory().numTensors;
    classConfusion(logits).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
