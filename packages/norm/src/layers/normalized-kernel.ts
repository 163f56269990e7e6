// A kernel inside a layer: the raw weight, its normalizer's weights and the bias, and the effective kernel they make.

import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { FilterLayout } from '../weights/filter-layout.ts';
import type { Initializer, KernelNormalizer } from '../weights/kernel-normalizer.ts';

/** `addWeight` of the layer that the kernel belongs to, bound to it: TF.js keeps it protected. */
export type AddWeight = (
  name: string,
  shape: tfl.Shape,
  dtype: 'float32',
  initializer: Initializer,
  regularizer?: undefined,
  trainable?: boolean,
) => tfl.LayerVariable;

export interface NormalizedKernelOptions {
  /** The layer, to name it in errors. */
  readonly layer: tfl.layers.Layer;
  /** The raw weight's name, as Keras has it. */
  readonly name: string;
  /** The raw weight's shape, as Keras has it. */
  readonly shape: number[];
  readonly initializer: Initializer;
  /** Null: the raw kernel is the effective one. */
  readonly normalizer: KernelNormalizer | null;
  /** Divides the kernel that the normalizer sees. */
  readonly layout: FilterLayout;
  /** Whether to add the weight `bias` [filters], 0 at the start. */
  readonly useBias: boolean;
  /** Put before the names of the normalizer's weights where a layer has two kernels: `depthwise/` for `depthwise/gamma`. */
  readonly prefix?: string;
  /** Whether the raw kernel ends in [filters, channels], as a transposed convolution's does, not [channels, filters]. */
  readonly filtersBeforeChannels?: boolean;
}

/** The weights of one kernel; made in the layer's `build`, which adds raw kernel, normalizer's weights and bias in this order. */
export class NormalizedKernel {
  private readonly options: NormalizedKernelOptions;
  private readonly raw: tfl.LayerVariable;
  private readonly weights: readonly tfl.LayerVariable[];
  private readonly bias: tfl.LayerVariable | null;

  constructor(addWeight: AddWeight, options: NormalizedKernelOptions) {
    const { layer, name, shape, initializer, normalizer, layout, useBias, prefix = '' } = options;
    if (normalizer !== null && layout.fanIn < 2) {
      throw new Error(
        `${layer.getClassName()} "${layer.name}" has filters of a single weight in its ${name} [${shape.join(', ')}], ` +
          `which ${normalizer.getClassName()} would make all alike: use no normalizer there.`,
      );
    }
    this.options = options;
    this.raw = addWeight(name, shape, 'float32', initializer);
    this.weights = (normalizer?.weights(layout) ?? []).map((weight) =>
      addWeight(
        prefix + weight.name,
        weight.shape,
        'float32',
        weight.initializer,
        undefined,
        weight.trainable ?? true,
      ),
    );
    this.bias = useBias ? addWeight('bias', [layout.filterCount], 'float32', tfl.initializers.zeros()) : null;
  }

  /** The kernel to compute with, in the raw weight's shape. The caller disposes it. */
  effectiveKernel<K extends tf.Tensor>(): K {
    return this.normalized(this.weights.map((weight) => weight.read())) as K;
  }

  /** The bias [filters] now; null without one. The caller disposes it. */
  effectiveBias(): tf.Tensor1D | null {
    return this.bias === null ? null : (tf.clone(this.bias.read()) as tf.Tensor1D);
  }

  /** What the layer computes: `respond` with the effective kernel, plus the bias. Call it under `tf.tidy`. */
  apply(respond: (kernel: tf.Tensor) => tf.Tensor): tf.Tensor {
    const y = respond(this.effectiveKernel());
    return this.bias === null ? y : tf.add(y, this.bias.read());
  }

  /** Whether the normalizer has a data-dependent initialization. */
  get startsFromData(): boolean {
    return this.options.normalizer?.startFromData !== undefined;
  }

  /**
   * Carries out the normalizer's data-dependent initialization, if it has one.
   *
   * @param respond The layer's outputs [N, …, filters] on the batch with this kernel, without bias.
   */
  startFromData(respond: (kernel: tf.Tensor) => tf.Tensor): void {
    const { normalizer, layout } = this.options;
    tf.tidy(() => {
      const bias = (this.bias?.read() as tf.Tensor1D | undefined) ?? null;
      const outputs = (weights: readonly tf.Tensor[]): tf.Tensor => respond(this.normalized(weights));
      const start = normalizer?.startFromData?.({ outputs, bias }, layout);
      if (start === undefined) return;
      start.weights.forEach((value, i) => this.weights[i]?.write(value));
      if (start.bias !== undefined) this.bias?.write(start.bias);
    });
  }

  private normalized(weights: readonly tf.Tensor[]): tf.Tensor {
    const { normalizer, layout, filtersBeforeChannels = false } = this.options;
    const raw = this.raw.read();
    if (normalizer === null) return tf.clone(raw);
    if (!filtersBeforeChannels) return normalizer.normalize(raw, weights, layout);
    return tf.tidy(() =>
      withLastAxesSwapped(normalizer.normalize(withLastAxesSwapped(raw), weights, layout)),
    );
  }
}

function withLastAxesSwapped(kernel: tf.Tensor): tf.Tensor {
  const axes = kernel.shape.map((_, axis) => axis);
  return tf.transpose(kernel, [...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
}
