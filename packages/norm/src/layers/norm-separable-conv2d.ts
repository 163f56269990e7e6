// A depthwise convolution followed by a 1×1 convolution, each of whose kernels passes through an injected normalizer.

import { conv2d, depthwiseConv2d, type Padding } from '@plumbline/ops';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { convolutionFilters, depthwiseFilters } from '../weights/filter-layout.ts';
import {
  resolveKernelNormalizer,
  type Initializer,
  type KernelNormalizer,
} from '../weights/kernel-normalizer.ts';
import { layerSeed } from '../layer-seed.ts';
import { serialize, type Serialized } from '../serialization.ts';
import {
  imageChannels,
  normalizerConfig,
  positiveOption,
  resolveInitializer,
  resolveWindow,
  windowConfig,
  windowOutputShape,
  type ConvolutionWindowArgs,
} from './kernel-layer-options.ts';
import { layerInput, type LayerArguments } from './layer-arguments.ts';
import { NormalizedKernel } from './normalized-kernel.ts';

export interface NormSeparableConv2DArgs extends LayerArguments, ConvolutionWindowArgs {
  /** Number of filters, the output channels. */
  filters: number;
  /** Channels between the two convolutions per input channel. Default 1. */
  depthMultiplier?: number;
  /** Whether an offset per filter is added, after the 1×1 convolution. Default true. */
  useBias?: boolean;
  /** The raw depthwise kernel at the start. Default: He's normal distribution by fan-out, drawn with `seed`. */
  depthwiseInitializer?: Initializer | Serialized;
  /** The raw pointwise kernel at the start. Default: He's normal distribution by fan-out, drawn with `seed`. */
  pointwiseInitializer?: Initializer | Serialized;
  /** Seed of the default initializers; each kernel has its own draw. Left out: others each time. */
  seed?: number;
  /** Maps the raw depthwise kernel, kh · kw weights per filter, to the one that is used; null (default): as it is. */
  depthwiseNormalizer?: KernelNormalizer | Serialized | null;
  /** Maps the raw pointwise kernel to the one that is used; null (default): as it is. May be the same object. */
  pointwiseNormalizer?: KernelNormalizer | Serialized | null;
}

/**
 * y = conv1×1(depthwise(x, normalize(depthwiseKernel)), normalize(pointwiseKernel)) + bias for x [N, H, W, C]. Weights:
 * `depthwiseKernel` [kh, kw, C, multiplier], those of its normalizer (such as `depthwise/gamma`), `pointwiseKernel`
 * [1, 1, C · multiplier, filters], those of its normalizer (`pointwise/gamma`), and `bias` [filters]. The same in training
 * and inference.
 */
export class NormSeparableConv2D extends tfl.layers.Layer {
  static className = 'NormSeparableConv2D';
  readonly filters: number;
  readonly depthMultiplier: number;
  readonly kernelSize: readonly [height: number, width: number];
  readonly strides: number;
  readonly padding: Padding;
  readonly dilation: number;
  readonly useBias: boolean;
  readonly depthwiseInitializer: Initializer;
  readonly pointwiseInitializer: Initializer;
  readonly depthwiseNormalizer: KernelNormalizer | null;
  readonly pointwiseNormalizer: KernelNormalizer | null;
  private depthwise!: NormalizedKernel;
  private pointwise!: NormalizedKernel;

