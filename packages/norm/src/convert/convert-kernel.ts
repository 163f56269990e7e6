// A convolution or dense layer as this package's layer with a normalized kernel that begins as the kernel it had.

import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { isNormKernel } from '../fold/norm-kernels.ts';
import { activationInside, hasChannelsFirst, stockKernelClass } from '../fold/stock-kernels.ts';
import { NormConv2D } from '../layers/norm-conv2d.ts';
import { NormConv2DTranspose } from '../layers/norm-conv2d-transpose.ts';
import { NormDense } from '../layers/norm-dense.ts';
import { NormDepthwiseConv2D } from '../layers/norm-depthwise-conv2d.ts';
import { NormSeparableConv2D } from '../layers/norm-separable-conv2d.ts';
import { writeWeight } from '../layers/named-weight.ts';
import { serialize } from '../serialization.ts';
import {
  convolutionFilters,
  denseFilters,
  depthwiseFilters,
  type FilterLayout,
} from '../weights/filter-layout.ts';
import { KeptAffine, keptAffineFor } from '../weights/kept-affine.ts';
import type { KernelNormalizer } from '../weights/kernel-normalizer.ts';

/** Why a kernel layer stays as it is, or null if it can be converted. */
export function unconvertible(layer: tfl.layers.Layer): string | null {
  if (isNormKernel(layer)) return null;
  if (hasChannelsFirst(layer))
    return 'its channels come first, and the layers of this package have them last';
  const config = layer.getConfig();
  for (const option of ['strides', 'dilationRate'] as const) {
    const value = config[option];
    if (Array.isArray(value) && value.some((length) => length !== value[0])) {
      return `its ${option} [${value.join(', ')}] differ by axis, which the layers of this package do not offer`;
    }
  }
  return null;
}

/** The regularizers and constraints of a stock layer, which the layers of this package do not take. */
export const leftOut = (layer: tfl.layers.Layer): string[] =>
  Object.entries(layer.getConfig())
    .filter(
      ([name, value]) => /(Regularizer|Constraint)$/.test(name) && value !== null && value !== undefined,
    )
    .map(([name]) => name);

const single = (value: unknown): number => Number(Array.isArray(value) ? value[0] : (value ?? 1));

type Args = { name: string; useBias: boolean };

/** The constructor arguments of our layer for a stock one, but for the normalizer. */
function stockArgs(layer: tfl.layers.Layer, useBias: boolean): Args & Record<string, unknown> {
  const { name, trainable, kernelSize, strides, padding, dilationRate, filters, depthMultiplier, units } =
    layer.getConfig();
  const window = { kernelSize, strides: single(strides), padding, dilation: single(dilationRate) };
  const common = { name: String(name), trainable, useBias };
  switch (stockKernelClass(layer)) {
    case 'Dense':
      return { ...common, units };
    case 'DepthwiseConv2D':
      // TensorFlow.js's layer does not look at its dilation rate (4.22), so neither may what replaces it.
      return { ...common, ...window, dilation: 1, depthMultiplier };
    case 'SeparableConv2D':
      return { ...common, ...window, filters, depthMultiplier };
    default:
      return { ...common, ...window, filters };
  }
}

type LayerClass = { new (args: never): tfl.layers.Layer };

const classOf = (layer: tfl.layers.Layer): LayerClass => {
  if (isNormKernel(layer)) return layer.constructor as unknown as LayerClass;
  switch (stockKernelClass(layer)) {
    case 'Dense':
      return NormDense;
    case 'DepthwiseConv2D':
      return NormDepthwiseConv2D;
    case 'SeparableConv2D':
      return NormSeparableConv2D;
    case 'Conv2DTranspose':
      return NormConv2DTranspose;
    default:
      return NormConv2D;
  }
};

/** One kernel of a layer: where its raw weight and the kept values live, and how it divides into filters. */
interface KernelPart {
  readonly weightName: string;
  readonly prefix: string;
  readonly layoutOf: (shape: readonly number[]) => FilterLayout;
  /** Whether the stored kernel ends in [filters, channels]. */
  readonly filtersBeforeChannels: boolean;
}

