// Batch Kalman Normalization (BKN): batch normalization by a blend of the batch's statistics and predicted ones.

import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { asImages } from '../activations/as-images.ts';
import { batchNorm } from '../activations/batch-norm.ts';
import { affineByVariance, type ChannelAffine } from '../layers/channel-affine.ts';
import { ChannelNorm, type ChannelNormArgs } from '../layers/channel-norm.ts';
import { channelsOf, layerInput } from '../layers/layer-arguments.ts';
import { kalmanBlend, PREDICTION_RATE } from './blend.ts';
import { checkedRate, momentSpec, shapesWithMoments, tensorsWithMoments } from './moment-inputs.ts';
import { channelMoments, normalizeByMoments, packMoments, type Moments } from './moments.ts';
import type { KalmanPrediction } from './predict.ts';
import type { MomentAware } from './signal.ts';
import { SingleRun } from './single-run.ts';
import { isFrozen } from '../layers/frozen.ts';
import {
  batchUse,
  domainParts,
  nameInUse,
  perDomain,
  type BatchUse,
  type InfersByBatch,
  type SplitsDomains,
} from '../layers/batch-statistics.ts';
import { oneOf } from '../one-of.ts';

export interface BatchKalmanNormArgs extends ChannelNormArgs {
  /**
   * The weight p of the prediction. Default 0.9, the authors' value for micro-batches of two images; theirs for batches of
   * 128 is 0.05.
   */
  predictionRate?: number;
  /** Which moments are handed on; the same as that of the convolutions. Default `reference`. */
  prediction?: KalmanPrediction;
  /** Whether moments are handed on by a layer that gets none, as the first one of a network. Default false. */
  emitMoments?: boolean;
  /** Share of the new moments in the running averages. Default 0.1. */
  momentum?: number;
}

/**
 * Batch Kalman Normalization over x [N, …, C]. Weights: `gamma`, `beta`, and the state `movingMean`, `movingVariance`, running
 * averages of the (blended) moments it normalized by.
 *
 * Called with [x, predicted], predicted [1, 2, C], it returns [y, moments], moments [1, 2, C] for the next convolution: the
 * blended ones (`reference`) or (β, γ²) (`consistent`). Called with x alone it is batch normalization, with the biased
 * variance in its running average too, and returns y, or [y, moments] with `emitMoments`.
 *
 * In inference, and while `trainable` is false, it normalizes by the running averages, which then stand for the blended
 * moments, and leaves them alone; the prediction is not looked at. A training batch with one value per channel is refused.
 * Of a batch that `splitDomains` splits the moments are [2, 2, C], a row for each domain.
 */
export class BatchKalmanNorm extends ChannelNorm implements MomentAware, SplitsDomains, InfersByBatch {
  static className = 'BatchKalmanNorm';
  readonly momentFlow = 'mapped';
  readonly predictionRate: number;
  readonly prediction: KalmanPrediction;
  readonly emitMoments: boolean;
  readonly momentum: number;
  sourceCount: number | null = null;
  inferByBatch = false;
  private movingMean!: tfl.LayerVariable;
  private movingVariance!: tfl.LayerVariable;
  private readonly singleRun = new SingleRun();

  constructor({ predictionRate, prediction, emitMoments, momentum, ...args }: BatchKalmanNormArgs = {}) {
    super(args, 1e-5);
    this.predictionRate = checkedRate(predictionRate ?? PREDICTION_RATE, this);
    this.prediction = oneOf(`BatchKalmanNorm "${this.name}"`, 'prediction', prediction ?? 'reference', [
      'reference',
      'consistent',
    ]);
    this.emitMoments = emitMoments ?? false;
    this.momentum = momentum ?? 0.1;
    if (!(this.momentum >= 0 && this.momentum <= 1)) {
      throw new Error(
        `BatchKalmanNorm "${this.name}" got momentum ${this.momentum}: use a number from 0 to 1.`,
      );
    }
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    const shapes = shapesWithMoments(inputShape, this);
    super.build(shapes.x);
    const channels = channelsOf(shapes.x, this.name);
    const { zeros, ones } = tfl.initializers;
    this.movingMean = this.addWeight('movingMean', [channels], 'float32', zeros(), undefined, false);
    this.movingVariance = this.addWeight('movingVariance', [channels], 'float32', ones(), undefined, false);
    if (shapes.moments !== null) this.inputSpec = [...this.inputSpec, momentSpec(channels)];
  }

  override call(
    inputs: tf.Tensor | tf.Tensor[],
    kwargs: Record<string, unknown> = {},
  ): tf.Tensor | tf.Tensor[] {
    const { x, moments: predicted } = tensorsWithMoments(inputs, this);
    const use = batchUse(this, kwargs, isFrozen(this));
    if (predicted === null && !this.emitMoments) {
      return tf.tidy(() => perDomain(this, layerInput(x, this), use, (part, its) => this.plain(part, its)));
    }
    const given = predicted === null ? [x] : [x, predicted];
    return this.singleRun.outputs(this, given, kwargs, () =>
      tf.tidy(() => this.withMoments(layerInput(x, this), predicted, use)),
    );
  }

