/**
 * Max-pooling with PyTorch's symmetric padding, as the ResNet stem needs it (3×3, stride 2, padding 1).
 * TF.js's own layer knows only 'same' and 'valid', which shift the window by one pixel on even sizes.
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
}

export class MaxPool extends tfl.layers.Layer {
  static className = 'PlumblineMaxPool';
  readonly options: Readonly<MaxPoolConfig>;

  constructor(config: MaxPoolConfig) {
    super(config);
    this.options = config;
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    const [batch, height, width, channels] = onlyShape(inputShape, this.name);
    const { size, ...window } = this.options;
    const out = (length: number | null | undefined, axis: 0 | 1): number | null =>
      outputSize(length, size, { ...window, dilation: 1 }, axis);
    return [batch ?? null, out(height, 0), out(width, 1), channels ?? null];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const { size, strides, padding } = this.options;
    return maxPool(onlyTensor(inputs, this.name) as tf.Tensor4D, { size, strides, padding });
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { size, strides, padding } = this.options;
    return { ...super.getConfig(), size, strides, padding };
  }
}
tf.serialization.registerClass(MaxPool);
