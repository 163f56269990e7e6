// The fixed tensors that golden values of this package's tests are stated for.

import { goldenSequence } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';

/** A kernel [3, 3, 2, 4], n = 18 weights per filter. */
export const goldenKernel = (): tf.Tensor4D => tf.tensor4d(goldenSequence(72), [3, 3, 2, 4]);

/** Activations [4, 3, 3, 4]. */
export const goldenActivations = (): tf.Tensor4D => tf.tensor4d(goldenSequence(144), [4, 3, 3, 4]);

/** The elements of `t` at the given indices. */
export const elementsAt = (t: tf.Tensor, indices: readonly number[][]): number[] => {
  const strides = t.shape.map((_, axis) => t.shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const values = t.dataSync();
  return indices.map(
    (index) => values[index.reduce((sum, i, axis) => sum + i * (strides[axis] ?? 0), 0)] ?? NaN,
  );
};

/** The largest absolute difference of two arrays; NaN where their lengths differ or one holds a NaN. */
export const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  if (a.length !== b.length) return NaN;
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs((a[i] ?? NaN) - (b[i] ?? NaN));
    if (Number.isNaN(difference)) return NaN;
    largest = Math.max(largest, difference);
  }
  return largest;
};
