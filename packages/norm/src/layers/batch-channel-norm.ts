// The layer around `batchChannelNorm`: it holds the affine maps of both steps and the running statistics of the first.

import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { batchChannelNorm, repeatedPerChannel, type BatchStep } from '../activations/batch-channel-norm.ts';
import { batchNormDefaults, type BatchNormState } from '../activations/batch-norm.ts';
import {
  ESTIMATED_BATCH_NORM_EPSILON,
  ESTIMATED_BATCH_NORM_RATE,
} from '../activations/estimated-batch-norm.ts';
import { GROUP_NORM_GROUPS } from '../activations/group-norm.ts';
import { affineByVariance, type ChannelAffine } from './channel-affine.ts';
import { ChannelNorm, type ChannelNormArgs } from './channel-norm.ts';
import { groupCountFor, type GroupCountArgs } from './group-count.ts';
import { channelsOf, layerInput, onlyShape } from './layer-arguments.ts';
import { isFrozen } from './frozen.ts';
import {
  batchUse,
  nameInUse,
  perDomain,
  type BatchUse,
  type InfersByBatch,
  type SplitsDomains,
} from './batch-statistics.ts';

export interface BatchChannelNormArgs extends ChannelNormArgs, GroupCountArgs {
  /** `estimated` (default) for micro-batches: by running statistics in training too; or `batch`, batch normalization. */
  batchStep?: BatchStep;
  /**
   * Share of the new batch in the running statistics, above 0. Default 0.01 (estimated) or 0.1 (batch). The published
   * code of the estimated step leaves it at 0, under which nothing is estimated.
   */
  rate?: number;
}

/** The group step of a `BatchChannelNorm` as a `GroupNorm` of these options and weights computes it. */
export interface GroupStep {
  readonly groups: number;
  readonly epsilon: number;
  /** The scale of each group, repeated for its channels, [C]. */
  readonly gamma: tf.Tensor1D;
  /** The offset of each group, repeated for its channels, [C]. */
  readonly beta: tf.Tensor1D;
}

/**
 * Batch-Channel Normalization over x [N, …, C]. Weights: `gamma`, `beta` per channel for the batch step, `groupGamma`,
 * `groupBeta` per group for the group step, and the state `movingMean`, `movingVariance`. While `trainable` is false
 * ("frozen"), the state is used and left alone.
 *
 * In inference the batch step is an affine map per channel, which a convolution before it can take in
 * (`batchStepAffine`); the group step depends on the sample and stays (`groupStep`).
 */
export class BatchChannelNorm extends ChannelNorm implements SplitsDomains, InfersByBatch {
  static className = 'BatchChannelNorm';
  readonly batchStep: BatchStep;
  readonly rate: number;
  readonly groups: number;
  readonly unevenGroups: 'error' | 'fit';
  sourceCount: number | null = null;
  inferByBatch = false;
  private groupGamma!: tfl.LayerVariable;
  private groupBeta!: tfl.LayerVariable;
  private movingMean!: tfl.LayerVariable;
  private movingVariance!: tfl.LayerVariable;

  constructor(args: BatchChannelNormArgs = {}) {
    const { batchStep = 'estimated', rate, groups, unevenGroups, ...channelNorm } = args;
    super(channelNorm, ESTIMATED_BATCH_NORM_EPSILON);
    this.batchStep = batchStep;
    const usualRate = batchStep === 'batch' ? batchNormDefaults.pytorch.momentum : ESTIMATED_BATCH_NORM_RATE;
    this.rate = rate ?? usualRate;
    this.groups = groups ?? GROUP_NORM_GROUPS;
    this.unevenGroups = unevenGroups ?? 'error';
    if (!['estimated', 'batch'].includes(batchStep)) {
      throw new Error(
        `BatchChannelNorm "${this.name}" got batchStep "${batchStep}": use 'estimated' or 'batch'.`,
      );
    }
    if (!(this.rate > 0 && this.rate <= 1)) {
      throw new Error(
        `BatchChannelNorm "${this.name}" got rate ${this.rate}, the share of a new batch in its running statistics: use ` +
          `a number above 0 and up to 1; at 0 nothing would be estimated.`,
      );
    }
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    const channels = channelsOf(onlyShape(inputShape, this.name), this.name);
    const groupCount = groupCountFor(channels, this, `BatchChannelNorm "${this.name}"`);
    super.build(inputShape);
    const { zeros, ones } = tfl.initializers;
    this.groupGamma = this.addWeight('groupGamma', [groupCount], 'float32', ones());
    this.groupBeta = this.addWeight('groupBeta', [groupCount], 'float32', zeros());
    this.movingMean = this.addWeight('movingMean', [channels], 'float32', zeros(), undefined, false);
    this.movingVariance = this.addWeight('movingVariance', [channels], 'float32', ones(), undefined, false);
  }

  private state(): BatchNormState {
    return {
      mean: this.movingMean.read() as tf.Tensor1D,
      variance: this.movingVariance.read() as tf.Tensor1D,
    };
  }

  private groupParameters(): { groupGamma: tf.Tensor1D; groupBeta: tf.Tensor1D } {
    return {
      groupGamma: this.groupGamma.read() as tf.Tensor1D,
      groupBeta: this.groupBeta.read() as tf.Tensor1D,
    };
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown> = {}): tf.Tensor {
    return tf.tidy(() => {
      const use = batchUse(this, kwargs, isFrozen(this));
      return perDomain(this, layerInput(inputs, this), use, (part, its) => this.normalize(part, its));
    });
  }

  private normalize(x: tf.Tensor, use: BatchUse): tf.Tensor {
    const { rate, epsilon } = this;
    // By the batch alone: the estimated step would take a small share of it.
    const batchStep = use.byBatch && !use.advances ? 'batch' : this.batchStep;
    const { y, state } = batchChannelNorm(
      x,
      { ...this.parameters(), ...this.groupParameters() },
      this.state(),
      { training: use.byBatch, batchStep, rate, epsilon },
      nameInUse(this, use),
    );
    if (use.advances) {
      this.movingMean.write(state.mean);
      this.movingVariance.write(state.variance);
    }
    return y;
  }

  /** The batch step in inference, γ / sqrt(movingVariance + ε) · x + (β − γ · movingMean / sqrt(…)). The caller disposes it. */
  batchStepAffine(): ChannelAffine {
    return affineByVariance(this.parameters(), this.state(), this.epsilon);
  }

  /**
   * The group step alone, for the layer that remains when the batch step is folded away: `new GroupNorm({ groups,
   * epsilon })` with the weights [gamma, beta]. The caller disposes the tensors.
   */
  groupStep(): GroupStep {
    const { gamma, beta } = tf.tidy(() => {
      const { groupGamma, groupBeta } = this.groupParameters();
      const channels = this.gamma.shape[0] ?? 1;
      return {
        gamma: repeatedPerChannel(groupGamma, channels),
        beta: repeatedPerChannel(groupBeta, channels),
      };
    });
    return { groups: this.groupGamma.shape[0] ?? 1, epsilon: this.epsilon, gamma, beta };
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { batchStep, rate, groups, unevenGroups } = this;
    return { ...super.getConfig(), batchStep, rate, groups, unevenGroups };
  }
}

tf.serialization.registerClass(BatchChannelNorm);
