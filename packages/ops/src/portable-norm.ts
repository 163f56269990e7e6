/**
 * Normalization of a map [N, H, W, C] on plain TensorFlow.js operations, with its closed-form gradient: what batch and
 * group normalization share on every backend that is not TensorFlow's own.
 *
 *   y = gamma · (x − mean) / sqrt(variance + epsilon) + beta
 *
 * They differ in which of the per-channel values [N, C] are averaged together. Backward, with g = dy · gamma, x̂ the
 * normalized input, and means over the same values as the statistics:
 *
 *   dx = (g − mean(g) − x̂ · mean(g · x̂)) / sqrt(variance + epsilon),   dgamma = Σ dy · x̂,   dbeta = Σ dy
 */
import * as tf from '@tensorflow/tfjs-core';
import { constants } from './gradient-flow.ts';
import { at } from './native-kernel.ts';
import { pixelMeans } from './pixel-means.ts';

/** Replaces each of the values [N, C] by the mean of those that are normalized together with it. */
export type Pooling = (values: tf.Tensor) => tf.Tensor;

export interface Normalized {
  y: tf.Tensor4D;
  /** [N, C]; carries no gradient. */
  mean: tf.Tensor;
  /** [N, C], biased; carries no gradient. */
  variance: tf.Tensor;
}

/** [N, C] as it meets every pixel of [N, H, W, C]. */
const perPixel = (v: tf.Tensor): tf.Tensor => tf.reshape(v, [v.shape[0] ?? 1, 1, 1, -1]);

/** Mean and variance [N, C] of `x`. */
function statisticsOf(x: tf.Tensor4D, pool: Pooling): [mean: tf.Tensor, variance: tf.Tensor] {
  const [mean, variance] = constants(() => {
    const mean = pool(pixelMeans(x));
    return [mean, pool(pixelMeans(tf.squaredDifference(x, perPixel(mean))))];
  });
  if (mean === undefined || variance === undefined) throw new Error('A map has a mean and a variance.');
  return [mean, variance];
}

/** Normalizes `x` by statistics that `pool` makes of the channels' ones, then scales and shifts every channel. */
export function portableNorm(
  x: tf.Tensor4D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  epsilon: number,
  pool: Pooling,
): Normalized {
  const [mean, variance] = statisticsOf(x, pool);
  const inverse = tf.rsqrt(tf.add(variance, epsilon));
  const normalize = tf.customGrad((...args) => {
    const [map, scale, shift, save] = args as unknown as [tf.Tensor4D, tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    save([map, scale, mean, inverse]);
    const centred = tf.sub(map, perPixel(mean));
    return {
      value: tf.add(tf.mul(centred, perPixel(tf.mul(inverse, scale))), shift),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [gain, deviation] = [at(saved, 1), at(saved, 3)];
        const offsets = tf.sub(at(saved, 0), perPixel(at(saved, 2)));
        const plain = pixelMeans(dy as tf.Tensor4D);
        const normalized = tf.mul(pixelMeans(tf.mul(dy, offsets)), deviation);
        // dx = a · dy − b − s · (x − mean), with one a, b and s per sample and channel.
        const a = tf.mul(deviation, gain);
        const b = tf.mul(pool(tf.mul(plain, gain)), deviation);
        const s = tf.mul(pool(tf.mul(normalized, gain)), tf.square(deviation));
        const direct = tf.sub(tf.mul(dy, perPixel(a)), perPixel(b));
        const pixels = x.shape[1] * x.shape[2];
        return [
          tf.sub(direct, tf.mul(offsets, perPixel(s))),
          tf.mul(tf.sum(normalized, 0), pixels),
          tf.mul(tf.sum(plain, 0), pixels),
        ];
      },
    };
  });
  return { y: normalize(x, gamma, beta) as tf.Tensor4D, mean, variance };
}
