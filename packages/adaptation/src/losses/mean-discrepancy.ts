// Maximum mean discrepancy: how far apart the means of two domains are in the space of a kernel.
//
//   MMD² = Σ_ij M_ij k_ij      over all rows of both domains, with weights M of one of three estimators:
//   quadratic (unbiased)   1 / (n_s (n_s − 1)) within the source, 1 / (n_t (n_t − 1)) within the target, both without the
//                          diagonal, and −1 / (n_s n_t) across, in both blocks
//   linear                 of each i = 0 … m−1 with j = (i + 1) mod m, m = min(n_s, n_t):
//                          (k(s_i, s_j) + k(t_i, t_j) − k(s_i, t_j) − k(s_j, t_i)) / m
//   biased                 1 / n_s², 1 / n_t² with the diagonal, and −1 / (n_s n_t): never below 0
//
// MK-MMD of the features is DAN's loss: Long, Cao, Wang, Jordan, 2015, arXiv 1502.02791. JMMD, whose kernel is the product
// of each layer's, is JAN's: Long, Zhu, Wang, Jordan: "Deep Transfer Learning with Joint Adaptation Networks", 2016, arXiv
// 1605.06636.
//
// The published weights are those of n_s = n_t; here each domain's own count takes its place, which keeps the quadratic
// estimate unbiased. The linear one is made of pairs, so that of unequal batches only the first m images of each count.
//
// An unbiased estimate of something near 0 is below 0 about half the time: that is no error. (A constant added to keep
// it positive, as some implementations have, changes no gradient.) For people there is the biased value.

import * as tf from '@tensorflow/tfjs-core';
import { gaussianKernels, type GaussianKernelOptions } from './gaussian-kernels.ts';

export const MMD_ESTIMATORS = ['quadratic', 'linear', 'biased'] as const;
export type MmdEstimator = (typeof MMD_ESTIMATORS)[number];

/** JAN's kernel of the predicted probabilities: one, with a fixed σ = 0.92, so that it divides by 2 · 0.8464. */
export const PREDICTION_KERNEL: GaussianKernelOptions = { scales: [1], bandwidth: 0.92 ** 2 };

/** The weights M [n_s + n_t, n_s + n_t] of an estimator, row-major. */
export function discrepancyWeights(
  sourceCount: number,
  targetCount: number,
  estimator: MmdEstimator,
): Float32Array {
  const n = sourceCount + targetCount;
  const weights = new Float32Array(n * n);
  const add = (row: number, column: number, weight: number): void => {
    weights[row * n + column] = (weights[row * n + column] ?? 0) + weight;
  };
  if (estimator === 'linear') {
    const pairs = Math.min(sourceCount, targetCount);
    for (let i = 0; i < pairs; i++) {
      const j = (i + 1) % pairs;
      add(i, j, 1 / pairs);
      add(sourceCount + i, sourceCount + j, 1 / pairs);
      add(i, sourceCount + j, -1 / pairs);
      add(j, sourceCount + i, -1 / pairs);
    }
    return weights;
  }
  const withDiagonal = estimator === 'biased';
  const within = (count: number): number => 1 / (count * (withDiagonal ? count : count - 1));
  for (let row = 0; row < n; row++) {
    for (let column = 0; column < n; column++) {
      const ofSource = row < sourceCount;
      if (ofSource !== column < sourceCount) add(row, column, -1 / (sourceCount * targetCount));
      else if (withDiagonal || row !== column) add(row, column, within(ofSource ? sourceCount : targetCount));
    }
  }
  return weights;
}

/**
 * MMD² from the kernel between all rows of both domains, the source's `sourceCount` first.
 *
 * @throws if a domain has too few rows: 2 each, or 1 for `biased`.
 */
export function discrepancy(
  kernel: tf.Tensor2D,
  sourceCount: number,
  estimator: MmdEstimator = 'quadratic',
): tf.Scalar {
  const n = kernel.shape[0];
  const targetCount = n - sourceCount;
  const least = estimator === 'biased' ? 1 : 2;
  if (sourceCount < least || targetCount < least) {
    throw new Error(
      `The ${estimator} estimate of the mean discrepancy got ${sourceCount} source and ${targetCount} target images: ` +
        `it needs ${least} or more of each; use larger batches.`,
    );
  }
  return tf.tidy(() => {
    const weights = tf.tensor2d(discrepancyWeights(sourceCount, targetCount, estimator), [n, n]);
    return tf.sum(tf.mul(kernel, weights)) as tf.Scalar;
  });
}

export interface MeanDiscrepancyOptions extends GaussianKernelOptions {
  /** Default `quadratic`. */
  estimator?: MmdEstimator;
}

/**
 * MK-MMD² of features [n_s, d] and [n_t, d], over a sum of Gaussian kernels.
 *
 * @throws as `discrepancy` and `gaussianKernels`.
 */
export const meanDiscrepancy = (
  featuresSource: tf.Tensor2D,
  featuresTarget: tf.Tensor2D,
  { estimator = 'quadratic', ...kernel }: MeanDiscrepancyOptions = {},
): tf.Scalar =>
  tf.tidy(() =>
    discrepancy(gaussianKernels(featuresSource, featuresTarget, kernel), featuresSource.shape[0], estimator),
  );

/** One layer of a joint discrepancy. */
export interface JointLayer {
  /** [n_s, d] and [n_t, d]. */
  readonly source: tf.Tensor2D;
  readonly target: tf.Tensor2D;
  /** Default: five scales on the batch's mean distance. */
  readonly kernel?: GaussianKernelOptions;
}

/** The joint kernel [n_s + n_t, n_s + n_t]: the product of each layer's, so that rows are near only if they are in all. */
export function jointKernel(layers: readonly JointLayer[]): tf.Tensor2D {
  const [first, ...others] = layers;
  if (first === undefined) throw new Error('A joint discrepancy got no layer: give one or more.');
  const kernelOf = ({ source, target, kernel }: JointLayer): tf.Tensor2D =>
    gaussianKernels(source, target, kernel);
  return tf.tidy(() => others.reduce((product, layer) => tf.mul(product, kernelOf(layer)), kernelOf(first)));
}

/**
 * JMMD² of the joint distribution of several layers, such as features and predicted probabilities (with
 * `PREDICTION_KERNEL`).
 *
 * @throws as `discrepancy` and `gaussianKernels`, or without a layer.
 */
export const jointDiscrepancy = (
  layers: readonly JointLayer[],
  estimator: MmdEstimator = 'quadratic',
): tf.Scalar => tf.tidy(() => discrepancy(jointKernel(layers), layers[0]?.source.shape[0] ?? 0, estimator));
