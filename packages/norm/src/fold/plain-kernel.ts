// A layer with a kernel as `fold` sees it: numbers, and the stock TensorFlow.js layer that computes with them.

import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { ChannelAffine } from '../layers/channel-affine.ts';

/** What a kernel layer computes in inference, in the terms of a stock layer. */
export interface PlainKernel {
  /** Makes the stock layer, unbuilt, under the kernel layer's name. */
  make(useBias: boolean): tfl.layers.Layer;
  /** The weights before `kernel` in the stock layer's order: a separable convolution's depthwise kernel. */
  readonly before: readonly tf.Tensor[];
  /** The kernel whose filters are the output channels. */
  readonly kernel: tf.Tensor;
  /** The shape in which one factor per output channel multiplies `kernel`. */
  readonly channelShape: number[];
  /** Null: no bias. */
  readonly bias: tf.Tensor | null;
  /** Zeros to put around the input first, in pixels; null where the stock layer's own padding does it. */
  readonly zeroPadding: readonly [height: number, width: number] | null;
}

/**
 * The stock layer that computes scale · (kernel layer) + shift, and the weights to give it once it is built; the caller
 * disposes those. It has a bias where one is needed.
 */
export function foldedLayer(
  plain: PlainKernel,
  affine: ChannelAffine | null,
): { layer: tfl.layers.Layer; weights: tf.Tensor[] } {
  const layer = plain.make(affine !== null || plain.bias !== null);
  const weights = tf.tidy(() => {
    const before = plain.before.map((weight) => tf.clone(weight));
    if (affine === null) {
      return [...before, tf.clone(plain.kernel), ...(plain.bias === null ? [] : [tf.clone(plain.bias)])];
    }
    const kernel = tf.mul(plain.kernel, tf.reshape(affine.scale, plain.channelShape));
    const shifted =
      plain.bias === null ? affine.shift : tf.add(tf.mul(plain.bias, affine.scale), affine.shift);
    return [...before, kernel, tf.clone(shifted)];
  });
  return { layer, weights };
}

/** A layer that puts zeros around its input, as PyTorch pads. */
export const zeroPadding = (name: string, [height, width]: readonly [number, number]): tfl.layers.Layer =>
  tfl.layers.zeroPadding2d({
    name,
    padding: [
      [height, height],
      [width, width],
    ],
  });
