// A 2-D convolution whose kernel passes through an injected normalizer before it is used.

import { conv2d, type Padding } from '@plumbline/ops';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { convolutionFilters, type FilterLayout } from '../weights/filter-layout.ts';
import {
  resolveKernelNormalizer,
  type Initializer,
  type KernelNormalizer,
} from '../weights/kernel-normalizer.ts';
import { deserialize, serialize, type Serialized } from '../serialization.ts';
import { outputSize } from './convolution-geometry.ts';
import { channelsOf, layerInput, onlyShape, type LayerArguments } from './layer-arguments.ts';

export interface NormConv2DArgs extends LayerArguments {
  /** Number of filters, the output channels. */
  filters: number;
  /** Height and width of the kernel in taps, or both at once. */
  kernelSize: number | readonly [height: number, width: number];
  /** Pixels between neighbouring outputs. Default 1. */
  strides?: number;
  /** `same` (default), `valid`, or pixels on every side as PyTorch pads: p or [height, width]. */
  padding?: Padding;
  /** Pixels between neighbouring taps of the kernel. Default 1; with strides above 1 it must be 1. */
  dilation?: number;
  /** Whether an offset per filter is added. Default true. */
  useBias?: boolean;
  /** The raw kernel at the start. Default: He's normal distribution by fan-out, drawn with `seed`. */
  kernelInitializer?: Initializer | Serialized;
  /** Seed of the default initializer. Left out: another kernel each time. */
  seed?: number;
  /** Maps the raw kernel to the one that is used; null (default) uses it as it is. */
  kernelNormalizer?: KernelNormalizer | Serialized | null;
}

/**
 * y = conv(x, normalize(kernel)) + bias for x [N, H, W, Cin]. Weights: `kernel` [kh, kw, Cin, filters], those of
 * the normalizer (such as `gamma`), and `bias` [filters]. The same in training and inference.
 */
export class NormConv2D extends tfl.layers.Layer {
  static className = 'NormConv2D';
  readonly filters: number;
  readonly kernelSize: readonly [height: number, width: number];
  readonly strides: number;
  readonly padding: Padding;
  readonly dilation: number;
  readonly useBias: boolean;
  readonly kernelInitializer: Initializer;
  readonly kernelNormalizer: KernelNormalizer | null;
  private layout!: FilterLayout;
  private kernel!: tfl.LayerVariable;
  private normalizerWeights: tfl.LayerVariable[] = [];
  private bias: tfl.LayerVariable | null = null;

  constructor(args: NormConv2DArgs) {
    const { filters, kernelSize, strides, padding, dilation, useBias, ...rest } = args;
    const { kernelInitializer, seed, kernelNormalizer, ...layer } = rest;
    super(layer);
    const [height, width] = typeof kernelSize === 'number' ? [kernelSize, kernelSize] : kernelSize;
    this.filters = this.positive('filters', filters);
    this.kernelSize = [this.positive('kernelSize', height), this.positive('kernelSize', width)];
    this.strides = this.positive('strides', strides ?? 1);
    this.dilation = this.positive('dilation', dilation ?? 1);
    this.padding = padding ?? 'same';
    this.useBias = useBias ?? true;
    this.kernelInitializer = this.resolveInitializer(kernelInitializer, seed);
    this.kernelNormalizer = resolveKernelNormalizer(kernelNormalizer, this.name);
    if (this.strides > 1 && this.dilation > 1) {
      throw new Error(
        `NormConv2D "${this.name}" has strides ${this.strides} and dilation ${this.dilation}: one of them must be 1.`,
      );
    }
  }

  private positive(option: string, value: number): number {
    if (Number.isInteger(value) && value >= 1) return value;
    throw new Error(`NormConv2D "${this.name}" got ${option} ${value}: use a whole number ≥ 1.`);
  }

  private resolveInitializer(
    given: Initializer | Serialized | undefined,
    seed: number | undefined,
  ): Initializer {
    if (given === undefined) {
      const stddev = Math.sqrt(2 / (this.kernelSize[0] * this.kernelSize[1] * this.filters));
      return tfl.initializers.randomNormal({ mean: 0, stddev, ...(seed === undefined ? {} : { seed }) });
    }
    if (given instanceof tf.serialization.Serializable) return given;
    return deserialize(given, `the kernelInitializer of layer "${this.name}"`) as Initializer;
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    const shape = onlyShape(inputShape, this.name);
    const channels = channelsOf(shape, this.name);
    if (shape.length !== 4) {
      throw new Error(
        `NormConv2D "${this.name}" takes an input [batch, height, width, channels], but got one of rank ${shape.length}.`,
      );
    }
    const kernelShape = [...this.kernelSize, channels, this.filters];
    this.layout = convolutionFilters(kernelShape);
    this.kernel = this.addWeight('kernel', kernelShape, 'float32', this.kernelInitializer);
    this.normalizerWeights = (this.kernelNormalizer?.weights(this.layout) ?? []).map((weight) =>
      this.addWeight(
        weight.name,
        weight.shape,
        'float32',
        weight.initializer,
        undefined,
        weight.trainable ?? true,
      ),
    );
    if (this.useBias) {
      this.bias = this.addWeight('bias', [this.filters], 'float32', tfl.initializers.zeros());
    }
    this.inputSpec = [new tfl.InputSpec({ ndim: 4, axes: { 3: channels } })];
    super.build(inputShape);
  }

  /** The kernel the layer convolves with now: the raw one, normalized. The caller disposes it. */
  effectiveKernel(): tf.Tensor4D {
    const raw = this.kernel.read() as tf.Tensor4D;
    if (this.kernelNormalizer === null) return tf.clone(raw);
    const weights = this.normalizerWeights.map((weight) => weight.read());
    return this.kernelNormalizer.normalize(raw, weights, this.layout);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const y = conv2d(layerInput(inputs, this) as tf.Tensor4D, this.effectiveKernel(), {
        strides: this.strides,
        padding: this.padding,
        dilation: this.dilation,
      });
      return this.bias === null ? y : tf.add(y, this.bias.read());
    });
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    const [samples, height, width] = onlyShape(inputShape, this.name);
    return [
      samples ?? null,
      outputSize(height, this.kernelSize[0], this, 0),
      outputSize(width, this.kernelSize[1], this, 1),
      this.filters,
    ];
  }

  override getConfig(): tf.serialization.ConfigDict {
    return {
      ...super.getConfig(),
      filters: this.filters,
      kernelSize: [...this.kernelSize],
      strides: this.strides,
      padding: typeof this.padding === 'object' ? [...this.padding] : this.padding,
      dilation: this.dilation,
      useBias: this.useBias,
      kernelInitializer: serialize(this.kernelInitializer),
      kernelNormalizer: this.kernelNormalizer === null ? null : serialize(this.kernelNormalizer),
    };
  }
}

tf.serialization.registerClass(NormConv2D);
