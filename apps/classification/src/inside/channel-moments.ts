// Mean and variance of every channel of a tensor.

import * as tf from '@tensorflow/tfjs-core';

/** Of x [N, …, C] over all axes but the last; [C] each, the variance biased. Kept: whoever asked disposes them. */
export interface KeptMoments {
  readonly mean: tf.Tensor;
  readonly variance: tf.Tensor;
}

/** Outlives the enclosing `tf.tidy`, so that it can be taken in the middle of a model's run. */
export function keptMoments(x: tf.Tensor): KeptMoments {
  const axes = x.shape.slice(0, -1).map((_, axis) => axis);
  return tf.tidy(() => {
    const { mean, variance } = tf.moments(x, axes);
    return { mean: tf.keep(mean), variance: tf.keep(variance) };
  });
}

/** Their numbers; disposes them. */
export async function readMoments({
  mean,
  variance,
}: KeptMoments): Promise<{ means: Float32Array; variances: Float32Array }> {
  const [means, variances] = (await Promise.all([mean.data(), variance.data()])) as [
    Float32Array,
    Float32Array,
  ];
  tf.dispose([mean, variance]);
  return { means, variances };
}

/** NaN of no values. */
export const meanOf = (values: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] ?? NaN;
  return sum / values.length;
};
