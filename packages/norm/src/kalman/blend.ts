// Kalman Normalization: a layer's statistics are blended from those observed in the micro-batch and those predicted from
// the previous normalization.
//
// Wang, Peng, Luo, Wang, Lin: "Kalman Normalization: Normalizing Internal Representations Across Network Layers", NeurIPS
// 2018; first as "Batch Kalman Normalization", arXiv 1802.03133. The equations are those of the authors' CIFAR code:
//
//   m = p·m⁻ + (1 − p)·μ
//   v = p·v⁻ + (1 − p)·σ² + p·(1 − p)·(μ − m⁻)²      the variance of a mixture of both with weights p and 1 − p
//   y = γ · (x − m) / sqrt(v + ε) + β                  per channel; μ, σ² over axes [0, 1, 2] of x [N, H, W, C], σ² biased
//
// where mean(v⁻/σ²) over the channels is below 100, and m, v = μ, σ² elsewhere. Gradients flow through all four statistics.

import { stopGradient } from '@plumbline/ops';
import * as tf from '@tensorflow/tfjs-core';
import { packMoments, unpackMoments, type Moments } from './moments.ts';

/** p of the authors' CIFAR code for micro-batches of two images. For batches of 128 it has 0.05. */
export const PREDICTION_RATE = 0.9;

/** The mean of v⁻/σ² from which on a prediction is not believed. */
export const IMPLAUSIBLE_RATIO = 100;

/**
 * The blended moments of `observed` and `predicted`, [B, 2, C] each, where a B of 1 meets every sample of the other.
 *
 * Each of the B distributions is gated by itself: a prediction whose variance is on average 100 times the observed one
 * or more, or not finite (which is also what a channel without variance makes of it), leaves the observed moments as they are.
 *
 * @param rate The prediction's weight p, from 0 to 1.
 */
export function kalmanBlend(observed: Moments, predicted: Moments, rate: number): Moments {
  return tf.tidy(() => {
    const seen = unpackMoments(observed);
    const expected = believable(unpackMoments(predicted), seen);
    const mix = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.add(tf.mul(a, rate), tf.mul(b, 1 - rate));
    const between = tf.mul(tf.square(tf.sub(seen.mean, expected.mean)), rate * (1 - rate));
    return packMoments(mix(expected.mean, seen.mean), tf.add(mix(expected.variance, seen.variance), between));
  });
}

interface MeanAndVariance {
  mean: tf.Tensor3D;
  variance: tf.Tensor3D;
}

/** `predicted` where it is plausible; elsewhere `seen`, whose blend with itself is itself. */
function believable(predicted: MeanAndVariance, seen: MeanAndVariance): MeanAndVariance {
  const ratio = tf.div(stopGradient(predicted.variance), stopGradient(seen.variance));
  // Infinity and NaN are not below it either.
  const plausible = tf.less(tf.mean(ratio, [1, 2], true), IMPLAUSIBLE_RATIO);
  const choose = (a: tf.Tensor3D, b: tf.Tensor3D): tf.Tensor3D => tf.where(plausible, a, b);
  return {
    mean: choose(predicted.mean, seen.mean),
    variance: choose(predicted.variance, seen.variance),
  };
}
