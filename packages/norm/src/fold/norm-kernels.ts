// This package's kernel layers as `fold` sees them: their effective kernels in stock layers.

import type { Padding } from '@plumbline/ops';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { NormConv2D } from '../layers/norm-conv2d.ts';
import { NormConv2DTranspose } from '../layers/norm-conv2d-transpose.ts';
import { NormDense } from '../layers/norm-dense.ts';
import { NormDepthwiseConv2D } from '../layers/norm-depthwise-conv2d.ts';
import { NormSeparableConv2D } from '../layers/norm-separable-conv2d.ts';
import type { PlainKernel } from './plain-kernel.ts';

/** How a stock convolution pads as `padding` says, with zeros put around its input where it cannot by itself. */
function stockPadding(
  padding: Padding,
  kernelSize: readonly [number, number],
  strides: number,
  dilation: number,
): { padding: 'same' | 'valid'; zeroPadding: readonly [number, number] | null } {
  if (padding === 'same' || padding === 'valid') return { padding, zeroPadding: null };
  const [height, width] = typeof padding === 'number' ? [padding, padding] : padding;
  if (height === 0 && width === 0) return { padding: 'valid', zeroPadding: null };
  // At stride 1 "same" splits dilation · (k − 1) zeros evenly; at others, what it does depends on the input's size.
  const evenly = [height, width].every((pixels, i) => 2 * pixels === dilation * ((kernelSize[i] ?? 1) - 1));
  if (strides === 1 && evenly) return { padding: 'same', zeroPadding: null };
  return { padding: 'valid', zeroPadding: [height, width] };
}

const zeros = (): ReturnType<typeof tfl.initializers.zeros> => tfl.initializers.zeros();

function convolution(layer: NormConv2D): PlainKernel {
  const { name, filters, strides, dilation } = layer;
  if (layer.groups > 1) return groupedConvolution(layer);
  const kernelSize: [number, number] = [...layer.kernelSize];
  const { padding, zeroPadding } = stockPadding(layer.padding, kernelSize, strides, dilation);
  const config = { name, filters, kernelSize, strides, padding, dilationRate: dilation };
  return {
    make: (useBias) => tfl.layers.conv2d({ ...config, useBias, kernelInitializer: zeros() }),
    before: [],
    kernel: layer.effectiveKernel(),
    channelShape: [filters],
    bias: layer.effectiveBias(),
    zeroPadding,
  };
}

// TensorFlow.js has no layer for it, so it stays one of this package, with no normalizer.
function groupedConvolution(layer: NormConv2D): PlainKernel {
  const { name, filters, groups, kernelSize, strides, padding, dilation } = layer;
  const config = { name, filters, groups, kernelSize, strides, padding, dilation };
  return {
    make: (useBias) => new NormConv2D({ ...config, useBias, kernelInitializer: zeros() }),
    before: [],
    kernel: layer.effectiveKernel(),
    channelShape: [filters],
    bias: layer.effectiveBias(),
    zeroPadding: null,
  };
}

// TensorFlow.js's DepthwiseConv2D layer does not look at its dilation rate (4.22), so the kernel itself is spread out.
function depthwise(layer: NormDepthwiseConv2D): PlainKernel {
  const { name, depthMultiplier, strides, dilation } = layer;
  const { padding, zeroPadding } = stockPadding(layer.padding, layer.kernelSize, strides, dilation);
  const kernel = spread(layer.effectiveKernel(), dilation);
  const kernelSize: [number, number] = [kernel.shape[0], kernel.shape[1]];
  const config = { name, depthMultiplier, kernelSize, strides, padding };
  return {
    make: (useBias) => tfl.layers.depthwiseConv2d({ ...config, useBias, depthwiseInitializer: zeros() }),
    before: [],
    kernel,
    channelShape: [kernel.shape[2], depthMultiplier],
    bias: layer.effectiveBias(),
    zeroPadding,
  };
}

/** A kernel [kh, kw, C, multiplier] with dilation − 1 zeros between its taps. */
function spread(kernel: tf.Tensor4D, dilation: number): tf.Tensor4D {
  if (dilation === 1) return kernel;
  const [height, width, channels, multiplier] = kernel.shape;
  const gap = dilation - 1;
  const apart = tf.pad(tf.reshape(kernel, [height, 1, width, 1, channels * multiplier]), [
    [0, 0],
    [0, gap],
    [0, 0],
    [0, gap],
    [0, 0],
  ]);
  const wide = tf.reshape(apart, [height * dilation, width * dilation, channels, multiplier]);
  const size = [(height - 1) * dilation + 1, (width - 1) * dilation + 1, channels, multiplier];
  return tf.slice(wide, [0, 0, 0, 0], size) as tf.Tensor4D;
}

function separable(layer: NormSeparableConv2D): PlainKernel {
  const { name, filters, depthMultiplier, strides, dilation } = layer;
  const kernelSize: [number, number] = [...layer.kernelSize];
  const { padding, zeroPadding } = stockPadding(layer.padding, kernelSize, strides, dilation);
  const config = { name, filters, depthMultiplier, kernelSize, strides, padding, dilationRate: dilation };
  const initializers = { depthwiseInitializer: zeros(), pointwiseInitializer: zeros() };
  return {
    make: (useBias) => tfl.layers.separableConv2d({ ...config, ...initializers, useBias }),
    before: [layer.effectiveDepthwiseKernel()],
    kernel: layer.effectivePointwiseKernel(),
    channelShape: [filters],
    bias: layer.effectiveBias(),
    zeroPadding,
  };
}

function transposed(layer: NormConv2DTranspose): PlainKernel {
  const { name, filters, strides, padding } = layer;
  const config = { name, filters, kernelSize: [...layer.kernelSize], strides, padding };
  return {
    make: (useBias) => tfl.layers.conv2dTranspose({ ...config, useBias, kernelInitializer: zeros() }),
    before: [],
    kernel: layer.effectiveKernel(),
    channelShape: [filters, 1],
    bias: layer.effectiveBias(),
    zeroPadding: null,
  };
}

function dense(layer: NormDense): PlainKernel {
  const { name, units } = layer;
  return {
    make: (useBias) => tfl.layers.dense({ name, units, useBias, kernelInitializer: zeros() }),
    before: [],
    kernel: layer.effectiveKernel(),
    channelShape: [units],
    bias: layer.effectiveBias(),
    zeroPadding: null,
  };
}

/**
 * The effective kernel of one of this package's layers; null for other layers. Call it under `tf.tidy`, which disposes
 * the tensors.
 */
export function normKernel(layer: tfl.layers.Layer): PlainKernel | null {
  if (layer instanceof NormConv2D) return convolution(layer);
  if (layer instanceof NormDepthwiseConv2D) return depthwise(layer);
  if (layer instanceof NormSeparableConv2D) return separable(layer);
  if (layer instanceof NormConv2DTranspose) return transposed(layer);
  if (layer instanceof NormDense) return dense(layer);
  return null;
}

const normKernelClasses = [
  NormConv2D,
  NormDepthwiseConv2D,
  NormSeparableConv2D,
  NormConv2DTranspose,
  NormDense,
];

/** Whether `normKernel` knows `layer`. */
export const isNormKernel = (layer: tfl.layers.Layer): boolean =>
  normKernelClasses.some((kernelClass) => layer instanceof kernelClass);
