// The moments that Kalman Normalization carries beside the activations: one tensor [B, 2, C] with the means in row 0 and
// the variances in row 1 of each of B distributions over C channels. B is 1, or the number of samples.

import * as tf from '@tensorflow/tfjs-core';

/** Means and variances of C channels, [B, 2, C]. */
export type Moments = tf.Tensor3D;

/** Means and variances as [B, 1, C] each. */
export function unpackMoments(moments: Moments): { mean: tf.Tensor3D; variance: tf.Tensor3D } {
  const [mean, variance] = tf.split(moments, 2, 1);
  return { mean: mean as tf.Tensor3D, variance: variance as tf.Tensor3D };
}

/** Moments of means and variances that are [C], [B, C] or [B, 1, C] each. */
export function packMoments(mean: tf.Tensor, variance: tf.Tensor): Moments {
  const channels = mean.shape[mean.rank - 1] ?? 1;
  const row = (values: tf.Tensor): tf.Tensor3D => tf.reshape(values, [-1, 1, channels]);
  return tf.concat([row(mean), row(variance)], 1);
}

/**
 * Mean and biased variance of every channel of `x` [N, H, W, C]: over all of it, [1, 2, C], or of each sample, [N, 2, C].
 * Differentiable in x.
 */
export function channelMoments(x: tf.Tensor4D, over: 'batch' | 'sample'): Moments {
  const axes = over === 'batch' ? [0, 1, 2] : [1, 2];
  const count = axes.reduce((product, axis) => product * (x.shape[axis] ?? 1), 1);
  const measure = tf.customGrad((...args) => {
    const [input, save] = args as unknown as [tf.Tensor4D, tf.GradSaveFunc];
    const mean = tf.mean(input, axes, true);
    const variance = tf.mean(tf.squaredDifference(input, mean), axes, true);
    save([input, mean]);
    return {
      value: packMoments(tf.squeeze(mean, [1, 2]), tf.squeeze(variance, [1, 2])),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [savedInput, savedMean] = saved as [tf.Tensor4D, tf.Tensor4D];
        const upstream = unpackMoments(dy as Moments);
        const perPixel = (row: tf.Tensor3D): tf.Tensor => tf.expandDims(tf.div(row, count), 1);
        const slope = tf.mul(perPixel(upstream.variance), 2);
        return tf.add(tf.mul(tf.sub(savedInput, savedMean), slope), perPixel(upstream.mean));
      },
    };
  });
  return measure(x) as Moments;
}

/**
 * The moments of groups of neighbouring channels, [B, 2, C] → [B, 2, groups]: each group is the equal mixture of its
 * channels, whose variance is the mean variance plus the variance of the means.
 */
export function groupMoments(moments: Moments, groups: number): Moments {
  const { mean, variance } = unpackMoments(moments);
  const grouped = (row: tf.Tensor): tf.Tensor => tf.reshape(row, [moments.shape[0], groups, -1]);
  const means = grouped(mean);
  const mixed = tf.mean(means, 2, true);
  // TF.js's squaredDifference has no gradient where its arguments differ in shape.
  const spread = tf.mean(tf.add(grouped(variance), tf.square(tf.sub(means, mixed))), 2);
  return packMoments(tf.squeeze(mixed, [2]), spread);
}

/** Each group's moments for every channel of it, [B, 2, groups] → [B, 2, C]. */
export function ungroupMoments(moments: Moments, channels: number): Moments {
  const [samples, , groups] = moments.shape;
  const repeated = tf.mul(tf.expandDims(moments, 3), tf.ones([1, 1, 1, channels / groups]));
  return tf.reshape(repeated, [samples, 2, channels]);
}

/** γ · (x − m) / sqrt(v + ε) + β for x [N, H, W, C], moments [1 or N, 2, C]; differentiable in all of them. */
export function normalizeByMoments(
  x: tf.Tensor4D,
  moments: Moments,
  { gamma, beta }: { gamma: tf.Tensor1D; beta: tf.Tensor1D },
  epsilon: number,
): tf.Tensor4D {
  const { mean, variance } = unpackMoments(moments);
  const scale = tf.mul(tf.rsqrt(tf.add(variance, epsilon)), gamma);
  // The difference first: γ·x/σ − γ·m/σ would lose the digits that x and m share.
  return tf.add(tf.mul(tf.sub(x, tf.expandDims(mean, 1)), tf.expandDims(scale, 1)), beta);
}
