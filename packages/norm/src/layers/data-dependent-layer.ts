// What `initializeFromData` asks of a layer.

import type * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';

/** A layer whose kernel can begin from the data that enters it. */
export interface DataDependentLayer extends tfl.layers.Layer {
  /** Whether a normalizer of the layer has a data-dependent initialization. Known once the layer is built. */
  readonly startsFromData: boolean;
  /** Sets the normalizer's weights, and the bias where the method does, by the layer's input for one batch. */
  startFromData(input: tf.Tensor): void;
}

export const isDataDependentLayer = (layer: tfl.layers.Layer): layer is DataDependentLayer =>
  typeof (layer as Partial<DataDependentLayer>).startFromData === 'function' &&
  layer.built &&
  (layer as DataDependentLayer).startsFromData;