  constructor(args: NormSeparableConv2DArgs) {
    const { filters, depthMultiplier, kernelSize, strides, padding, dilation, ...rest } = args;
    const { useBias, seed, depthwiseInitializer, pointwiseInitializer, ...others } = rest;
    const { depthwiseNormalizer, pointwiseNormalizer, ...layer } = others;
    super(layer);
    this.filters = positiveOption(this, 'filters', filters);
    this.depthMultiplier = positiveOption(this, 'depthMultiplier', depthMultiplier ?? 1);
    const window = resolveWindow(this, { kernelSize, strides, padding, dilation });
    this.kernelSize = window.kernelSize;
    this.strides = window.strides;
    this.padding = window.padding;
    this.dilation = window.dilation;
    this.useBias = useBias ?? true;
    const seedOf = (kernel: string): number | undefined =>
      seed === undefined ? undefined : layerSeed(seed, kernel);
    this.depthwiseInitializer = resolveInitializer(this, 'depthwiseInitializer', depthwiseInitializer, {
      fan: this.kernelSize[0] * this.kernelSize[1] * this.depthMultiplier,
      seed: seedOf('depthwiseKernel'),
    });
    this.pointwiseInitializer = resolveInitializer(this, 'pointwiseInitializer', pointwiseInitializer, {
      fan: this.filters,
      seed: seedOf('pointwiseKernel'),
    });
    this.depthwiseNormalizer = resolveKernelNormalizer(
      depthwiseNormalizer,
      `depthwiseNormalizer of layer "${this.name}"`,
    );
    this.pointwiseNormalizer = resolveKernelNormalizer(
      pointwiseNormalizer,
      `pointwiseNormalizer of layer "${this.name}"`,
    );
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    const channels = imageChannels(this, inputShape);
    const depthwiseShape = [...this.kernelSize, channels, this.depthMultiplier];
    this.depthwise = new NormalizedKernel(this.addWeight.bind(this), {
      layer: this,
      name: 'depthwiseKernel',
      shape: depthwiseShape,
      initializer: this.depthwiseInitializer,
      normalizer: this.depthwiseNormalizer,
      layout: depthwiseFilters(depthwiseShape),
      prefix: 'depthwise/',
      useBias: false,
    });
    const pointwiseShape = [1, 1, channels * this.depthMultiplier, this.filters];
    this.pointwise = new NormalizedKernel(this.addWeight.bind(this), {
      layer: this,
      name: 'pointwiseKernel',
      shape: pointwiseShape,
      initializer: this.pointwiseInitializer,
      normalizer: this.pointwiseNormalizer,
      layout: convolutionFilters(pointwiseShape),
      prefix: 'pointwise/',
      useBias: this.useBias,
    });
    this.inputSpec = [new tfl.InputSpec({ ndim: 4, axes: { 3: channels } })];
    super.build(inputShape);
  }

  /** The depthwise kernel the layer convolves with now. The caller disposes it. */
  effectiveDepthwiseKernel(): tf.Tensor4D {
    return this.depthwise.effectiveKernel();
  }

  /** The pointwise kernel the layer convolves with now. The caller disposes it. */
  effectivePointwiseKernel(): tf.Tensor4D {
    return this.pointwise.effectiveKernel();
  }

  /** The bias [filters] now; null without one. The caller disposes it. */
  effectiveBias(): tf.Tensor1D | null {
    return this.pointwise.effectiveBias();
  }

  /** Whether one of the normalizers has a data-dependent initialization. Known once the layer is built. */
  get startsFromData(): boolean {
    return this.depthwise.startsFromData || this.pointwise.startsFromData;
  }

  /**
   * Sets the normalizers' weights, and the bias where the method does, by this input: first the depthwise kernel's, then
   * the pointwise one's by what comes out of it. See `initializeFromData`.
   */
  startFromData(input: tf.Tensor): void {
    tf.tidy(() => {
      this.depthwise.startFromData((kernel) => this.respondDepthwise(input, kernel));
      const between = this.depthwise.apply((kernel) => this.respondDepthwise(input, kernel));
      this.pointwise.startFromData((kernel) => respondPointwise(between, kernel));
    });
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = layerInput(inputs, this);
      const between = this.depthwise.apply((kernel) => this.respondDepthwise(x, kernel));
      return this.pointwise.apply((kernel) => respondPointwise(between, kernel));
    });
  }

  private respondDepthwise(x: tf.Tensor, kernel: tf.Tensor): tf.Tensor {
    const { strides, padding, dilation } = this;
    return depthwiseConv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, { strides, padding, dilation });
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    return windowOutputShape(this, inputShape, this, this.filters);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return {
      ...super.getConfig(),
      filters: this.filters,
      depthMultiplier: this.depthMultiplier,
      ...windowConfig(this),
      useBias: this.useBias,
      depthwiseInitializer: serialize(this.depthwiseInitializer),
      pointwiseInitializer: serialize(this.pointwiseInitializer),
      depthwiseNormalizer: normalizerConfig(this.depthwiseNormalizer),
      pointwiseNormalizer: normalizerConfig(this.pointwiseNormalizer),
    };
  }
}

const respondPointwise = (x: tf.Tensor, kernel: tf.Tensor): tf.Tensor =>
  conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D);

tf.serialization.registerClass(NormSeparableConv2D);
