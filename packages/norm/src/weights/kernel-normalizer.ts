// What a weight normalizer is to a layer: it names the extra weights it needs and maps the raw kernel to the one that
// is used. It is serialized inside the layer's configuration, as Keras does with initializers and constraints.

import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { FilterLayout } from './filter-layout.ts';
import { deserialize, type Serialized } from '../serialization.ts';

/** An initializer as `tf.initializers` makes them. */
export type Initializer = ReturnType<typeof tfl.initializers.ones>;

/** A weight that a normalizer asks its layer to hold. */
export interface KernelWeight {
  /** Unique in the layer; a scale is called `gamma`, so that weight decay can leave it out by its name. */
  readonly name: string;
  readonly shape: number[];
  readonly initializer: Initializer;
  /** Whether it is learned. Default true. */
  readonly trainable?: boolean;
}

/** A layer's answer to one batch, as a function of its normalizer's weights, for data-dependent initialization. */
export interface KernelResponse {
  /** The layer's outputs [N, …, filters] with these weights of the normalizer, without the layer's bias. */
  outputs(weights: readonly tf.Tensor[]): tf.Tensor;
  /** The layer's bias, [filters]; null where it has none. */
  readonly bias: tf.Tensor1D | null;
}

/** What a data-dependent initialization sets. */
export interface DataDependentStart {
  /** The normalizer's weights, in the order and shapes of `weights`. */
  readonly weights: readonly tf.Tensor[];
  /** The layer's bias, [filters], for a layer that has one; left out: it stays. */
  readonly bias?: tf.Tensor1D;
}

/**
 * A map from raw kernel to effective kernel, with its own trainable weights. It sees no activation: the layer
 * computes the same function in training and inference, and the effective kernel can be stored as an ordinary one.
 */
export abstract class KernelNormalizer extends tf.serialization.Serializable {
  /** The extra weights a layer with this kernel must hold, in the order `normalize` receives them. */
  abstract weights(layout: FilterLayout): KernelWeight[];

  /** The kernel to use, of the same shape as `kernel` and differentiable in it and in `weights`. */
  abstract normalize<K extends tf.Tensor>(kernel: K, weights: readonly tf.Tensor[], layout: FilterLayout): K;

  /**
   * The weights to begin with, from the layer's answer to a first batch. Only in normalizers with a data-dependent
   * initialization; `initializeFromData` carries it out.
   */
  startFromData?(response: KernelResponse, layout: FilterLayout): DataDependentStart;
}

/**
 * A layer's normalizer: an instance, its serialized form, or null for a plain kernel.
 *
 * @param what What it is, for errors: `kernelNormalizer of layer "conv1"`.
 */
export function resolveKernelNormalizer(
  value: KernelNormalizer | Serialized | null | undefined,
  what: string,
): KernelNormalizer | null {
  if (value === null || value === undefined) return null;
  if (value instanceof KernelNormalizer) return value;
  const restored = deserialize(value, `the ${what}`);
  if (restored instanceof KernelNormalizer) return restored;
  throw new Error(
    `The ${what} is a ${value.className}, which is not a KernelNormalizer: ` +
      `give it one such as WeightAlign or WeightStandardization, or null for a plain kernel.`,
  );
}
