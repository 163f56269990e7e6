// The moments of a convolution's output, predicted from those of the normalization before it through the convolution's own
// kernel. Between the two stands a rectifier: q = relu(N(m, v)) is what the convolution is thought to get.
//
// `reference`, the authors' way (Wang et al., arXiv 1802.03133): q is sampled at every position, convolved, and measured.
// `consistent`, the same in closed form, for positions away from the border and independent channels and positions:
//
//   E[q] = s·φ(a) + m·Φ(a),   Var[q] = v · (Φ + a²·Φ·(1 − Φ) + a·φ·(1 − 2Φ) − φ²),    s = sqrt(v), a = m/s, Φ = Φ(a)
//   m⁻ = Σ w·E[q] + bias,     v⁻ = Σ w²·Var[q]                                          sums over axes [0, 1, 2] of w

import { conv2d, randomNormal, relu } from '@plumbline/ops';
import * as tf from '@tensorflow/tfjs-core';
import { channelMoments, packMoments, unpackMoments, type Moments } from './moments.ts';

/**
 * How the moments of the next layer are predicted, and which moments a normalization hands on:
 * - `reference`: the authors' code. Sampled; a normalization hands on the blended moments it normalized by, which describe its
 *   input.
 * - `consistent`: in closed form; a normalization hands on (β, γ²), the moments of what leaves it.
 */
export type KalmanPrediction = 'reference' | 'consistent';

// Keeps the slope of sqrt and the quotient m/s finite where a channel has no variance.
const TINY_VARIANCE = 1e-12;
const SQRT_HALF = Math.SQRT1_2;
const INVERSE_SQRT_2PI = 1 / Math.sqrt(2 * Math.PI);

const deviation = (variance: tf.Tensor): tf.Tensor => tf.sqrt(tf.add(variance, TINY_VARIANCE));

/** The moments of relu(x) for normal x of the given moments, channel by channel; [B, 2, C] both. */
export function rectifiedMoments(moments: Moments): Moments {
  return tf.tidy(() => {
    const { mean, variance } = unpackMoments(moments);
    const s = deviation(variance);
    const a = tf.div(mean, s);
    const density = tf.mul(tf.exp(tf.mul(tf.square(a), -0.5)), INVERSE_SQRT_2PI);
    const below = tf.mul(tf.add(tf.erf(tf.mul(a, SQRT_HALF)), 1), 0.5);
    const above = tf.sub(1, below);
    // E[q²] − E[q]², written so that nothing large cancels where a is large.
    const share = tf.addN([
      below,
      tf.mul(tf.square(a), tf.mul(below, above)),
      tf.mul(tf.mul(a, density), tf.sub(above, below)),
      tf.neg(tf.square(density)),
    ]);
    return packMoments(
      tf.add(tf.mul(s, density), tf.mul(mean, below)),
      tf.mul(tf.square(s), tf.maximum(share, 0)),
    );
  });
}

/**
 * The `consistent` prediction: moments [B, 2, filters] of the convolution of relu(N(m, v)) with `kernel`
 * [kh, kw, Cin / groups, filters], `moments` [B, 2, Cin] being m and v. No convolution is computed.
 */
export function predictedMoments(
  moments: Moments,
  kernel: tf.Tensor4D,
  bias: tf.Tensor | null,
  groups = 1,
): Moments {
  return tf.tidy(() => {
    const [batch, , channels] = moments.shape;
    const { mean, variance } = unpackMoments(rectifiedMoments(moments));
    const through = (row: tf.Tensor3D, weights: tf.Tensor4D): tf.Tensor2D => {
      if (groups === 1) return tf.matMul(tf.reshape(row, [batch, channels]), tf.sum(weights, [0, 1]));
      const pixel = tf.reshape(row, [batch, 1, 1, channels]) as tf.Tensor4D;
      return tf.reshape(conv2d(pixel, tf.sum(weights, [0, 1], true), { groups }), [batch, -1]);
    };
    const centre = through(mean, kernel);
    return packMoments(bias === null ? centre : tf.add(centre, bias), through(variance, tf.square(kernel)));
  });
}

/**
 * The `reference` prediction: relu(m + sqrt(v)·ε), with ε ~ N(0, 1) for one map of `size`, goes through `convolve`, the real
 * convolution; its moments over the positions are the prediction, [B, 2, filters] for `moments` [B, 2, Cin].
 *
 * @param seed Two int32 numbers that the noise depends on.
 */
export function sampledMoments(
  moments: Moments,
  size: readonly [height: number, width: number],
  seed: tf.Tensor1D,
  convolve: (field: tf.Tensor4D) => tf.Tensor4D,
): Moments {
  return tf.tidy(() => {
    const { mean, variance } = unpackMoments(moments);
    const noise = randomNormal<tf.Rank.R4>([1, ...size, moments.shape[2]], seed);
    const spread = tf.mul(noise, tf.expandDims(deviation(variance), 1));
    const field: tf.Tensor4D = relu(tf.add(spread, tf.expandDims(mean, 1)));
    return channelMoments(convolve(field), 'sample');
  });
}
