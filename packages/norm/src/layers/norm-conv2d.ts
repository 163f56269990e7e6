// A 2-D convolution whose kernel passes through an injected normalizer before it is used.

import { conv2d, type Padding } from '@plumbline/ops';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { convolutionFilters } from '../weights/filter-layout.ts';
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

export interface NormConv2DArgs extends SingleKernelArgs, ConvolutionWindowArgs {
  /** Number of filters, the output channels. */
  filters: number;
  /**
   * In how many groups channels and filters are divided: the first of `groups` filter groups sees the first of as many groups of
   * channels alone, and so on (Xie et al. 2016, arXiv:1611.05431). Must divide both. Default 1.
   */
  groups?: number;
  /** The raw kernel at the start. Default: He's normal distribution by fan-out, kh · kw · filters / groups, drawn with `seed`. */
  kernelInitializer?: Initializer | Serialized;
  /** Seed of the default initializer. Left out: another kernel each time. */
  seed?: number;
}

/**
 * y = conv(x, normalize(kernel)) + bias for x [N, H, W, Cin]. Weights: `kernel` [kh, kw, Cin / groups, filters],
 * those of the normalizer (such as `gamma`), and `bias` [filters]. The same in training and inference.
 */
export class NormConv2D extends SingleKernelLayer<tf.Tensor4D> {
  static className = 'NormConv2D';
  readonly filters: number;
  readonly groups: number;
  readonly kernelSize: readonly [height: number, width: number];
  readonly strides: number;
  readonly padding: Padding;
  readonly dilation: number;
  override readonly kernelInitializer: Initializer;

  constructor(args: NormConv2DArgs) {
    const { filters, groups = 1, kernelSize, strides, padding, dilation, ...rest } = args;
    const { kernelInitializer, seed, ...layer } = rest;
    super(layer);
    this.filters = positiveOption(this, 'filters', filters);
    this.groups = positiveOption(this, 'groups', groups);
    if (filters % groups !== 0) {
      throw new Error(
        `NormConv2D "${this.name}" got ${filters} filters in ${groups} groups: give a number that divides them.`,
      );
    }
    const window = resolveWindow(this, { kernelSize, strides, padding, dilation });
    this.kernelSize = window.kernelSize;
    this.strides = window.strides;
    this.padding = window.padding;
    this.dilation = window.dilation;
    this.kernelInitializer = resolveInitializer(this, 'kernelInitializer', kernelInitializer, {
      fan: (this.kernelSize[0] * this.kernelSize[1] * this.filters) / this.groups,
      seed,
    });
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    const channels = imageChannels(this, inputShape);
    if (channels % this.groups !== 0) {
      throw new Error(
        `NormConv2D "${this.name}" got ${channels} channels in ${this.groups} groups: give a number that divides them.`,
      );
    }
    const shape = [...this.kernelSize, channels / this.groups, this.filters];
    this.kernel = new NormalizedKernel(this.addWeight.bind(this), {
      layer: this,
      name: 'kernel',
      shape,
      initializer: this.kernelInitializer,
      normalizer: this.kernelNormalizer,
      layout: convolutionFilters(shape, this.groups),
      useBias: this.useBias,
    });
    this.inputSpec = [new tfl.InputSpec({ ndim: 4, axes: { 3: channels } })];
    super.build(inputShape);
  }

  protected override respond(x: tf.Tensor, kernel: tf.Tensor): tf.Tensor {
    const { strides, padding, dilation, groups } = this;
    return conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, { strides, padding, dilation, groups });
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    return windowOutputShape(this, inputShape, this, this.filters);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return {
      ...super.getConfig(),
      filters: this.filters,
      groups: this.groups,
      ...windowConfig(this),
    };
  }
}

tf.serialization.registerClass(NormConv2D);
