// Group Normalization, with Layer and Instance Normalization as its two ends: no batch statistic, the same function in
// training and inference.
//
// Wu, He: "Group Normalization", 2018, arXiv 1803.08494.
// One group:            Ba, Kiros, Hinton: "Layer Normalization", 2016, arXiv 1607.06450.
// One group a channel:  Ulyanov, Vedaldi, Lempitsky: "Instance Normalization", 2016, arXiv 1607.08022.
//
//   y = γ · (x − μ) / sqrt(σ² + ε) + β     per sample and group of C/G neighbouring channels: over H, W and the
//                                          group's channels of x [N, H, W, C]; σ² biased, γ and β per channel

import type * as tf from '@tensorflow/tfjs-core';
import { groupNorm as groupNormOp } from '@plumbline/ops';
import { asImages } from './as-images.ts';

export interface GroupNormParameters {
  /** Scale, [C]. */
  gamma: tf.Tensor1D;
  /** Offset, [C]. */
  beta: tf.Tensor1D;
}

export interface GroupNormOptions {
  /** Number of groups, a divisor of C; `channels` means as many as there are channels. Default 32. */
  groups?: number | 'channels';
  /** Added to the variance. Default 1e-5. */
  epsilon?: number;
}

export const GROUP_NORM_GROUPS = 32;
export const GROUP_NORM_EPSILON = 1e-5;

/**
 * Group-normalizes `x` [N, …, C] into a tensor of the same shape.
 *
 * @param name What an error calls this normalization. Default `Group normalization`.
 */
export function groupNorm<X extends tf.Tensor>(
  x: X,
  { gamma, beta }: GroupNormParameters,
  { groups = GROUP_NORM_GROUPS, epsilon = GROUP_NORM_EPSILON }: GroupNormOptions = {},
  name = 'Group normalization',
): X {
  const channels = x.shape[x.rank - 1] ?? 1;
  const groupCount = groups === 'channels' ? channels : groups;
  if (!Number.isInteger(groupCount) || groupCount < 1 || channels % groupCount !== 0) {
    throw new Error(
      `${name} with ${groupCount} groups got an input of ${channels} channels, which they do not divide: ` +
        `use ${largestGroupCount(channels, groupCount)} groups, or another number of channels.`,
    );
  }
  if (x.size / (x.shape[0] ?? 1) === groupCount) {
    throw new Error(
      `${name} with ${groupCount} groups got an input of shape [${x.shape.join(', ')}]: each group of a ` +
        `sample is a single value, which normalizes to zero. Use fewer groups (layer normalization), or no ` +
        `normalization on this branch.`,
    );
  }
  return asImages(x, (images) => groupNormOp(images, gamma, beta, groupCount, epsilon));
}

/** Layer normalization over all positions and channels of a sample: group normalization with one group. */
export const layerNorm = <X extends tf.Tensor>(
  x: X,
  parameters: GroupNormParameters,
  options: Omit<GroupNormOptions, 'groups'> = {},
): X => groupNorm(x, parameters, { ...options, groups: 1 });

/** Instance normalization over the positions of each channel of a sample; undefined for 1×1 maps, which it refuses. */
export const instanceNorm = <X extends tf.Tensor>(
  x: X,
  parameters: GroupNormParameters,
  options: Omit<GroupNormOptions, 'groups'> = {},
): X => groupNorm(x, parameters, { ...options, groups: 'channels' });

/**
 * The number of groups to use for `channels` where `groups` were asked for: `groups` itself where it divides, else
 * the largest smaller divisor that leaves two or more channels in a group.
 */
export function largestGroupCount(channels: number, groups: number): number {
  if (Number.isInteger(groups) && groups >= 1 && channels % groups === 0) return groups;
  for (let count = Math.floor(Math.min(groups, channels / 2)); count > 1; count--) {
    if (channels % count === 0) return count;
  }
  return 1;
}
