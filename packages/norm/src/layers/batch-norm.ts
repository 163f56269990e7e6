// The layer around `batchNorm`: it holds γ, β and the running averages.

import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { batchNorm, batchNormDefaults, type BatchNormConvention } from '../activations/batch-norm.ts';
import type { ChannelAffine } from './channel-affine.ts';
import { ChannelNorm, type ChannelNormArgs } from './channel-norm.ts';
import { channelsOf, layerInput, onlyShape } from './layer-arguments.ts';

export interface BatchNormArgs extends ChannelNormArgs {
  /** Share of the new batch in the running averages (pytorch, default 0.1), or of the old average (keras, 0.99). */
  momentum?: number;
  /** What momentum means, which variance is averaged, and the default ε (1e-5 or 1e-3). Default `pytorch`. */
  convention?: BatchNormConvention;
}

/**
 * Batch Normalization over x [N, …, C]. Weights: `gamma`, `beta`, and the state `movingMean`, `movingVariance`.
 *
 * Called with `training: true` it normalizes by the batch and advances the state; otherwise, and always while
 * `trainable` is false ("frozen"), it normalizes by the state and leaves it alone. A training batch with one value
 * per channel is refused.
 */
export class BatchNorm extends ChannelNorm {
  static className = 'BatchNorm';
  readonly momentum: number;
  readonly convention: BatchNormConvention;
  private movingMean!: tfl.LayerVariable;
  private movingVariance!: tfl.LayerVariable;

  constructor({ momentum, convention = 'pytorch', ...args }: BatchNormArgs = {}) {
    super(args, batchNormDefaults[convention].epsilon);
    this.momentum = momentum ?? batchNormDefaults[convention].momentum;
    this.convention = convention;
    if (!(this.momentum >= 0 && this.momentum <= 1)) {
      throw new Error(`BatchNorm "${this.name}" got momentum ${this.momentum}: use a number from 0 to 1.`);
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
      const training = kwargs['training'] === true && this.trainable;
      const { epsilon, momentum, convention } = this;
      const { y, state } = batchNorm(
        layerInput(inputs, this),
        this.parameters(),
        {
          mean: this.movingMean.read() as tf.Tensor1D,
          variance: this.movingVariance.read() as tf.Tensor1D,
        },
        { training, epsilon, momentum, convention },
        `BatchNorm "${this.name}"`,
      );
      if (training) {
        this.movingMean.write(state.mean);
        this.movingVariance.write(state.variance);
      }
      return y;
    });
  }

  /** In inference this layer is γ / sqrt(movingVariance + ε) · x + (β − γ · movingMean / sqrt(movingVariance + ε)). */
  inferenceAffine(): ChannelAffine {
    return tf.tidy(() => {
      const { gamma, beta } = this.parameters();
      const scale = tf.mul(gamma, tf.rsqrt(tf.add(this.movingVariance.read(), this.epsilon)));
      return { scale, shift: tf.sub(beta, tf.mul(this.movingMean.read(), scale)) } as tf.NamedTensorMap;
    }) as unknown as ChannelAffine;
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), momentum: this.momentum, convention: this.convention };
  }
}

tf.serialization.registerClass(BatchNorm);
