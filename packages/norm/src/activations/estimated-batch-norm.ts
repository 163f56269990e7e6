// Estimated Batch Normalization: in training too, every channel is normalized by running statistics, which each batch
// moves a little, so that micro-batches suffice. It is the batch step of Batch-Channel Normalization.
//
// Qiao, Wang, Liu, Shen, Yuille: "Rethinking Normalization and Elimination Singularity in Neural Networks", 2019,
// arXiv 1911.09738.
//
//   μ' = (1 − r) · μ + r · mean(x),   σ²' = (1 − r) · σ² + r · mean((x − μ)²)     per channel: axes [0, 1, 2] of
//   y  = γ · (x − μ') / sqrt(σ²' + ε) + β                                         x [N, H, W, C]
//
// The new variance is taken around the *old* running mean. μ' and σ²' are constants to the gradient: dx = dy · γ / sqrt(σ²' + ε).
// Inference is the same without the update. The published code starts the rate r at 0, under which nothing would ever be
// estimated, and leaves setting it to a training loop that is not published; 0.01 here is a choice of this package.

import { constants } from '@plumbline/ops';
import * as tf from '@tensorflow/tfjs-core';
import type { BatchNormParameters, BatchNormState } from './batch-norm.ts';
import { normalizeByConstants } from './normalize-by-constants.ts';

export interface EstimatedBatchNormOptions {
  /** Advance the state by the batch first, or leave it. */
  training: boolean;
  /** The share r of the new batch in the running statistics. Default 0.01. */
  rate?: number;
  /** Added to the variance. Default 1e-5. */
  epsilon?: number;
}

export const ESTIMATED_BATCH_NORM_RATE = 0.01;
export const ESTIMATED_BATCH_NORM_EPSILON = 1e-5;

/**
 * Normalizes `x` [N, …, C] by running statistics, and returns with it those it used: advanced by this batch in training,
 * the same ones in inference. A batch of any size will do, down to one value per channel.
 */
export function estimatedBatchNorm<X extends tf.Tensor>(
  x: X,
  parameters: BatchNormParameters,
  state: BatchNormState,
  options: EstimatedBatchNormOptions,
): { y: X; state: BatchNormState } {
  const { training, rate = ESTIMATED_BATCH_NORM_RATE, epsilon = ESTIMATED_BATCH_NORM_EPSILON } = options;
  if (!training) return { y: normalizeByConstants(x, parameters, state, epsilon), state };
  return tf.tidy(() => {
    const next = advanced(x, state, rate);
    return { y: normalizeByConstants(x, parameters, next, epsilon), state: { ...next } };
  });
}

function advanced(x: tf.Tensor, state: BatchNormState, rate: number): BatchNormState {
  const blend = (average: tf.Tensor, value: tf.Tensor): tf.Tensor =>
    tf.add(tf.mul(average, 1 - rate), tf.mul(value, rate));
  const [mean, variance] = constants<tf.Tensor1D>(() => {
    const rows = tf.reshape(x, [-1, x.shape[x.rank - 1] ?? 1]);
    return [
      blend(state.mean, tf.mean(rows, 0)),
      blend(state.variance, tf.mean(tf.squaredDifference(rows, state.mean), 0)),
    ];
  }) as [tf.Tensor1D, tf.Tensor1D];
  return { mean, variance };
}
