// The layer around `batchRenorm`: it holds γ, β, the running averages and the count of training steps.

import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {
  batchRenorm,
  batchRenormDefaults,
  type BatchRenormState,
  type RenormAverage,
  type RenormBound,
} from '../activations/batch-renorm.ts';
import { affineByDeviation, type ChannelAffine } from './channel-affine.ts';
import { ChannelNorm, type ChannelNormArgs } from './channel-norm.ts';
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

export interface BatchRenormArgs extends ChannelNormArgs {
  /** Share of the new batch in the running averages. Default 0.01, the paper's. */
  momentum?: number;
  /**
   * Bound of the scale correction r, ≥ 1: a number, or a ramp over the layer's training steps. Default: the paper's,
   * 1 for 5,000 steps, then up to 3 at 40,000. Fit the ramp to the length of your training.
   */
  rMax?: RenormBound;
  /** Bound of the offset correction |d|, ≥ 0. Default: 0 for 5,000 steps, then up to 5 at 25,000. */
  dMax?: RenormBound;
  /** What is averaged for inference: `deviation` (default, the paper) or `variance` (Chainer; unbiased, ε at use). */
  average?: RenormAverage;
}

/**
 * Batch Renormalization over x [N, …, C]. Weights: `gamma`, `beta`, and the state `movingMean`, `movingDeviation` (or
 * `movingVariance`, as `average` says) and `step`.
 *
 * Called with `training: true` it normalizes by the corrected batch and advances the state; otherwise, and always while
 * `trainable` is false ("frozen"), it normalizes by the state and leaves it alone. A training batch with one value per
 * channel is refused.
 */
export class BatchRenorm extends ChannelNorm implements SplitsDomains, InfersByBatch {
  static className = 'BatchRenorm';
  readonly momentum: number;
  readonly rMax: RenormBound;
  readonly dMax: RenormBound;
  readonly average: RenormAverage;
  sourceCount: number | null = null;
  inferByBatch = false;
  private movingMean!: tfl.LayerVariable;
  private movingSpread!: tfl.LayerVariable;
  private step!: tfl.LayerVariable;

  constructor({ momentum, rMax, dMax, average, ...args }: BatchRenormArgs = {}) {
    super(args, batchRenormDefaults.epsilon);
    this.momentum = momentum ?? batchRenormDefaults.momentum;
    this.rMax = this.bound('rMax', rMax ?? batchRenormDefaults.rMax, 1);
    this.dMax = this.bound('dMax', dMax ?? batchRenormDefaults.dMax, 0);
    this.average = average ?? batchRenormDefaults.average;
    if (!(this.momentum >= 0 && this.momentum <= 1)) {
      throw new Error(`BatchRenorm "${this.name}" got momentum ${this.momentum}: use a number from 0 to 1.`);
    }
    if (!['deviation', 'variance'].includes(this.average)) {
      throw new Error(
        `BatchRenorm "${this.name}" got average "${this.average}": use 'deviation' or 'variance'.`,
      );
    }
  }

  private bound(option: string, bound: RenormBound, least: number): RenormBound {
    const values = typeof bound === 'number' ? [bound] : [bound.initial, bound.final];
    for (const value of values) {
      if (value >= least) continue;
      throw new Error(`BatchRenorm "${this.name}" got ${option} ${value}: use a number ≥ ${least}.`);
    }
    if (typeof bound === 'number') return bound;
    if (bound.from < bound.to) return { ...bound };
    throw new Error(
      `BatchRenorm "${this.name}" got ${option} from step ${bound.from} to step ${bound.to}: let it end after it ` +
        `begins, or give one number for a constant bound.`,
    );
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    super.build(inputShape);
    const shape = [channelsOf(onlyShape(inputShape, this.name), this.name)];
    const { zeros, ones } = tfl.initializers;
    const spread = this.average === 'variance' ? 'movingVariance' : 'movingDeviation';
    this.movingMean = this.addWeight('movingMean', shape, 'float32', zeros(), undefined, false);
    this.movingSpread = this.addWeight(spread, shape, 'float32', ones(), undefined, false);
    this.step = this.addWeight('step', [], 'float32', zeros(), undefined, false);
  }

  private state(): BatchRenormState {
    return {
      mean: this.movingMean.read() as tf.Tensor1D,
      spread: this.movingSpread.read() as tf.Tensor1D,
      step: this.step.read() as tf.Scalar,
    };
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown> = {}): tf.Tensor {
    return tf.tidy(() => {
      const use = batchUse(this, kwargs, isFrozen(this));
      return perDomain(this, layerInput(inputs, this), use, (part, its) => this.normalize(part, its));
    });
  }

  private normalize(x: tf.Tensor, use: BatchUse): tf.Tensor {
    const { epsilon, momentum, average } = this;
    // By the batch alone: the corrections would lead back to the running averages.
    const bounds = use.advances ? { rMax: this.rMax, dMax: this.dMax } : { rMax: 1, dMax: 0 };
    const { y, state } = batchRenorm(
      x,
      this.parameters(),
      this.state(),
      { training: use.byBatch, epsilon, momentum, average, ...bounds },
      nameInUse(this, use),
    );
    if (use.advances) {
      this.movingMean.write(state.mean);
      this.movingSpread.write(state.spread);
      this.step.write(state.step);
    }
    return y;
  }

  /** In inference this layer is γ / σ · x + (β − γ · movingMean / σ), σ the running deviation. */
  inferenceAffine(): ChannelAffine {
    return tf.tidy(() => {
      const { mean, spread } = this.state();
      const deviation = this.average === 'variance' ? tf.sqrt(tf.add(spread, this.epsilon)) : spread;
      return affineByDeviation(this.parameters(), mean, deviation) as unknown as tf.NamedTensorMap;
    }) as unknown as ChannelAffine;
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { momentum, rMax, dMax, average } = this;
    return { ...super.getConfig(), momentum, rMax, dMax, average };
  }
}

tf.serialization.registerClass(BatchRenorm);
