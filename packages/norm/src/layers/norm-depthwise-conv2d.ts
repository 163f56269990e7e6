// A depthwise 2-D convolution, every channel with filters of its own, whose kernel passes through an injected normalizer.

import { depthwiseConv2d, type Padding } from '@plumbline/ops';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { depthwiseFilters } from '../weights/filter-layout.ts';
import type { Initializer } from '../weights/kernel-normalizer.ts';
import type { Serialized } from '../serialization.ts';
import {
  imageChannels,
  positiveOption,
  resolveInitializer,
  resolveWindow,
  windowConfig,
  windowOutputShape,
  type ConvolutionWindowArgs,
} from './kernel-layer-options.ts';
import { NormalizedKernel } from './normalized-kernel.ts';
import { SingleKernelLayer, type SingleKernelArgs } from './single-kernel-layer.ts';

export interface NormDepthwiseConv2DArgs extends SingleKernelArgs, ConvolutionWindowArgs {
  /** Filters, and so output channels, per input channel. Default 1. */
  depthMultiplier?: number;
  /** The raw kernel at the start. Default: He's normal distribution by fan-out, kh · kw · multiplier, drawn with `seed`. */
  kernelInitializer?: Initializer | Serialized;
  /** Seed of the default initializer. Left out: another kernel each time. */
  seed?: number;
}

/**
 * y = depthwise(x, normalize(depthwiseKernel)) + bias for x [N, H, W, C], of C · multiplier channels. Weights:
 * `depthwiseKernel` [kh, kw, C, multiplier], those of the normalizer (such as `gamma` [C · multiplier]), and `bias`. The
 * same in training and inference.
 */
export class NormDepthwiseConv2D extends SingleKernelLayer<tf.Tensor4D> {
  static className = 'NormDepthwiseConv2D';
  readonly depthMultiplier: number;
  readonly kernelSize: readonly [height: number, width: number];
  readonly strides: number;
  readonly padding: Padding;
  readonly dilation: number;
  override readonly kernelInitializer: Initializer;

  constructor(args: NormDepthwiseConv2DArgs) {
    const { depthMultiplier, kernelSize, strides, padding, dilation, ...rest } = args;
    const { kernelInitializer, seed, ...layer } = rest;
    super(layer);
    this.depthMultiplier = positiveOption(this, 'depthMultiplier', depthMultiplier ?? 1);
    const window = resolveWindow(this, { kernelSize, strides, padding, dilation });
    this.kernelSize = window.kernelSize;
    this.strides = window.strides;
    this.padding = window.padding;
    this.dilation = window.dilation;
    this.kernelInitializer = resolveInitializer(this, 'kernelInitializer', kernelInitializer, {
      fan: this.kernelSize[0] * this.kernelSize[1] * this.depthMultiplier,
      seed,
    });
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    const channels = imageChannels(this, inputShape);
    const shape = [...this.kernelSize, channels, this.depthMultiplier];
    this.kernel = new NormalizedKernel(this.addWeight.bind(this), {
      layer: this,
      name: 'depthwiseKernel',
      shape,
      initializer: this.kernelInitializer,
      normalizer: this.kernelNormalizer,
      layout: depthwiseFilters(shape),
      useBias: this.useBias,
    });
    this.inputSpec = [new tfl.InputSpec({ ndim: 4, axes: { 3: channels } })];
    super.build(inputShape);
  }

  protected override respond(x: tf.Tensor, kernel: tf.Tensor): tf.Tensor {
    const { strides, padding, dilation } = this;
    return depthwiseConv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, { strides, padding, dilation });
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    return windowOutputShape(this, inputShape, this, imageChannels(this, inputShape) * this.depthMultiplier);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return {
      ...super.getConfig(),
      depthMultiplier: this.depthMultiplier,
      ...windowConfig(this),
    };
  }
}

tf.serialization.registerClass(NormDepthwiseConv2D);
