import * as tf from '@tensorflow/tfjs-core';
import { checkGradients, worstGradientError } from '@plumbline/test-support';
import { describe, expect, it } from 'vitest';
import { disagreement, golden, hasNative, leftBehind } from './agreement.test.support.ts';
import { resizeBilinear } from './resize-bilinear.ts';

type Size = [height: number, width: number];
const cases: [Size, Size][] = [
  [
    [3, 4],
    [9, 13],
  ],
  [
    [9, 5],
    [4, 7],
  ],
  [
    [5, 9],
    [3, 3],
  ],
  [
    [4, 3],
    [1, 1],
  ],
  [
    [4, 3],
    [1, 6],
  ],
  [
    [1, 1],
    [3, 5],
  ],
  [
    [1, 4],
    [3, 5],
  ],
  [
    [3, 4],
    [3, 4],
  ],
];
const resize = (to: Size) => (x: tf.Tensor) => resizeBilinear(x as tf.Tensor4D, to);

describe('resizeBilinear', () => {
  it('keeps the corners and interpolates between them', () => {
    const x = tf.tensor4d([0, 4, 8, 12], [1, 2, 2, 1]);
    expect(Array.from(resizeBilinear(x, [3, 3]).dataSync())).toEqual([0, 2, 4, 4, 6, 8, 8, 10, 12]);
  });

  it.each(cases)('has the gradient of finite differences from %j to %j', (from, to) => {
    const checks = checkGradients(resize(to), [golden([2, ...from, 3])], { probes: 24 });
    expect(worstGradientError(checks)).toBeLessThan(2e-3);
  });

  it.skipIf(!hasNative).each(cases)(
    'agrees between native and portable from %j to %j (needs the native engine)',
    async (from, to) => {
      expect(await disagreement(resize(to), [golden([2, ...from, 3])])).toBeLessThan(1e-5);
    },
  );

  it('leaves nothing behind', () => {
    for (const from of [
      [3, 4],
      [1, 1],
    ]) {
      expect(leftBehind(resize([5, 6]), [golden([2, ...from, 3])])).toEqual([0, 0]);
    }
  });

  it('refuses sizes that are no sizes', () => {
    expect(() => resize([0, 3])(golden([1, 2, 2, 1]))).toThrow('height = 0');
    expect(() => resize([3, 2.5])(golden([1, 2, 2, 1]))).toThrow('width = 2.5');
  });
});
