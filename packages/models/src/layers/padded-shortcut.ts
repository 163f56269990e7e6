/**
 * The shortcut without weights of a residual block that changes the shape (He, Zhang, Ren, Sun 2015, arXiv:1512.03385,
 * option A): every `strides`-th pixel, and zeros for the channels that the branch has more, half of them before and half
 * behind its own.
 */
import { onlyShape, onlyTensor } from '@plumbline/norm';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { everyPixel } from './every-pixel.ts';

export interface PaddedShortcutConfig {
  name?: string;
  /** From a pixel that is kept to the next, along height and width. */
  strides: number;
  /** Channels of the result: as many as come in, or an even number more. */
  filters: number;
}

/** [N, H, W, C] → [N, H/strides, W/strides, filters], rounded up. */
export class PaddedShortcut extends tfl.layers.Layer {
  static className = 'PlumblinePaddedShortcut';
  readonly strides: number;
  readonly filters: number;

  constructor(config: PaddedShortcutConfig) {
    super(config);
    this.strides = config.strides;
    this.filters = config.filters;
    for (const option of ['strides', 'filters'] as const) {
      if (Number.isInteger(this[option]) && this[option] >= 1) continue;
      throw new Error(
        `Padded shortcut "${config.name ?? ''}" got ${option} ${this[option]}; give a whole number from 1 on.`,
      );
    }
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    const [batch, height, width, channels] = onlyShape(inputShape, this.name);
    this.zeros(channels ?? 0);
    const out = (length: number | null | undefined): number | null =>
      length === null || length === undefined ? null : Math.ceil(length / this.strides);
    return [batch ?? null, out(height), out(width), this.filters];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = onlyTensor(inputs, this.name) as tf.Tensor4D;
    return tf.tidy(() => {
      const zeros = this.zeros(x.shape[3]);
      return tf.pad(everyPixel(x, this.strides), [
        [0, 0],
        [0, 0],
        [0, 0],
        [zeros, zeros],
      ]);
    });
  }

  /** Channels of zeros on either side. */
  private zeros(channels: number): number {
    const more = this.filters - channels;
    if (more >= 0 && more % 2 === 0) return more / 2;
    throw new Error(
      `Padded shortcut "${this.name}" got ${channels} channels, to make ${this.filters} of them: give it filters that are an even ` +
        'number more, or take a shortcut with a convolution.',
    );
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), strides: this.strides, filters: this.filters };
  }
}
tf.serialization.registerClass(PaddedShortcut);
