/**
 * Max-pooling with PyTorch's symmetric padding, as the ResNet stem needs it (3×3, stride 2, padding 1), and with Caffe's
 * rounding, as SqueezeNet does. TF.js's own layer knows only 'same' and 'valid', which shift the window by one pixel on
 * even sizes, or leave out the last pixels.
 */
import { onlyShape, onlyTensor, outputSize } from '@plumbline/norm';
import { maxPool } from '@plumbline/ops';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

export interface MaxPoolConfig {
  name?: string;
  /** Side of the window in pixels. */
  size: number;
  strides: number;
  /** Pixels added on every side; they never win the maximum. */
  padding: number;
  /**
   * Whether a last window that reaches over the edge counts, with the pixels that it has: the output size is rounded up, as
   * by Caffe and by PyTorch's `ceil_mode`. It takes `strides` up to `size`, and no padding. Default false.
   */
  ceil?: boolean;
}

/** Pixels to put behind `length` pixels so that the last window is whole. */
export const pixelsBehind = (length: number, { size, strides, ceil = false }: MaxPoolConfig): number =>
  ceil ? Math.max(0, Math.ceil((length - size) / strides) * strides + size - length) : 0;

export class MaxPool extends tfl.layers.Layer {
  static className = 'PlumblineMaxPool';
  readonly options: Readonly<MaxPoolConfig>;

  constructor(config: MaxPoolConfig) {
    super(config);
    this.options = config;
    const { size, strides, padding, ceil = false } = config;
    if (ceil && (padding !== 0 || strides > size)) {
      throw new Error(
        `Max-pooling "${this.name}" got ceil with size ${size}, strides ${strides} and padding ${padding}; give padding 0 and ` +
          'strides up to the size, so that every window begins inside the map.',
      );
    }
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    const [batch, height, width, channels] = onlyShape(inputShape, this.name);
    const { size, ...window } = this.options;
    const out = (length: number | null | undefined, axis: 0 | 1): number | null =>
      length === null || length === undefined
        ? null
        : outputSize(length + pixelsBehind(length, this.options), size, { ...window, dilation: 1 }, axis);
    return [batch ?? null, out(height, 0), out(width, 1), channels ?? null];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const { size, strides, padding } = this.options;
    const x = onlyTensor(inputs, this.name) as tf.Tensor4D;
    const below = pixelsBehind(x.shape[1], this.options);
    const right = pixelsBehind(x.shape[2], this.options);
    if (below + right === 0) return maxPool(x, { size, strides, padding });
    return tf.tidy(() => {
      const edges: [number, number][] = [
        [0, 0],
        [0, below],
        [0, right],
        [0, 0],
      ];
      return maxPool(tf.pad(x, edges, -Infinity), { size, strides, padding });
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { size, strides, padding, ceil = false } = this.options;
    return { ...super.getConfig(), size, strides, padding, ceil };
  }
}
tf.serialization.registerClass(MaxPool);
