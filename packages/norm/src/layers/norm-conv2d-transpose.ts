// A transposed 2-D convolution ("deconvolution"), which enlarges a map, whose kernel passes through an injected normalizer.

import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { convolutionFilters } from '../weights/filter-layout.ts';
import type { Initializer, KernelNormalizer } from '../weights/kernel-normalizer.ts';
import type { Serialized } from '../serialization.ts';
import { imageChannels, positiveOption, resolveInitializer, resolveWindow } from './kernel-layer-options.ts';
import { onlyShape } from './layer-arguments.ts';
import { NormalizedKernel } from './normalized-kernel.ts';
import { SingleKernelLayer, type SingleKernelArgs } from './single-kernel-layer.ts';

export interface NormConv2DTransposeArgs extends SingleKernelArgs {
  /** Number of filters, the output channels. */
  filters: number;
  /** Height and width of the kernel in taps, or both at once. */
  kernelSize: number | readonly [height: number, width: number];
  /** Output pixels per input pixel. Default 1. */
  strides?: number;
  /** `same` (default): input · strides pixels; `valid`: max(kernel − strides, 0) more of them. */
  padding?: 'same' | 'valid';
  /** The raw kernel at the start. Default: He's normal distribution by fan-out, kh · kw · filters, drawn with `seed`. */
  kernelInitializer?: Initializer | Serialized;
  /** Seed of the default initializer. Left out: another kernel each time. */
  seed?: number;
  /**
   * Maps the raw kernel to the one that is used; null (default) uses it as it is. A filter is what makes one output
   * channel: kh · kw · Cin weights, of which one output pixel meets about 1/strides².
   */
  kernelNormalizer?: KernelNormalizer | Serialized | null;
}

/**
 * y = transposed conv(x, normalize(kernel)) + bias for x [N, H, W, Cin]. Weights: `kernel` [kh, kw, filters, Cin] as in
 * Keras, those of the normalizer (such as `gamma` [filters]), and `bias` [filters]. The same in training and inference.
 */
export class NormConv2DTranspose extends SingleKernelLayer<tf.Tensor4D> {
  static className = 'NormConv2DTranspose';
  readonly filters: number;
  readonly kernelSize: readonly [height: number, width: number];
  readonly strides: number;
  readonly padding: 'same' | 'valid';
  readonly dilation = 1;
  override readonly kernelInitializer: Initializer;

  constructor(args: NormConv2DTransposeArgs) {
    const { filters, kernelSize, strides, padding = 'same', ...rest } = args;
    const { kernelInitializer, seed, ...layer } = rest;
    super(layer);
    this.filters = positiveOption(this, 'filters', filters);
    const window = resolveWindow(this, { kernelSize, strides });
    this.kernelSize = window.kernelSize;
    this.strides = window.strides;
    if ((padding as unknown) !== 'same' && (padding as unknown) !== 'valid') {
      throw new Error(
        `NormConv2DTranspose "${this.name}" got padding ${JSON.stringify(padding)}: use "same" or "valid".`,
      );
    }
    this.padding = padding;
    this.kernelInitializer = resolveInitializer(this, 'kernelInitializer', kernelInitializer, {
      fan: this.kernelSize[0] * this.kernelSize[1] * this.filters,
      seed,
    });
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    const channels = imageChannels(this, inputShape);
    this.kernel = new NormalizedKernel(this.addWeight.bind(this), {
      layer: this,
      name: 'kernel',
      shape: [...this.kernelSize, this.filters, channels],
      initializer: this.kernelInitializer,
      normalizer: this.kernelNormalizer,
      layout: convolutionFilters([...this.kernelSize, channels, this.filters]),
      filtersBeforeChannels: true,
      useBias: this.useBias,
    });
    this.inputSpec = [new tfl.InputSpec({ ndim: 4, axes: { 3: channels } })];
    super.build(inputShape);
  }

  protected override respond(x: tf.Tensor, kernel: tf.Tensor): tf.Tensor {
    const shape = this.computeOutputShape(x.shape) as [number, number, number, number];
    return tf.conv2dTranspose(x as tf.Tensor4D, kernel as tf.Tensor4D, shape, this.strides, this.padding);
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    const [samples, height, width] = onlyShape(inputShape, this.name);
    const size = (pixels: number | null | undefined, taps: number): number | null => {
      if (pixels === null || pixels === undefined) return null;
      return pixels * this.strides + (this.padding === 'same' ? 0 : Math.max(taps - this.strides, 0));
    };
    return [samples ?? null, size(height, this.kernelSize[0]), size(width, this.kernelSize[1]), this.filters];
  }

  override getConfig(): tf.serialization.ConfigDict {
    return {
      ...super.getConfig(),
      filters: this.filters,
      kernelSize: [...this.kernelSize],
      strides: this.strides,
      padding: this.padding,
    };
  }
}

tf.serialization.registerClass(NormConv2DTranspose);
