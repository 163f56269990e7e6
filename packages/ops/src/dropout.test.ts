import * as tf from '@tensorflow/tfjs-core';
import { withBackend } from '@plumbline/test-support';
import { describe, expect, it } from 'vitest';
import { golden, hasNative, leftBehind } from './agreement.test.support.ts';
import { dropout } from './dropout.ts';

const seed = (a: number, b: number): tf.Tensor1D => tf.tensor1d([a, b], 'int32');

describe.each(['tensorflow', 'cpu'].slice(hasNative ? 0 : 1))('dropout on %s', (backend) => {
  it('drops the given share and keeps the expected value', () =>
    withBackend(backend, () => {
      const y = dropout(tf.ones([100, 100]), 0.3, seed(1, 2)).dataSync();
      const dropped = y.filter((v) => v === 0).length / y.length;
      expect(dropped).toBeGreaterThan(0.27);
      expect(dropped).toBeLessThan(0.33);
      expect(y.every((v) => v === 0 || Math.abs(v - 1 / 0.7) < 1e-6)).toBe(true);
    }));

  it('draws the same mask from the same seed, another from another', () =>
    withBackend(backend, () => {
      const mask = (a: number, b: number) => Array.from(dropout(tf.ones([50]), 0.5, seed(a, b)).dataSync());
      expect(mask(3, 4)).toEqual(mask(3, 4));
      expect(mask(3, 4)).not.toEqual(mask(3, 5));
      expect(mask(3, 4)).not.toEqual(mask(4, 4));
    }));

  it('passes the gradient through what it kept', () =>
    withBackend(backend, () => {
      const x = tf.ones([40]);
      const slope = tf.grad((t: tf.Tensor) => tf.sum(dropout(t, 0.5, seed(1, 1))))(x);
      expect(Array.from(slope.dataSync())).toEqual(Array.from(dropout(x, 0.5, seed(1, 1)).dataSync()));
    }));
});

describe('dropout', () => {
  it('is the identity at rate 0', () => {
    const x = golden([5]);
    expect(Array.from(dropout(x, 0, seed(0, 0)).dataSync())).toEqual(Array.from(x.dataSync()));
  });

  it('leaves nothing behind', () => {
    const fixed = seed(7, 7);
    expect(leftBehind((x) => dropout(x, 0.4, fixed), [golden([6, 5])])).toEqual([0, 0]);
  });

  it('refuses impossible rates and seeds', () => {
    expect(() => dropout(golden([2]), 1, seed(0, 0))).toThrow('below 1');
    expect(() => dropout(golden([2]), 0.1, tf.tensor1d([1], 'int32'))).toThrow('two int32 numbers');
  });
});
