// TensorFlow.js's own batch normalization, as `fold`, `convert` and the tools for domains see it.

import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { affineByVariance, type ChannelAffine } from '../layers/channel-affine.ts';

/** Whether `layer` is TensorFlow.js's own batch normalization. */
export const isStockBatchNorm = (layer: tfl.layers.Layer): boolean =>
  layer.getClassName() === 'BatchNormalization';

/** Whether a built stock batch normalization normalizes the last axis, where this package has the channels. */
export function onLastAxis(layer: tfl.layers.Layer): boolean {
  const axis = Number(layer.getConfig()['axis']);
  return axis === -1 || axis + 1 === layer.inputSpec[0]?.ndim;
}

/** The affine map of a stock batch normalization in inference. The caller disposes it. */
export function stockAffine(layer: tfl.layers.Layer): ChannelAffine {
  const { epsilon, scale: hasScale, center: hasCenter } = layer.getConfig();
  return tf.tidy(() => {
    const weights = layer.getWeights();
    const [mean, variance] = weights.slice(-2) as [tf.Tensor1D, tf.Tensor1D];
    const gamma = hasScale === true ? (weights[0] as tf.Tensor1D) : tf.onesLike(variance);
    const beta = hasCenter === true ? (weights.at(-3) as tf.Tensor1D) : tf.zerosLike(variance);
    return affineByVariance(
      { gamma, beta },
      { mean, variance },
      Number(epsilon),
    ) as unknown as tf.NamedTensorMap;
  }) as unknown as ChannelAffine;
}
