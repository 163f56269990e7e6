/**
 * Average-pooling that leaves out what lies outside: the mean over a window that begins at a pixel, `size` taps a side,
 * `dilation` pixels apart, of which only those inside the map count. Without dilation it is PyTorch's
 * `AvgPool2d(size, strides, ceil_mode=True, count_include_pad=False)`, which ResNet-D has in its shortcuts.
 *
 * TF.js's own layer knows no dilation, and the gradient of its plain JavaScript and WebGL backends divides by the whole
 * window also at the border. Here mean after mean along height and width is made of operations with exact gradients.
 */
import { onlyShape, onlyTensor } from '@plumbline/norm';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { everyAlong } from './every-pixel.ts';

export interface AveragePoolConfig {
  name?: string;
  /** Taps on each side of the window. */
  size: number;
  /** Pixels between neighbouring windows. */
  strides: number;
  /** Pixels between neighbouring taps. Default 1. */
  dilation?: number;
}

type Window = Required<Omit<AveragePoolConfig, 'name'>>;

/** Means along the middle axis of [outer, length, inner], then every `strides`-th of them. */
function meansAlong(x: tf.Tensor3D, { size, strides, dilation }: Window): tf.Tensor3D {
  const [outer, length, inner] = x.shape;
  const out = Math.ceil(length / strides);
  const padded = tf.pad(x, [
    [0, 0],
    [0, Math.max((size - 1) * dilation, out * strides - length)],
    [0, 0],
  ]);
  const taps = Array.from({ length: size }, (_, tap) =>
    tf.slice(padded, [0, tap * dilation, 0], [outer, length, inner]),
  );
  const counts = Array.from(
    { length },
    (_, at) => taps.filter((_tap, k) => at + k * dilation < length).length,
  );
  const shares = tf.tensor3d(
    counts.map((count) => 1 / count),
    [1, length, 1],
  );
  return everyAlong(tf.mul<tf.Tensor3D>(tf.addN(taps), shares), strides);
}

/** `x` [N, H, W, C] → [N, H/strides, W/strides, C], rounded up. */
export function averagePool(x: tf.Tensor4D, window: Window): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  return tf.tidy(() => {
    const rows = meansAlong(tf.reshape(x, [batch, height, width * channels]), window);
    const outHeight = rows.shape[1];
    const columns = meansAlong(tf.reshape(rows, [batch * outHeight, width, channels]), window);
    return tf.reshape(columns, [batch, outHeight, columns.shape[1], channels]);
  });
}

export class AveragePool extends tfl.layers.Layer {
  static className = 'PlumblineAveragePool';
  readonly window: Window;

  constructor(config: AveragePoolConfig) {
    super(config);
    const { size, strides, dilation = 1 } = config;
    this.window = { size, strides, dilation };
    for (const [option, value] of Object.entries(this.window)) {
      if (Number.isInteger(value) && value >= 1) continue;
      throw new Error(
        `Average pooling "${config.name ?? ''}" got ${option} ${value}; give a whole number from 1 on.`,
      );
    }
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    const [batch, height, width, channels] = onlyShape(inputShape, this.name);
    const out = (length: number | null | undefined): number | null =>
      length === null || length === undefined ? null : Math.ceil(length / this.window.strides);
    return [batch ?? null, out(height), out(width), channels ?? null];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return averagePool(onlyTensor(inputs, this.name) as tf.Tensor4D, this.window);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...this.window };
  }
}
tf.serialization.registerClass(AveragePool);
