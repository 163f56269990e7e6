// The moments of activations that nothing was predicted of, as those of the first layers are: what a batch has.

import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { channelsOf, layerInput, onlyShape } from '../layers/layer-arguments.ts';
import { oneOf } from '../one-of.ts';
import { channelMoments } from './moments.ts';
import type { MomentAware } from './signal.ts';

/** Of the whole batch, or of each image alone. */
export type ObservedOver = 'batch' | 'sample';

export interface ObservedMomentsArgs {
  name?: string;
  over: ObservedOver;
}

/** x [N, H, W, C] → moments [1, 2, C], or with `sample` [N, 2, C]. */
export class ObservedMoments extends tfl.layers.Layer implements MomentAware {
  static className = 'ObservedMoments';
  readonly momentFlow = 'apart';
  readonly over: ObservedOver;

  constructor({ over, ...args }: ObservedMomentsArgs) {
    super(args);
    this.over = oneOf(`ObservedMoments "${this.name}"`, 'over', over, ['batch', 'sample']);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return channelMoments(layerInput(inputs, this) as tf.Tensor4D, this.over);
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    const shape = onlyShape(inputShape, this.name);
    return [this.over === 'batch' ? 1 : (shape[0] ?? null), 2, channelsOf(shape, this.name)];
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), over: this.over };
  }
}

tf.serialization.registerClass(ObservedMoments);
