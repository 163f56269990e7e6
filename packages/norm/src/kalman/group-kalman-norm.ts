// Group Kalman Normalization (GKN): group normalization by a blend of each group's statistics and predicted ones.
//
// Wang et al. (arXiv 1802.03133) name it without equations, and published no code for it. This is this package's reading: the
// observed moments are group normalization's, per sample and group over H, W and the group's channels; the predicted ones are
// those of the equal mixture of the group's channels; the blend and its gate are BKN's, for every sample by itself. Nothing
// depends on the batch, so there are no running statistics, and training and inference are the same function.

import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { asImages } from '../activations/as-images.ts';
import { largestGroupCount } from '../activations/group-norm.ts';
import { GroupNorm, type GroupNormArgs } from '../layers/group-norm.ts';
import { channelsOf, layerInput } from '../layers/layer-arguments.ts';
import { kalmanBlend, PREDICTION_RATE } from './blend.ts';
import { checkedRate, momentSpec, shapesWithMoments, tensorsWithMoments } from './moment-inputs.ts';
import {
  channelMoments,
  groupMoments,
  normalizeByMoments,
  packMoments,
  ungroupMoments,
  type Moments,
} from './moments.ts';
import type { MomentAware } from './signal.ts';
import { SingleRun } from './single-run.ts';

export interface GroupKalmanNormArgs extends GroupNormArgs {
  /** The weight p of the prediction. Default 0.9, BKN's for micro-batches of two; none is published for groups. */
  predictionRate?: number;
  /** Whether moments are handed on by a layer that gets none, as the first one of a network. Default false. */
  emitMoments?: boolean;
}

/**
 * Group Kalman Normalization over x [N, …, C], an interpretation (see above). Weights: `gamma` and `beta`.
 *
 * Called with [x, predicted], predicted [1, 2, C] or [N, 2, C], it returns [y, moments]; called with x alone it is group
 * normalization, and returns y, or [y, moments] with `emitMoments`. The moments are (β, γ²), [1, 2, C]: those of what leaves
 * it, for any sample. They need convolutions with `prediction: 'consistent'`.
 */
export class GroupKalmanNorm extends GroupNorm implements MomentAware {
  static override className = 'GroupKalmanNorm';
  readonly momentFlow = 'mapped';
  readonly predictionRate: number;
  readonly emitMoments: boolean;
  private readonly singleRun = new SingleRun();

  constructor({ predictionRate, emitMoments, ...args }: GroupKalmanNormArgs = {}) {
    super(args);
    this.predictionRate = checkedRate(predictionRate ?? PREDICTION_RATE, this);
    this.emitMoments = emitMoments ?? false;
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    const shapes = shapesWithMoments(inputShape, this);
    super.build(shapes.x);
    if (shapes.moments === null) return;
    this.inputSpec = [...this.inputSpec, momentSpec(channelsOf(shapes.x, this.name))];
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown> = {}): tf.Tensor {
    const { x, moments: predicted } = tensorsWithMoments(inputs, this);
    if (predicted === null && !this.emitMoments) return super.call(x);
    const given = predicted === null ? [x] : [x, predicted];
    const outputs = this.singleRun.outputs(this, given, kwargs, () =>
      tf.tidy(() => {
        const y = predicted === null ? super.call(x) : this.blended(layerInput(x, this), predicted);
        const { gamma, beta } = this.parameters();
        return [y, packMoments(beta, tf.square(gamma))];
      }),
    );
    // GroupNorm's type promises the one output it has.
    return outputs as unknown as tf.Tensor;
  }

  private blended(x: tf.Tensor, predicted: Moments): tf.Tensor {
    const channels = predicted.shape[2];
    const groups = largestGroupCount(channels, this.groups === 'channels' ? channels : this.groups);
    if (x.size / (x.shape[0] ?? 1) === groups) {
      throw new Error(
        `GroupKalmanNorm "${this.name}" with ${groups} groups got an input of shape [${x.shape.join(', ')}]: a group of a ` +
          `single value has no variance to observe. Use fewer groups, or no normalization on this branch.`,
      );
    }
    return asImages(x, (images) => {
      const observed = groupMoments(channelMoments(images, 'sample'), groups);
      const posterior = kalmanBlend(observed, groupMoments(predicted, groups), this.predictionRate);
      return normalizeByMoments(images, ungroupMoments(posterior, channels), this.parameters(), this.epsilon);
    });
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    const { x, moments } = shapesWithMoments(inputShape, this);
    if (moments === null && !this.emitMoments) return x;
    return [x, [1, 2, channelsOf(x, this.name)]] as unknown as tfl.Shape;
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { predictionRate, emitMoments } = this;
    return { ...super.getConfig(), predictionRate, emitMoments };
  }
}

tf.serialization.registerClass(GroupKalmanNorm);
