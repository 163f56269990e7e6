import { resizeBilinear } from '@plumbline/ops';
import { tf } from '@plumbline/runtime';
import { describe, expect, it } from 'vitest';
import { classMap, largest, resizedRows } from './class-map.ts';

/** Numbers without order, the same each time. */
const numbers = (shape: [number, number, number, number]): tf.Tensor4D =>
  tf.tensor4d(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(12.9898 * (i + 1))),
    shape,
  );

describe('resizedRows', () => {
  it.each([
    [
      [5, 7],
      [13, 20],
    ],
    [
      [13, 20],
      [6, 7],
    ],
    [
      [1, 4],
      [9, 9],
    ],
    [
      [9, 9],
      [9, 9],
    ],
    [
      [33, 17],
      [257, 100],
    ],
  ] as const)('are those of the whole map from %j to %j', ([h, w], [height, width]) => {
    const x = numbers([1, h, w, 3]);
    const whole = resizeBilinear(x, [height, width]);
    for (const [top, count] of [
      [0, 1],
      [2, 3],
      [height - 1, 1],
      [0, height],
    ] as const) {
      const rows = resizedRows(x, [height, width], top, count);
      expect(rows.shape).toEqual([1, count, width, 3]);
      const part = tf.slice(whole, [0, top, 0, 0], [1, count, width, 3]);
      expect(tf.max(tf.abs(tf.sub(rows, part))).dataSync()[0]).toBeLessThan(1e-5);
    }
  });
});

describe('classMap', () => {
  it('is the same in bands and at once, and leaves nothing behind', () => {
    const logits = numbers([1, 5, 7, 4]);
    const before = tf.memory().numTensors;
    const once = classMap(logits, [31, 22]);
    expect(once).toHaveLength(31 * 22);
    for (const bandValues of [1, 22 * 4 * 3, 22 * 4 * 30]) {
      expect(classMap(logits, [31, 22], null, bandValues)).toEqual(once);
    }
    expect(tf.memory().numTensors).toBe(before);
    expect(new Set(once).size).toBe(4);
  });

  it('marks doubtful pixels in every band', () => {
    // Softmax of [0, ln 3]: 0.75; of [0, ln 9]: 0.9.
    const logits = tf.tensor4d([0, Math.log(3), 0, Math.log(9)], [1, 2, 1, 2]);
    for (const minConfidence of [0.7, 0.8, 0.95]) {
      const expected = [0.75, 0.9].map((share) => (share < minConfidence ? 255 : 1));
      const doubt = { minConfidence, ignoreLabel: 255 };
      expect([...classMap(logits, [2, 1], doubt, 1)]).toEqual(expected);
      expect([...largest(logits, doubt)]).toEqual(expected);
    }
  });
});
