import { tf } from '@plumbline/runtime';
import { describe, expect, it } from 'vitest';
import { slideLogits, slideRows, windowCounts, windowStarts } from './sliding-window.ts';

describe('windowStarts', () => {
  it('steps by the stride, and moves the last window back to the border', () => {
    expect(windowStarts(10, 4, 3)).toEqual([0, 3, 6]);
    expect(windowStarts(11, 4, 3)).toEqual([0, 3, 6, 7]);
    expect(windowStarts(9, 4, 4)).toEqual([0, 4, 5]);
  });

  it('is one window where it covers the image', () => {
    expect(windowStarts(4, 4, 2)).toEqual([0]);
    expect(windowStarts(3, 8, 2)).toEqual([0]);
  });

  it('refuses a stride that leaves pixels out', () => {
    expect(() => windowStarts(10, 4, 5)).toThrow(
      'Windows of 4 pixels 5 apart leave pixels out: choose a stride from 1 to 4.',
    );
    expect(() => windowStarts(10, 4, 0)).toThrow(/from 1 to 4/);
  });
});

it('windowCounts covers every pixel, and counts the overlap at the borders', () => {
  expect([...windowCounts(11, 4, 3)]).toEqual([1, 1, 1, 2, 1, 1, 2, 2, 2, 2, 1]);
  expect([...windowCounts(3, 8, 2)]).toEqual([1, 1, 1]);
  for (const [length, window, stride] of [
    [100, 33, 22],
    [33, 33, 22],
    [34, 33, 33],
  ] as const) {
    expect(Math.min(...windowCounts(length, window, stride))).toBeGreaterThan(0);
  }
});

describe('slideLogits', () => {
  it('is the mean over the windows that cover a pixel', () => {
    const [height, width, window, stride] = [7, 11, 4, 3];
    // The logit of a pixel is its number in its window: the mean of all is easy to say.
    const forward = (part: tf.Tensor4D): tf.Tensor4D => {
      expect(part.shape).toEqual([1, window, window, 3]);
      return tf.tensor4d(
        Float32Array.from({ length: window * window }, (_, i) => i),
        [1, window, window, 1],
      );
    };
    const logits = slideLogits(forward, tf.zeros([1, height, width, 3]), { window, stride });
    expect(logits.shape).toEqual([1, height, width, 1]);
    const seen = logits.dataSync();
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const numbers = [0, 3].flatMap((top) =>
          [0, 3, 6, 7].flatMap((left) =>
            y >= top && y < top + window && x >= left && x < left + window
              ? [(y - top) * window + (x - left)]
              : [],
          ),
        );
        const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
        expect(seen[y * width + x]).toBeCloseTo(mean, 5);
      }
    }
  });

  it('leaves no tensor behind but the logits', () => {
    const image = tf.ones<tf.Rank.R4>([1, 9, 9, 3]);
    const before = tf.memory().numTensors;
    const logits = slideLogits((part) => tf.clone(part), image, { window: 4, stride: 2 });
    expect(tf.memory().numTensors).toBe(before + 1);
    // The same number from every window is that number.
    expect(new Set(logits.dataSync())).toEqual(new Set([1]));
  });
});

it('slideRows hands out each row once, from top to bottom, and keeps none', () => {
  const image = tf.tensor4d(
    Float32Array.from({ length: 13 * 7 * 3 }, (_, i) => i),
    [1, 13, 7, 3],
  );
  const identity = (part: tf.Tensor4D): tf.Tensor4D => tf.clone(part);
  const before = tf.memory().numTensors;
  const seen: number[] = [];
  slideRows(identity, image, { window: 5, stride: 3 }, (rows, top) => {
    expect(top).toBe(seen.length / (7 * 3));
    // The strip in hand, and what of it overlaps with the next: never more.
    expect(rows.shape[1]).toBeLessThanOrEqual(5);
    seen.push(...rows.dataSync());
    rows.dispose();
  });
  expect(tf.memory().numTensors).toBe(before);
  const expected = image.dataSync();
  seen.forEach((value, i) => expect(value).toBeCloseTo(expected[i] ?? NaN, 3));
  expect(seen).toHaveLength(13 * 7 * 3);
});
