import { withBackend } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { hasNative } from './agreement.test.support.ts';
import { randomNormal } from './random-normal.ts';

const draw = (shape: number[], a: number, b: number): Float32Array =>
  tf.tidy(
    () =>
      randomNormal(shape, tf.tensor1d([a, b], 'int32'))
        .dataSync()
        .slice() as Float32Array,
  );

describe.each(['tensorflow', 'cpu'].slice(hasNative ? 0 : 1))('randomNormal on %s', (backend) => {
  it('draws from N(0, 1): its mean, variance, skew and share within one deviation', () =>
    withBackend(backend, () => {
      const values = draw([200, 100], 5, 1);
      const mean = (f: (v: number) => number): number =>
        values.reduce((sum, v) => sum + f(v), 0) / values.length;
      expect(Math.abs(mean((v) => v))).toBeLessThan(0.03);
      expect(Math.abs(mean((v) => v * v) - 1)).toBeLessThan(0.04);
      expect(Math.abs(mean((v) => v ** 3))).toBeLessThan(0.1);
      expect(Math.abs(mean((v) => (Math.abs(v) < 1 ? 1 : 0)) - 0.6827)).toBeLessThan(0.015);
    }));

  it('draws the same numbers from the same seed, others from another', () =>
    withBackend(backend, () => {
      expect(draw([3, 5], 3, 4)).toEqual(draw([3, 5], 3, 4));
      expect(draw([3, 5], 3, 4)).not.toEqual(draw([3, 5], 3, 5));
      expect(draw([3, 5], 3, 4)).not.toEqual(draw([3, 5], 4, 4));
    }));

  it('gives zero seeds their own numbers and leaves nothing behind', () =>
    withBackend(backend, () => {
      const seed = tf.tensor1d([0, 0], 'int32');
      const before = tf.memory().numTensors;
      const [first, second] = [randomNormal([4], seed), randomNormal([4], seed)];
      expect(tf.memory().numTensors).toBe(before + 2);
      expect(first.dataSync()).toEqual(second.dataSync());
      tf.dispose([first, second, seed]);
    }));
});

it('randomNormal refuses other seeds', () => {
  expect(() => randomNormal([2], tf.tensor1d([1], 'int32'))).toThrow('two int32 numbers');
  expect(() => randomNormal([2], tf.tensor1d([1, 2]))).toThrow('type float32');
});