function partsOf(layer: tfl.layers.Layer, layerClass: LayerClass): KernelPart[] {
  const part = (weightName: string, layoutOf: KernelPart['layoutOf'], prefix = ''): KernelPart => ({
    weightName,
    prefix,
    layoutOf,
    filtersBeforeChannels: layerClass === NormConv2DTranspose,
  });
  if (layerClass === NormDense) return [part('kernel', denseFilters)];
  if (layerClass === NormDepthwiseConv2D) return [part('depthwiseKernel', depthwiseFilters)];
  if (layerClass === NormSeparableConv2D) {
    return [
      part('depthwiseKernel', depthwiseFilters, 'depthwise/'),
      part('pointwiseKernel', convolutionFilters, 'pointwise/'),
    ];
  }
  const groups = layer instanceof NormConv2D ? layer.groups : 1;
  return [part('kernel', (shape) => convolutionFilters(shape, groups))];
}

const withSwapped = ([height = 1, width = 1, filters = 1, channels = 1]: readonly number[]): number[] => [
  height,
  width,
  channels,
  filters,
];

export interface ConvertedKernel {
  /** The layers that stand for the converted one, one after the other: ours, and the activation that was inside. */
  readonly layers: tfl.layers.Layer[];
  /** Sets the weights, once the layers are built; returns the largest relative deviation of an effective kernel that is kept. */
  finish(): number;
}

/**
 * @param kernels The kernels to begin with, in the layer's order, and after them the bias if there is one. They are disposed
 * by `finish`.
 * @param normalizer Makes the normalizer of a kernel; null for plain kernels.
 * @param centred Whether the filters must stay centred, so that only their scale is kept and there is no bias.
 */
export function convertKernel(
  layer: tfl.layers.Layer,
  kernels: readonly tf.Tensor[],
  normalizer: () => KernelNormalizer | null,
  centred: boolean,
): ConvertedKernel {
  const layerClass = classOf(layer);
  const parts = partsOf(layer, layerClass);
  const useBias = kernels.length > parts.length && !centred;
  const inHand = parts.map((part, i) => {
    const stored = kernels[i];
    if (stored === undefined) throw new Error(`Layer "${layer.name}" has no weight ${part.weightName}.`);
    const layout = part.layoutOf(part.filtersBeforeChannels ? withSwapped(stored.shape) : stored.shape);
    // A filter of one weight has nothing to normalize.
    const inner = layout.fanIn < 2 ? null : normalizer();
    return { ...part, stored, layout, inner };
  });
  const wrapped = inHand.map(({ inner }) => (inner === null ? null : serialize(new KeptAffine({ inner }))));
  const normalizers =
    parts.length === 1
      ? { kernelNormalizer: wrapped[0] ?? null }
      : { depthwiseNormalizer: wrapped[0] ?? null, pointwiseNormalizer: wrapped[1] ?? null };
  const args = isNormKernel(layer) ? { ...layer.getConfig(), useBias } : stockArgs(layer, useBias);
  const ours = new layerClass({ ...args, ...normalizers } as never);
  const activation = isNormKernel(layer) ? 'linear' : activationInside(layer);
  const layers =
    activation === 'linear' ? [ours] : [ours, activationLayer(`${layer.name}_activation`, activation)];
  const finish = (): number => {
    const errors = inHand.map(({ weightName, prefix, filtersBeforeChannels, stored, layout, inner }) => {
      writeWeight(ours, weightName, stored);
      if (inner === null) return 0;
      const raw = filtersBeforeChannels ? tf.transpose(stored, [0, 1, 3, 2]) : tf.clone(stored);
      const { keptScale, keptOffset, largestRelativeError } = keptAffineFor(raw, inner, layout);
      writeWeight(ours, `${prefix}keptScale`, keptScale);
      if (!centred) writeWeight(ours, `${prefix}keptOffset`, keptOffset);
      tf.dispose([raw, keptScale, keptOffset]);
      return largestRelativeError;
    });
    const bias = kernels[parts.length];
    if (bias !== undefined && useBias) writeWeight(ours, 'bias', bias);
    tf.dispose([...kernels]);
    return Math.max(...errors);
  };
  return { layers, finish };
}

const activationLayer = (name: string, activation: string): tfl.layers.Layer =>
  tfl.layers.activation({ name, activation: activation as 'relu' });
