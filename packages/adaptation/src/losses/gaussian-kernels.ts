// Sums of Gaussian kernels of several bandwidths between all rows of two domains.
//
//   Z = [f_s; f_t]  [n_s + n_t, d]      D_ij = ‖z_i − z_j‖²      σ² = mean_ij D_ij, a constant to the gradient
//   k_ij = Σ_α exp(−D_ij / (2 α σ²))                             α ∈ {1/8, 1/4, 1/2, 1, 2}, each with weight 1
//
// Gretton et al.: "A Kernel Two-Sample Test", JMLR 2012; with several bandwidths in Long, Cao, Wang, Jordan: "Learning
// Transferable Features with Deep Adaptation Networks", 2015, arXiv 1502.02791, which also learns the kernels' weights;
// no public implementation does.

import { constant, stopGradient } from '@plumbline/ops';
import * as tf from '@tensorflow/tfjs-core';

export interface GaussianKernelOptions {
  /** α, the factors on σ². Default 1/8, 1/4, 1/2, 1, 2. */
  scales?: readonly number[];
  /**
   * σ²: the mean of all distances (`all`, the default), of those between distinct rows (`distinct`: the zeros of the
   * diagonal left out), or a number for a bandwidth that does not depend on the batch.
   */
  bandwidth?: 'all' | 'distinct' | number;
}

export const DEFAULT_SCALES: readonly number[] = [1 / 8, 1 / 4, 1 / 2, 1, 2];

/** ‖z_i − z_j‖² of the rows of z [n, d]; [n, n], nowhere below 0. */
export const squaredDistances = (z: tf.Tensor2D): tf.Tensor2D =>
  tf.tidy(() => {
    // Distances do not change with the origin, and near it ‖a‖² + ‖b‖² − 2ab loses the fewest digits.
    const centred = tf.sub(z, stopGradient(tf.mean(z, 0)));
    const squares = tf.sum(tf.square(centred), 1, true);
    const products = tf.matMul(centred, centred, false, true);
    const distances = tf.sub(tf.add(squares, tf.transpose(squares)), tf.mul(products, 2));
    return tf.maximum(distances, 0) as tf.Tensor2D;
  });

/**
 * The kernel between all rows of source and target, [n_s + n_t, n_s + n_t], the source's first. Its diagonal is the
 * number of scales. Rows that are all equal have σ² = 0, and all their kernels are 1 per scale.
 *
 * @throws if there are no scales, or one or the bandwidth is not above 0.
 */
export function gaussianKernels(
  featuresSource: tf.Tensor2D,
  featuresTarget: tf.Tensor2D,
  { scales = DEFAULT_SCALES, bandwidth = 'all' }: GaussianKernelOptions = {},
): tf.Tensor2D {
  const wrong = [...scales, ...(typeof bandwidth === 'number' ? [bandwidth] : [])].find(
    (value) => !(value > 0 && Number.isFinite(value)),
  );
  if (scales.length === 0 || wrong !== undefined) {
    throw new Error(
      `Gaussian kernels got ${wrong === undefined ? 'no scale' : `a scale or bandwidth of ${wrong}`}: give one or more ` +
        `scales, and numbers above 0.`,
    );
  }
  return tf.tidy(() => {
    const z = tf.concat([featuresSource, featuresTarget]);
    const n = z.shape[0];
    const distances = squaredDistances(z);
    const variance =
      typeof bandwidth === 'number'
        ? tf.scalar(bandwidth)
        : constant(() => tf.div(tf.sum(distances), bandwidth === 'all' ? n * n : n * (n - 1)));
    const relative = tf.div(distances, tf.maximum(variance, 1e-12));
    return tf.addN(scales.map((scale) => tf.exp(tf.mul(relative, -1 / (2 * scale))))) as tf.Tensor2D;
  });
}
