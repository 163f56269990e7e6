// EvoNorm-B0 and EvoNorm-S0: a normalization and its non-linearity in one expression, found by search. No activation
// function follows them.
//
// Liu, Brock, Simonyan, Le: "Evolving Normalization-Activation Layers", 2020, arXiv 2004.02967.
//
//   B0: y = γ · x / max(sqrt(σ²_batch + ε), v · x + sqrt(σ²_instance + ε)) + β     over N, H, W; over H, W of each sample
//   S0: y = γ · x · sigmoid(v · x) / sqrt(σ²_group + ε) + β                        over H, W and C/G channels of each sample
//
// for x [N, H, W, C]; variances are biased, γ, β and v per channel. Only B0 has a state, the running average of σ²_batch with
// its unbiased value; its other deviation is the sample's own in inference too, so it is no affine map there.

import { constant, relu } from '@plumbline/ops';
import * as tf from '@tensorflow/tfjs-core';
import { asPositions } from './as-positions.ts';
import type { BatchNormParameters } from './batch-norm.ts';
import { GROUP_NORM_GROUPS, largestGroupCount } from './group-norm.ts';
import { requireTwoValues } from './require-two-values.ts';

export interface EvoNormParameters extends BatchNormParameters {
  /** Slope of the non-linearity, [C]; 1 at the start. */
  v: tf.Tensor1D;
}

export interface EvoNormB0Options {
  /** Use the batch's variance and advance the running one, or use the running one and leave it. */
  training: boolean;
  /** Share of the new batch in the running variance. Default 0.1. */
  momentum?: number;
  /** Added to the variances. Default 1e-3. */
  epsilon?: number;
}

export const EVO_NORM_B0_MOMENTUM = 0.1;
export const EVO_NORM_B0_EPSILON = 1e-3;
export const EVO_NORM_S0_EPSILON = 1e-5;

/** Biased variance of `x` [N, P, C] over `axes`, kept as axes of length 1. */
const varianceOver = (x: tf.Tensor, axes: number[]): tf.Tensor =>
  tf.mean(tf.square(tf.sub(x, tf.mean(x, axes, true))), axes, true);

/**
 * EvoNorm-B0 of `x` [N, …, C], and the running variance [C] after this batch, or the same one in inference. Training needs
 * two or more values per channel.
 *
 * @param name What an error calls this normalization. Default `EvoNorm-B0`.
 */
export function evoNormB0<X extends tf.Tensor>(
  x: X,
  { gamma, beta, v }: EvoNormParameters,
  variance: tf.Tensor1D,
  { training, momentum = EVO_NORM_B0_MOMENTUM, epsilon = EVO_NORM_B0_EPSILON }: EvoNormB0Options,
  name = 'EvoNorm-B0',
): { y: X; variance: tf.Tensor1D } {
  if (training) requireTwoValues(x, name);
  const count = x.size / gamma.size;
  return tf.tidy(() => {
    let next = variance;
    const y = asPositions(x, (positions) => {
      const batch = training ? varianceOver(positions, [0, 1]) : variance;
      if (training) {
        next = constant(() => {
          const unbiased = tf.mul(tf.reshape(batch, [-1]), count / (count - 1));
          return tf.add(tf.mul(variance, 1 - momentum), tf.mul(unbiased, momentum)) as tf.Tensor1D;
        });
      }
      const ofBatch = tf.sqrt(tf.add(batch, epsilon));
      const ofInstance = tf.sqrt(tf.add(varianceOver(positions, [1]), epsilon));
      // max(a, b) as a + max(b − a, 0): the gradient of tf.maximum does not know of broadcasting.
      const excess = relu(tf.sub(tf.add(tf.mul(positions, v), ofInstance), ofBatch));
      return tf.add(tf.mul(tf.div(positions, tf.add(excess, ofBatch)), gamma), beta);
    });
    return { y, variance: next };
  });
}

export interface EvoNormS0Options {
  /** Number of groups, a divisor of C. Default 32. */
  groups?: number;
  /** Added to the variance. Default 1e-5. */
  epsilon?: number;
}

/**
 * EvoNorm-S0 of `x` [N, …, C]; the same in training and inference.
 *
 * @param name What an error calls this normalization. Default `EvoNorm-S0`.
 */
export function evoNormS0<X extends tf.Tensor>(
  x: X,
  { gamma, beta, v }: EvoNormParameters,
  { groups = GROUP_NORM_GROUPS, epsilon = EVO_NORM_S0_EPSILON }: EvoNormS0Options = {},
  name = 'EvoNorm-S0',
): X {
  const channels = gamma.size;
  if (!Number.isInteger(groups) || groups < 1 || channels % groups !== 0) {
    throw new Error(
      `${name} with ${groups} groups got an input of ${channels} channels, which they do not divide: use ` +
        `${largestGroupCount(channels, groups)} groups, or another number of channels.`,
    );
  }
  if (x.size / (x.shape[0] ?? 1) === groups) {
    throw new Error(
      `${name} with ${groups} groups got an input of shape [${x.shape.join(', ')}]: each group of a sample is a single ` +
        `value, which has no variance. Use fewer groups, or no normalization on this branch.`,
    );
  }
  return tf.tidy(() =>
    asPositions(x, (positions) => {
      const pooled = (map: tf.Tensor): tf.Tensor => overGroups(tf.mean(map, 1, true), groups);
      const variance = pooled(tf.square(tf.sub(positions, pooled(positions))));
      const activated = tf.mul(positions, tf.sigmoid(tf.mul(positions, v)));
      const inverse = tf.rsqrt(tf.add(variance, epsilon));
      return tf.add(tf.mul(tf.mul(activated, inverse), gamma), beta);
    }),
  );
}

/** The mean of each group of channels of `values` [N, 1, C], given to all channels of the group. */
function overGroups(values: tf.Tensor, groups: number): tf.Tensor {
  const [samples = 1, , channels = 1] = values.shape;
  const members = channels / groups;
  const means = tf.mean(tf.reshape(values, [samples, groups, members]), 2, true);
  return tf.reshape(tf.mul(means, tf.ones([1, 1, members])), values.shape);
}
