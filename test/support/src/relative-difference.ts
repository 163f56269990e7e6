import type * as tf from '@tensorflow/tfjs-core';

/** How far `a` is from `b` at most, as a share of the largest element of `b`; NaN where one of them has a NaN. */
export function relativeDifference(a: tf.Tensor, b: tf.Tensor): number {
  const [got, wanted] = [a.dataSync(), b.dataSync()];
  let difference = got.length === wanted.length ? 0 : NaN;
  let largest = 0;
  wanted.forEach((value, i) => {
    difference = Math.max(difference, Math.abs(value - (got[i] ?? NaN)));
    largest = Math.max(largest, Math.abs(value));
  });
  return difference === 0 ? 0 : difference / largest;
}
