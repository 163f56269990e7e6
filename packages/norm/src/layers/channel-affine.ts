// What `fold` asks of a normalization of activations: in inference it is an affine map of every channel.

import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';

/** The map y = scale · x + shift that a normalization is in inference; [C] each. */
export interface ChannelAffine {
  readonly scale: tf.Tensor1D;
  readonly shift: tf.Tensor1D;
}

/** The map γ (x − mean) / deviation + β. The caller disposes it. */
export const affineByDeviation = (
  { gamma, beta }: { readonly gamma: tf.Tensor1D; readonly beta: tf.Tensor1D },
  mean: tf.Tensor,
  deviation: tf.Tensor,
): ChannelAffine =>
  tf.tidy(() => {
    const scale = tf.div(gamma, deviation);
    return { scale, shift: tf.sub(beta, tf.mul(mean, scale)) } as tf.NamedTensorMap;
  }) as unknown as ChannelAffine;

/** The map γ (x − mean) / sqrt(variance + ε) + β. The caller disposes it. */
export const affineByVariance = (
  parameters: { readonly gamma: tf.Tensor1D; readonly beta: tf.Tensor1D },
  { mean, variance }: { readonly mean: tf.Tensor; readonly variance: tf.Tensor },
  epsilon: number,
): ChannelAffine =>
  tf.tidy(
    () =>
      affineByDeviation(parameters, mean, tf.sqrt(tf.add(variance, epsilon))) as unknown as tf.NamedTensorMap,
  ) as unknown as ChannelAffine;

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
