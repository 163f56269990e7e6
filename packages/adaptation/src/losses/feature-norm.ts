// Adaptive feature norm: features of larger norm transfer better, so that both domains' norms are made to grow.
//
// Xu, Li, Yang, Lin: "Larger Norm More Transferable: An Adaptive Feature Norm Approach for Unsupervised Domain
// Adaptation", 2018, arXiv 1811.07456.
//
//   r_i = ‖f_i‖₂
//   HAFN (hard)       (mean_i r_i − R)²                 per domain
//   SAFN (stepwise)   mean_i (r_i − sg(r_i) − Δ)²       per domain; sg: a constant to the gradient
//
// SAFN's value is Δ² whatever the features are, so it says nothing; its gradient is that of −2Δ mean_i r_i, which is what
// stands here. What to watch is the mean norm.

import * as tf from '@tensorflow/tfjs-core';

/** r_i of each row of `features` [n, d]; [n]. A row of zeros has no direction to grow in: its gradient is 0. */
export const featureNorms = (features: tf.Tensor2D): tf.Tensor1D =>
  // Below the bound no gradient passes, where that of the root would be infinite.
  tf.tidy(() => tf.sqrt(tf.maximum(tf.sum(tf.square(features), 1), 1e-24)) as tf.Tensor1D);

/** mean_i r_i of `features` [n, d]. */
export const meanFeatureNorm = (features: tf.Tensor2D): tf.Scalar =>
  tf.tidy(() => tf.mean(featureNorms(features)) as tf.Scalar);

/** HAFN's loss of one domain's mean norm: its squared distance from `radius`, R. Default 25. */
export const hardFeatureNorm = (meanNorm: tf.Scalar, radius = 25): tf.Scalar =>
  tf.tidy(() => tf.square(tf.sub<tf.Scalar>(meanNorm, radius)));

/** SAFN's loss of one domain's mean norm, −2Δ mean r: the gradient pushes every norm by the same `delta`, Δ. Default 1. */
export const stepwiseFeatureNorm = (meanNorm: tf.Scalar, delta = 1): tf.Scalar =>
  tf.tidy(() => tf.mul(meanNorm, -2 * delta));
