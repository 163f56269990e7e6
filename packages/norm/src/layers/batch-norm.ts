// The layer around `batchNorm`: it holds γ, β and the running averages.

import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {
  batchNorm,
  batchNormDefaults,
  type BatchNormConvention,
  type BatchNormState,
} from '../activations/batch-norm.ts';
import { affineByVariance, type ChannelAffine } from './channel-affine.ts';
import { ChannelNorm, type ChannelNormArgs } from './channel-norm.ts';
import { channelsOf, layerInput, onlyShape } from './layer-arguments.ts';
import type { RunningStatistics, StatisticsAveraging } from './running-statistics.ts';
import { isFrozen } from './frozen.ts';
import {
  batchUse,
  nameInUse,
  perDomain,
  type BatchUse,
  type InfersByBatch,
  type SplitsDomains,
} from './batch-statistics.ts';
import { oneOf } from '../one-of.ts';

export interface BatchNormArgs extends ChannelNormArgs {
  /** Share of the new batch in the running averages (pytorch, default 0.1), or of the old average (keras, 0.99). */
  momentum?: number;
  /** What momentum means, which variance is averaged, and the default ε (1e-5 or 1e-3). Default `pytorch`. */
  convention?: BatchNormConvention;
  /** Normalize by the state in training too and leave it alone, while γ and β still learn. Default false. */
  freezeStatistics?: boolean;
}

/**
 * Batch Normalization over x [N, …, C]. Weights: `gamma`, `beta`, and the state `movingMean`, `movingVariance`.
 *
 * Called with `training: true` it normalizes by the batch and advances the state; otherwise, and always while
 * `trainable` is false ("frozen") or `freezeStatistics` true, it normalizes by the state and leaves it alone. A
 * training batch with one value per channel is refused. `splitDomains` and `useBatchStatistics` change by which batch it
 * normalizes, and when.
 */
export class BatchNorm extends ChannelNorm implements RunningStatistics, SplitsDomains, InfersByBatch {
  static className = 'BatchNorm';
  readonly momentum: number;
  readonly convention: BatchNormConvention;
  freezeStatistics: boolean;
  sourceCount: number | null = null;
  inferByBatch = false;
  protected movingMean!: tfl.LayerVariable;
  protected movingVariance!: tfl.LayerVariable;

  constructor({ momentum, convention = 'pytorch', freezeStatistics = false, ...args }: BatchNormArgs = {}) {
    oneOf(`BatchNorm "${args.name ?? ''}"`, 'convention', convention, ['pytorch', 'keras']);
    super(args, batchNormDefaults[convention].epsilon);
    this.momentum = momentum ?? batchNormDefaults[convention].momentum;
    this.convention = convention;
    this.freezeStatistics = freezeStatistics;
    if (!(this.momentum >= 0 && this.momentum <= 1)) {
      throw new Error(
        `${this.getClassName()} "${this.name}" got momentum ${this.momentum}: use a number from 0 to 1.`,
      );
    }
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    super.build(inputShape);
    const shape = [channelsOf(onlyShape(inputShape, this.name), this.name)];
    const { zeros, ones } = tfl.initializers;
    this.movingMean = this.addWeight('movingMean', shape, 'float32', zeros(), undefined, false);
    this.movingVariance = this.addWeight('movingVariance', shape, 'float32', ones(), undefined, false);
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown> = {}): tf.Tensor {
    return tf.tidy(() => {
      const use = this.batchUse(kwargs);
      return perDomain(this, layerInput(inputs, this), use, (part, its) => this.normalize(part, its));
    });
  }

  protected batchUse(kwargs: Record<string, unknown>): BatchUse {
    return batchUse(this, kwargs, isFrozen(this) || this.freezeStatistics);
  }

  /** The output for a batch or one domain's part of it; advances the running statistics. */
  protected normalize(x: tf.Tensor, use: BatchUse): tf.Tensor {
    const { y, state } = this.normalized(x, use);
    if (use.advances) this.setRunningStatistics(state);
    return y;
  }

  /** The output, and the running statistics after it. */
  protected normalized(x: tf.Tensor, use: BatchUse): { y: tf.Tensor; state: BatchNormState } {
    const { epsilon, momentum, convention } = this;
    return batchNorm(
      x,
      this.parameters(),
      this.runningStatistics(),
      { training: use.byBatch, epsilon, momentum, convention },
      nameInUse(this, use),
    );
  }

  get averaging(): StatisticsAveraging {
    return this.convention === 'pytorch'
      ? { batchShare: this.momentum, variance: 'unbiased' }
      : { batchShare: 1 - this.momentum, variance: 'biased' };
  }

  /** `movingMean` and `movingVariance`. To be called inside `tf.tidy`; the caller disposes nothing. */
  runningStatistics(): BatchNormState {
    return {
      mean: this.movingMean.read() as tf.Tensor1D,
      variance: this.movingVariance.read() as tf.Tensor1D,
    };
  }

  setRunningStatistics({ mean, variance }: BatchNormState): void {
    this.movingMean.write(mean);
    this.movingVariance.write(variance);
  }

  /** In inference this layer is γ / sqrt(movingVariance + ε) · x + (β − γ · movingMean / sqrt(movingVariance + ε)). */
  inferenceAffine(): ChannelAffine {
    return tf.tidy(
      () =>
        affineByVariance(
          this.parameters(),
          this.runningStatistics(),
          this.epsilon,
        ) as unknown as tf.NamedTensorMap,
    ) as unknown as ChannelAffine;
  }

  override getConfig(): tf.serialization.ConfigDict {
    return {
      ...super.getConfig(),
      momentum: this.momentum,
      convention: this.convention,
      freezeStatistics: this.freezeStatistics,
    };
  }
}

tf.serialization.registerClass(BatchNorm);
