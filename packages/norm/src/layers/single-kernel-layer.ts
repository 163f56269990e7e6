// What the layers with one normalized kernel have in common: the kernel, its normalizer and its bias, and how they are used.

import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {
  resolveKernelNormalizer,
  type Initializer,
  type KernelNormalizer,
} from '../weights/kernel-normalizer.ts';
import { serialize, type Serialized } from '../serialization.ts';
import { normalizerConfig } from './kernel-layer-options.ts';
import { layerInput, type LayerArguments } from './layer-arguments.ts';
import type { NormalizedKernel } from './normalized-kernel.ts';

export interface SingleKernelArgs extends LayerArguments {
  /** Whether an offset per output channel is added. Default true. */
  useBias?: boolean;
  /** Maps the raw kernel to the one that is used; null (default) uses it as it is. */
  kernelNormalizer?: KernelNormalizer | Serialized | null;
}

/** y = respond(x, normalize(kernel)) + bias. Subclasses make the kernel in `build` and say how it answers. */
export abstract class SingleKernelLayer<K extends tf.Tensor> extends tfl.layers.Layer {
  readonly useBias: boolean;
  readonly kernelNormalizer: KernelNormalizer | null;
  abstract readonly kernelInitializer: Initializer;
  protected kernel!: NormalizedKernel;

  constructor({ useBias, kernelNormalizer, ...layer }: SingleKernelArgs) {
    super(layer);
    this.useBias = useBias ?? true;
    this.kernelNormalizer = resolveKernelNormalizer(
      kernelNormalizer,
      `kernelNormalizer of layer "${this.name}"`,
    );
  }

  /** What the layer makes of `x` with `kernel`, without bias. */
  protected abstract respond(x: tf.Tensor, kernel: tf.Tensor): tf.Tensor;

  /** The kernel the layer computes with now: the raw one, normalized, in its shape. The caller disposes it. */
  effectiveKernel(): K {
    return this.kernel.effectiveKernel();
  }

  /** The bias now, one value per output channel; null without one. The caller disposes it. */
  effectiveBias(): tf.Tensor1D | null {
    return this.kernel.effectiveBias();
  }

  /** Whether the normalizer has a data-dependent initialization. Known once the layer is built. */
  get startsFromData(): boolean {
    return this.kernel.startsFromData;
  }

  /** Sets the normalizer's weights, and the bias where the method does, by this input: see `initializeFromData`. */
  startFromData(input: tf.Tensor): void {
    this.kernel.startFromData((kernel) => this.respond(input, kernel));
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = layerInput(inputs, this);
      return this.kernel.apply((kernel) => this.respond(x, kernel));
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return {
      ...super.getConfig(),
      useBias: this.useBias,
      kernelInitializer: serialize(this.kernelInitializer),
      kernelNormalizer: normalizerConfig(this.kernelNormalizer),
    };
  }
}
