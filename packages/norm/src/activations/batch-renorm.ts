// Batch Renormalization: batch statistics for the gradient, and running averages, through two bounded corrections, for
// the values, so that training sees nearly what inference computes.
//
// Ioffe: "Batch Renormalization: Towards Reducing Minibatch Dependence in Batch-Normalized Models", 2017,
// arXiv 1702.03275.
//
//   y = γ · ((x − μB) / σB · r + d) + β     per channel: axes [0, 1, 2] of x [N, H, W, C]; σB = sqrt(variance + ε), biased
//   r = clip(σB / σ, 1 / rMax, rMax),  d = clip((μB − μ) / σ, −dMax, dMax)     constants to the gradient
//
// μ and σ are the running averages before this batch. The bounds grow while training settles: at rMax = 1 and dMax = 0 this
// is batch normalization, unbounded it would be y = γ · (x − μ) / σ + β, which is what inference computes. Two
// readings of the running σ exist: the paper averages σB itself (`deviation`), Chainer the unbiased batch variance with ε
// added when it is used (`variance`).

import * as tf from '@tensorflow/tfjs-core';
import { batchNormTrain, constants } from '@plumbline/ops';
import { asImages } from './as-images.ts';
import type { BatchNormParameters } from './batch-norm.ts';
import { normalizeByConstants } from './normalize-by-constants.ts';
import { requireTwoValues } from './require-two-values.ts';

/** A bound that goes from `initial` to `final` in a straight line between two training steps, and is constant outside. */
export type RenormRamp = {
  initial: number;
  final: number;
  /** Last step at `initial`, counted from 0. */
  from: number;
  /** First step at `final`. */
  to: number;
};

/** A constant bound, or one that changes with the training step. */
export type RenormBound = number | RenormRamp;

/** What is averaged for σ: σB, or the unbiased variance. */
export type RenormAverage = 'deviation' | 'variance';

/** The paper's schedule for training an image classifier over some 100,000 steps. */
export const batchRenormDefaults = {
  epsilon: 1e-5,
  /** The paper's update rate of the averages. */
  momentum: 0.01,
  rMax: { initial: 1, final: 3, from: 5000, to: 40_000 },
  dMax: { initial: 0, final: 5, from: 5000, to: 25_000 },
  average: 'deviation',
} as const;

export interface BatchRenormState {
  /** Running mean, [C]; 0 before the first batch. */
  mean: tf.Tensor1D;
  /** Running deviation or variance, as `average` says, [C]; 1 before the first batch. */
  spread: tf.Tensor1D;
  /** Training steps made, a scalar. In float32 it is exact to 16.7 million. */
  step: tf.Scalar;
}

export interface BatchRenormOptions {
  /** Normalize by the corrected batch and advance the state, or normalize by the state and leave it. */
  training: boolean;
  /** Added to the variance, inside the root. Default 1e-5. */
  epsilon?: number;
  /** The share of the new batch in the averages. Default 0.01, the paper's. */
  momentum?: number;
  /** Bound of r, ≥ 1. Default: 1 for 5,000 steps, then up to 3 at 40,000. */
  rMax?: RenormBound;
  /** Bound of |d|, ≥ 0. Default: 0 for 5,000 steps, then up to 5 at 25,000. */
  dMax?: RenormBound;
  /** Default `deviation`, the paper's. */
  average?: RenormAverage;
}

/**
 * Batch-renormalizes `x` [N, …, C], and returns with it the state after this batch: new tensors in training, the same
 * ones in inference. Training needs two or more values per channel.
 *
 * @param name What an error calls this normalization. Default `Batch renormalization`.
 */
export function batchRenorm<X extends tf.Tensor>(
  x: X,
  { gamma, beta }: BatchNormParameters,
  state: BatchRenormState,
  { training, ...options }: BatchRenormOptions,
  name = 'Batch renormalization',
): { y: X; state: BatchRenormState } {
  const { epsilon, momentum, rMax, dMax, average } = { ...batchRenormDefaults, ...options };
  if (!training) {
    const y = tf.tidy(() => {
      const variance = average === 'variance' ? state.spread : tf.square(state.spread);
      // A running deviation has the ε of its batches inside.
      const added = average === 'variance' ? epsilon : 0;
      return normalizeByConstants(x, { gamma, beta }, { mean: state.mean, variance }, added);
    });
    return { y, state };
  }
  const count = x.size / gamma.size;
  requireTwoValues(x, name);
  return tf.tidy(() => {
    let next = state;
    const y = asImages(x, (images) => {
      const batch = batchNormTrain(images, tf.onesLike(gamma), tf.zerosLike(beta), epsilon);
      const [r, d, mean, spread] = constants<tf.Tensor1D>(() => {
        const deviation = tf.sqrt(tf.add(batch.variance, epsilon));
        const running = average === 'variance' ? tf.sqrt(tf.add(state.spread, epsilon)) : state.spread;
        const seen = average === 'variance' ? tf.mul(batch.variance, count / (count - 1)) : deviation;
        return [
          clipScale(tf.div(deviation, running), boundAt(rMax, state.step)),
          clipOffset(tf.div(tf.sub(batch.mean, state.mean), running), boundAt(dMax, state.step)),
          blend(state.mean, batch.mean, momentum),
          blend(state.spread, seen, momentum),
        ];
      }) as [tf.Tensor1D, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
      next = { mean, spread, step: tf.add(state.step, 1) };
      const offset = tf.add(tf.mul(gamma, d), beta);
      return tf.add(tf.mul(batch.y, tf.mul(gamma, r)), offset);
    });
    return { y, state: { ...next } };
  });
}

/** The bound at `step`, made of tensors alone so that a recorded step follows the schedule. */
function boundAt(bound: RenormBound, step: tf.Scalar): number | tf.Tensor {
  if (typeof bound === 'number') return bound;
  const progress = tf.clipByValue(tf.div(tf.sub(step, bound.from), bound.to - bound.from), 0, 1);
  return tf.add(tf.mul(progress, bound.final - bound.initial), bound.initial);
}

const clipScale = (r: tf.Tensor, max: number | tf.Tensor): tf.Tensor =>
  tf.minimum(tf.maximum(r, tf.div(1, max)), max);
const clipOffset = (d: tf.Tensor, max: number | tf.Tensor): tf.Tensor =>
  tf.minimum(tf.maximum(d, tf.mul(-1, max)), max);

/** (1 − share) · average + share · value. */
const blend = (average: tf.Tensor, value: tf.Tensor, share: number): tf.Tensor =>
  tf.add(tf.mul(average, 1 - share), tf.mul(value, share));
