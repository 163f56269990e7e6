// TensorFlow.js's own kernel layers, as `fold` and `convert` see them.

import type * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { PlainKernel } from './plain-kernel.ts';

const stockKernelClasses = [
  'Conv2D',
  'DepthwiseConv2D',
  'SeparableConv2D',
  'Conv2DTranspose',
  'Dense',
] as const;
export type StockKernelClass = (typeof stockKernelClasses)[number];

/** Which of TensorFlow.js's kernel layers `layer` is; null if it is none. */
export const stockKernelClass = (layer: tfl.layers.Layer): StockKernelClass | null =>
  stockKernelClasses.find((name) => name === layer.getClassName()) ?? null;

/** The name of the activation inside a stock kernel layer, `linear` if there is none. */
export const activationInside = (layer: tfl.layers.Layer): string => String(layer.getConfig()['activation']);

/** Whether the channels are the first axis of its maps, after the samples, and not the last. */
export const hasChannelsFirst = (layer: tfl.layers.Layer): boolean =>
  layer.getConfig()['dataFormat'] === 'channelsFirst';

/** Whether `layer` is a stock kernel layer that computes nothing after its kernel and bias, with the channels last. */
export const isPlainStockKernel = (layer: tfl.layers.Layer): boolean =>
  stockKernelClass(layer) !== null && activationInside(layer) === 'linear' && !hasChannelsFirst(layer);

/** The shape in which one factor per output channel multiplies a stock kernel. */
function channelShapeOf(kernel: tf.Tensor, className: StockKernelClass): number[] {
  const [, , third = 1, fourth = 1] = kernel.shape;
  if (className === 'DepthwiseConv2D') return [third, fourth];
  if (className === 'Conv2DTranspose') return [third, 1];
  return [kernel.shape.at(-1) ?? 1];
}

/** The kernel of a built stock layer; null for other layers. Its tensors are the layer's own: do not dispose them. */
export function stockKernel(layer: tfl.layers.Layer): PlainKernel | null {
  const className = stockKernelClass(layer);
  if (className === null) return null;
  const config = layer.getConfig();
  const weights = layer.getWeights();
  const kernelIndex = className === 'SeparableConv2D' ? 1 : 0;
  const kernel = weights[kernelIndex];
  if (kernel === undefined) throw new Error(`Layer "${layer.name}" has no weights: build the model first.`);
  const constructor = layer.constructor as tf.serialization.SerializableConstructor<tfl.layers.Layer>;
  return {
    make: (useBias) => constructor.fromConfig(constructor, { ...config, useBias }),
    before: weights.slice(0, kernelIndex),
    kernel,
    channelShape: channelShapeOf(kernel, className),
    bias: weights[kernelIndex + 1] ?? null,
    zeroPadding: null,
  };
}
