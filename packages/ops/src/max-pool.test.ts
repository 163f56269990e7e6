import * as tf from '@tensorflow/tfjs-core';
import { checkGradients, worstGradientError } from '@plumbline/test-support';
import { describe, expect, it } from 'vitest';
import { disagreement, golden, hasNative, leftBehind } from './agreement.test.support.ts';
import { maxPool, type MaxPoolOptions } from './max-pool.ts';

const cases: MaxPoolOptions[] = [
  { size: 3, strides: 2, padding: 1 },
  { size: 3, strides: 2, padding: 'same' },
  { size: 2, strides: 2, padding: 'valid' },
  { size: 3, strides: 1, padding: 1 },
];
const pool = (options: MaxPoolOptions) => (x: tf.Tensor) => maxPool(x as tf.Tensor4D, options);

describe('maxPool', () => {
  it.each([8, 9])('equals the definition with PyTorch padding on %i×7', (height) => {
    const x = tf.sub(golden([1, height, 7, 2]), 2) as tf.Tensor4D;
    const pixels = x.arraySync();
    const expected: number[] = [];
    for (let i = -1; i + 3 <= height + 1; i += 2)
      for (let j = -1; j + 3 <= 8; j += 2)
        for (let c = 0; c < 2; c++) {
          const window = [0, 1, 2].flatMap((a) => [0, 1, 2].map((b) => pixels[0]?.[i + a]?.[j + b]?.[c]));
          expected.push(Math.max(...window.filter((v) => v !== undefined)));
        }
    const got = Array.from(maxPool(x, { size: 3, strides: 2, padding: 1 }).dataSync());
    expect(got).toEqual(expected.map(Math.fround));
  });

  it.each(cases)('has the gradient of finite differences with %j', (options) => {
    const check = checkGradients(pool(options), [golden([2, 6, 7, 3])], { step: 2e-3, probes: 40 });
    expect(worstGradientError(check)).toBeLessThan(5e-3);
  });

  it.skipIf(!hasNative).each(cases)(
    'agrees between native and portable with %j (needs the native engine)',
    async (options) => {
      expect(await disagreement(pool(options), [golden([2, 6, 7, 3])])).toBeLessThan(1e-6);
    },
  );

  it.skipIf(!hasNative).each(cases)(
    'gives the gradient to the first of equal maxima with %j (needs the native engine)',
    async (options) => {
      const flat = tf.round(golden([2, 6, 7, 3]));
      expect(await disagreement(pool(options), [tf.relu(flat)])).toBeLessThan(1e-6);
    },
  );

  it('leaves nothing behind', () => {
    expect(leftBehind(pool({ size: 3, strides: 2, padding: 1 }), [golden([2, 6, 6, 3])])).toEqual([0, 0]);
  });

  it('refuses windows that may be all padding', () => {
    expect(() => pool({ size: 3, strides: 2, padding: 2 })(golden([1, 6, 6, 1]))).toThrow('half the window');
    expect(() => pool({ size: 3, strides: 2, padding: 1 })(golden([6, 6, 1]))).toThrow('rank 4');
  });
});