  /** The output and its moments; of a split batch, those of each domain, [2, 2, C]. */
  private withMoments(x: tf.Tensor, predicted: Moments | null, use: BatchUse): [tf.Tensor, Moments] {
    const parts = domainParts(this, x, use);
    const outputs = parts.map(({ part, use: its }) =>
      this.partWithMoments(part, rowOf(predicted, its.domain ?? 0), its),
    );
    const [only] = outputs;
    if (only !== undefined && outputs.length === 1) return only;
    return [tf.concat(outputs.map(([y]) => y)), tf.concat(outputs.map(([, moments]) => moments))];
  }

  private partWithMoments(x: tf.Tensor, predicted: Moments | null, use: BatchUse): [tf.Tensor, Moments] {
    if (predicted !== null && use.advances) return this.blended(x, predicted);
    const y = this.plain(x, use);
    return [y, this.handedOn(() => (use.byBatch ? observe(x) : this.averages()))];
  }

  /** Batch normalization. */
  private plain(x: tf.Tensor, use: BatchUse): tf.Tensor {
    const { y, state } = batchNorm(
      x,
      this.parameters(),
      {
        mean: this.movingMean.read() as tf.Tensor1D,
        variance: this.movingVariance.read() as tf.Tensor1D,
      },
      // Keras' convention averages the biased variance; its momentum is the old average's share.
      { training: use.byBatch, epsilon: this.epsilon, momentum: 1 - this.momentum, convention: 'keras' },
      nameInUse(this, use),
    );
    if (use.advances) {
      this.movingMean.write(state.mean);
      this.movingVariance.write(state.variance);
    }
    return y;
  }

  private blended(input: tf.Tensor, predicted: Moments): [y: tf.Tensor, moments: Moments] {
    if (input.size === predicted.shape[2]) {
      throw new Error(
        `BatchKalmanNorm "${this.name}" got an input of shape [${input.shape.join(', ')}] in training: one value per channel ` +
          `has no variance to observe. Use a batch of 2 or more, or no normalization on this branch.`,
      );
    }
    const posterior = kalmanBlend(observe(input), predicted, this.predictionRate);
    const y = asImages(input, (images) =>
      normalizeByMoments(images, posterior, this.parameters(), this.epsilon),
    );
    const average = tf.add(tf.mul(this.averages(), 1 - this.momentum), tf.mul(posterior, this.momentum));
    const [mean, variance] = tf.unstack(tf.squeeze(average, [0]));
    this.movingMean.write(mean as tf.Tensor);
    this.movingVariance.write(variance as tf.Tensor);
    return [y, this.handedOn(() => posterior)];
  }

  private averages(): Moments {
    return packMoments(this.movingMean.read(), this.movingVariance.read());
  }

  private handedOn(posterior: () => Moments): Moments {
    if (this.prediction === 'reference') return posterior();
    const { gamma, beta } = this.parameters();
    return packMoments(beta, tf.square(gamma));
  }

  /** In inference this layer is γ / sqrt(movingVariance + ε) · x + (β − γ · movingMean / sqrt(movingVariance + ε)). */
  inferenceAffine(): ChannelAffine {
    const statistics = { mean: this.movingMean.read(), variance: this.movingVariance.read() };
    return affineByVariance(this.parameters(), statistics, this.epsilon);
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    const { x, moments } = shapesWithMoments(inputShape, this);
    if (moments === null && !this.emitMoments) return x;
    // ChannelNorm's type promises the one output that its other layers have.
    return [x, [1, 2, channelsOf(x, this.name)]] as unknown as tfl.Shape;
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { predictionRate, prediction, emitMoments, momentum } = this;
    return { ...super.getConfig(), predictionRate, prediction, emitMoments, momentum };
  }
}

/** The prediction for one domain: its row of those for both, or the one there is. */
const rowOf = (predicted: Moments | null, domain: number): Moments | null =>
  predicted === null || predicted.shape[0] === 1
    ? predicted
    : tf.slice(predicted, [domain, 0, 0], [1, -1, -1]);

/** Mean and biased variance per channel over the batch and all positions of x [N, …, C]; [1, 2, C]. */
const observe = (x: tf.Tensor): Moments => {
  const channels = x.shape[x.rank - 1] ?? 1;
  return channelMoments(x.rank === 4 ? (x as tf.Tensor4D) : tf.reshape(x, [-1, 1, 1, channels]), 'batch');
};

tf.serialization.registerClass(BatchKalmanNorm);
