// The kernels of a model: those of its convolutions and of its fully connected layers, in the order of depth.

import { leafLayers, type KernelNormalizer } from '@plumbline/norm';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';

export interface Kernel {
  /** The layer's name; in a model inside the model, after that model's name and a slash. */
  readonly name: string;
  readonly layer: tfl.layers.Layer;
  readonly kind: 'convolution' | 'dense';
  /** The weight that is trained. */
  readonly raw: tf.Variable;
  /** The leading axes of the kernel that one filter lies along: 0, 1 and 2; 0 and 1 of a depthwise kernel, 0 of a dense one. */
  readonly filterAxes: readonly number[];
  /** Whether the optimizer may change it. */
  readonly isTrainable: boolean;
}

/** By the weight's name and rank. */
const kinds: Readonly<Record<string, Pick<Kernel, 'kind' | 'filterAxes'>>> = {
  'kernel/4': { kind: 'convolution', filterAxes: [0, 1, 2] },
  'depthwiseKernel/4': { kind: 'convolution', filterAxes: [0, 1] },
  'depthwise_kernel/4': { kind: 'convolution', filterAxes: [0, 1] },
  'kernel/2': { kind: 'dense', filterAxes: [0] },
};

/** This package's layers and TF.js's own. */
export const kernelsOf = (model: tfl.LayersModel): Kernel[] =>
  leafLayers(model).flatMap(({ name, layer }) =>
    layer.weights.flatMap((weight): Kernel[] => {
      const own = weight.originalName.split('/').at(-1) ?? '';
      const found = kinds[`${own}/${weight.shape.length}`];
      if (found === undefined) return [];
      const { kind, filterAxes } = found;
      // LayerVariable.read() hands out its tf.Variable, typed as a plain tensor.
      const raw = weight.read() as tf.Variable;
      return [{ name, layer, kind, raw, filterAxes, isTrainable: layer.trainableWeights.includes(weight) }];
    }),
  );

/** The kernel that the layer computes with, in the raw one's shape. The caller disposes it. */
export function effectiveKernel({ layer, raw }: Kernel): tf.Tensor {
  const { effectiveKernel: effective } = layer as Partial<{ effectiveKernel(): tf.Tensor }>;
  return effective === undefined ? tf.clone<tf.Tensor>(raw) : effective.call(layer);
}

/** Null where the raw kernel is the one that is used. */
export const normalizerOf = ({ layer }: Kernel): KernelNormalizer | null =>
  (layer as Partial<{ kernelNormalizer: KernelNormalizer | null }>).kernelNormalizer ?? null;

/** `kernel` as [weights of a filter, filters]. */
export function filterColumns(kernel: tf.Tensor, axes: readonly number[]): tf.Tensor2D {
  const size = axes.reduce((product, axis) => product * (kernel.shape[axis] ?? 1), 1);
  return tf.reshape(kernel, [size, kernel.size / size]);
}
