// Batch-Channel Normalization: a batch step over each channel, then a group step over the channels of each sample.
//
// Qiao, Wang, Liu, Shen, Yuille: "Rethinking Normalization and Elimination Singularity in Neural Networks", 2019,
// arXiv 1911.09738; part of "Micro-Batch Training with Batch-Channel Normalization and Weight Standardization",
// arXiv 1903.10520.
//
//   u = batch normalization or estimated batch normalization of x, with γ and β per channel
//   y = γ' · (u − μ) / sqrt(σ² + ε) + β'     per sample and group: over H, W and the group's channels of u [N, H, W, C],
//                                            σ² biased, γ' and β' per *group*
//
// The affine map per group is what sets the second step apart from group normalization, which has one per channel.

import * as tf from '@tensorflow/tfjs-core';
import { batchNorm, type BatchNormParameters, type BatchNormState } from './batch-norm.ts';
import { ESTIMATED_BATCH_NORM_EPSILON, estimatedBatchNorm } from './estimated-batch-norm.ts';
import { groupNorm } from './group-norm.ts';

/** The first step: by the batch where it is large, by running estimates where it is small. */
export type BatchStep = 'estimated' | 'batch';

export interface BatchChannelNormParameters extends BatchNormParameters {
  /** Scale of the group step, [groups]; its length is the number of groups. */
  groupGamma: tf.Tensor1D;
  /** Offset of the group step, [groups]. */
  groupBeta: tf.Tensor1D;
}

export interface BatchChannelNormOptions {
  /** Advance the state, or leave it. */
  training: boolean;
  /** Default `estimated`. */
  batchStep?: BatchStep;
  /** The share of the new batch in the running statistics. Default: that of the batch step, 0.01 or 0.1. */
  rate?: number;
  /** Added to the variances of both steps. Default 1e-5. */
  epsilon?: number;
}

/**
 * Batch-channel-normalizes `x` [N, …, C], and returns with it the state of the batch step after this batch. The batch
 * step `batch` needs two or more values per channel in training.
 *
 * @param name What an error calls this normalization. Default `Batch-channel normalization`.
 */
export function batchChannelNorm<X extends tf.Tensor>(
  x: X,
  { gamma, beta, groupGamma, groupBeta }: BatchChannelNormParameters,
  state: BatchNormState,
  options: BatchChannelNormOptions,
  name = 'Batch-channel normalization',
): { y: X; state: BatchNormState } {
  const { training, batchStep = 'estimated', rate, epsilon = ESTIMATED_BATCH_NORM_EPSILON } = options;
  return tf.tidy(() => {
    const first =
      batchStep === 'batch'
        ? batchNorm(
            x,
            { gamma, beta },
            state,
            { training, epsilon, ...(rate === undefined ? {} : { momentum: rate }) },
            name,
          )
        : estimatedBatchNorm(x, { gamma, beta }, state, {
            training,
            epsilon,
            ...(rate === undefined ? {} : { rate }),
          });
    if (gamma.size % groupGamma.size !== 0) {
      throw new Error(
        `${name} got ${groupGamma.size} groups for ${gamma.size} channels, which they do not divide: give groupGamma and ` +
          `groupBeta one value per group of a number that does.`,
      );
    }
    const perChannel = {
      gamma: repeatedPerChannel(groupGamma, gamma.size),
      beta: repeatedPerChannel(groupBeta, gamma.size),
    };
    const y = groupNorm(first.y, perChannel, { groups: groupGamma.size, epsilon }, name);
    return { y, state: { ...first.state } };
  });
}

/** Values per group [groups] as values per channel [channels]: each is given to all channels of its group. */
export function repeatedPerChannel(perGroup: tf.Tensor1D, channels: number): tf.Tensor1D {
  const members = channels / perGroup.size;
  return tf.reshape(tf.mul(tf.reshape(perGroup, [perGroup.size, 1]), tf.ones([1, members])), [channels]);
}
