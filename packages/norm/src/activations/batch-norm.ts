// Batch Normalization: every channel is normalized by its mean and variance over the batch and all positions.
//
// Ioffe, Szegedy: "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift",
// 2015, arXiv 1502.03167.
//
//   y = γ · (x − μ) / sqrt(σ² + ε) + β     per channel: axes [0, 1, 2] of x [N, H, W, C], σ² biased
//
// In inference μ and σ² are running averages of the training batches'. Two conventions exist for those averages:
//   pytorch: r ← (1 − m) · r + m · s, with the unbiased batch variance; m = 0.1, ε = 1e-5
//   keras:   r ← m · r + (1 − m) · s, with the biased batch variance;   m = 0.99, ε = 1e-3

import * as tf from '@tensorflow/tfjs-core';
import { batchNormTrain } from '@plumbline/ops';
import { asImages } from './as-images.ts';
import { normalizeByConstants } from './normalize-by-constants.ts';

/** How running averages are kept: what momentum means, and which variance is averaged. */
export type BatchNormConvention = 'pytorch' | 'keras';

export interface BatchNormParameters {
  /** Scale, [C]. */
  gamma: tf.Tensor1D;
  /** Offset, [C]. */
  beta: tf.Tensor1D;
}

/** The running averages, [C] each; 0 and 1 before the first batch. */
export interface BatchNormState {
  mean: tf.Tensor1D;
  variance: tf.Tensor1D;
}

export interface BatchNormOptions {
  /** Normalize by the batch and advance the state, or normalize by the state and leave it. */
  training: boolean;
  /** Added to the variance. Default 1e-5 (pytorch) or 1e-3 (keras). */
  epsilon?: number;
  /** The share of the new batch (pytorch, default 0.1) or of the old average (keras, default 0.99). */
  momentum?: number;
  /** Default `pytorch`. */
  convention?: BatchNormConvention;
}

export const batchNormDefaults: Readonly<
  Record<BatchNormConvention, { readonly epsilon: number; readonly momentum: number }>
> = {
  pytorch: { epsilon: 1e-5, momentum: 0.1 },
  keras: { epsilon: 1e-3, momentum: 0.99 },
};

/**
 * Batch-normalizes `x` [N, …, C], and returns with it the state after this batch: new tensors in training, the same ones in
 * inference. Training needs two or more values per channel; the gradient treats the state as constant.
 *
 * @param name What an error calls this normalization. Default `Batch normalization`.
 */
export function batchNorm<X extends tf.Tensor>(
  x: X,
  { gamma, beta }: BatchNormParameters,
  state: BatchNormState,
  { training, convention = 'pytorch', ...options }: BatchNormOptions,
  name = 'Batch normalization',
): { y: X; state: BatchNormState } {
  const { epsilon, momentum } = { ...batchNormDefaults[convention], ...options };
  if (!training) {
    return { y: normalizeByConstants(x, { gamma, beta }, state, epsilon), state };
  }
  const count = x.size / (x.shape[x.rank - 1] ?? 1);
  if (count < 2) {
    throw new Error(
      `${name} got an input of shape [${x.shape.join(', ')}] in training: one value per channel has no variance, so ` +
        `the output would be constant and the gradient zero. Use a batch of 2 or more, or group normalization or ` +
        `no normalization on this branch.`,
    );
  }
  const share = convention === 'pytorch' ? momentum : 1 - momentum;
  const correction = convention === 'pytorch' ? count / (count - 1) : 1;
  return tf.tidy(() => {
    let next = state;
    const y = asImages(x, (images) => {
      const batch = batchNormTrain(images, gamma, beta, epsilon);
      next = {
        mean: blend(state.mean, batch.mean, share, 1),
        variance: blend(state.variance, batch.variance, share, correction),
      };
      return batch.y;
    });
    return { y, state: { ...next } };
  });
}

/** (1 − share) · average + share · correction · value. */
const blend = (average: tf.Tensor1D, value: tf.Tensor1D, share: number, correction: number): tf.Tensor1D =>
  tf.add(tf.mul(average, 1 - share), tf.mul(value, share * correction));
