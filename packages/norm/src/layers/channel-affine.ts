// What `fold` asks of a normalization of activations: in inference it is an affine map of every channel.

import type * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';

/** The map y = scale · x + shift that a normalization is in inference; [C] each. */
export interface ChannelAffine {
  readonly scale: tf.Tensor1D;
  readonly shift: tf.Tensor1D;
}

/** A layer whose running statistics make it an affine map per channel in inference, so that a convolution can take it in. */
export interface AffineInInference extends tfl.layers.Layer {
  /** Scale and shift with the present weights. The caller disposes them. */
  inferenceAffine(): ChannelAffine;
  /** Whether it is such a map as it is configured. Default true. */
  readonly isAffine?: boolean;
}

export const isAffineInInference = (layer: tfl.layers.Layer): layer is AffineInInference => {
  const { inferenceAffine, isAffine = true } = layer as Partial<AffineInInference>;
  return typeof inferenceAffine === 'function' && isAffine;
};
