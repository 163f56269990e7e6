// How a layer's kernel divides into filters: which axes a per-filter statistic runs over, and the layer's fans.
// Weight normalizers see only this, so one normalizer serves every kind of layer.

import * as tf from '@tensorflow/tfjs-core';

/** The division of one kernel tensor into filters. */
export interface FilterLayout {
  /**
   * Axes of the kernel a per-filter mean and variance are taken over, always the leading ones; the other axes enumerate
   * the filters.
   */
  readonly statisticAxes: readonly number[];
  /** Number of filters, which is the length of a per-filter parameter. */
  readonly filterCount: number;
  /** Weights in one filter: the n of every formula. */
  readonly fanIn: number;
  /** Output connections of one input channel: the receptive field times the output channels that see it. */
  readonly fanOut: number;
}

/** The layout of a convolution kernel [kh, kw, Cin / groups, Cout]: one filter per output channel, axes 0, 1 and 2. */
export function convolutionFilters(kernelShape: readonly number[], groups = 1): FilterLayout {
  const [height, width, channelsIn, channelsOut] = kernelShape;
  if (
    kernelShape.length !== 4 ||
    height === undefined ||
    width === undefined ||
    channelsIn === undefined ||
    channelsOut === undefined
  ) {
    throw new Error(
      `A convolution kernel has four axes [height, width, input channels, filters], but this one has shape ` +
        `[${kernelShape.join(', ')}].`,
    );
  }
  return {
    statisticAxes: [0, 1, 2],
    filterCount: channelsOut,
    fanIn: height * width * channelsIn,
    fanOut: (height * width * channelsOut) / groups,
  };
}

/** The layout of a depthwise kernel [kh, kw, C, multiplier]: C · multiplier filters, axes 0 and 1, in the outputs' order. */
export function depthwiseFilters(kernelShape: readonly number[]): FilterLayout {
  const [height, width, channels, multiplier] = kernelShape;
  if (
    kernelShape.length !== 4 ||
    height === undefined ||
    width === undefined ||
    channels === undefined ||
    multiplier === undefined
  ) {
    throw new Error(
      `A depthwise kernel has four axes [height, width, channels, multiplier], but this one has shape ` +
        `[${kernelShape.join(', ')}].`,
    );
  }
  return {
    statisticAxes: [0, 1],
    filterCount: channels * multiplier,
    fanIn: height * width,
    fanOut: height * width * multiplier,
  };
}

/** The layout of a dense kernel [in, out]: one filter per output, axis 0. */
export function denseFilters(kernelShape: readonly number[]): FilterLayout {
  const [channelsIn, channelsOut] = kernelShape;
  if (kernelShape.length !== 2 || channelsIn === undefined || channelsOut === undefined) {
    throw new Error(
      `A dense kernel has two axes [inputs, outputs], but this one has shape [${kernelShape.join(', ')}].`,
    );
  }
  return { statisticAxes: [0], filterCount: channelsOut, fanIn: channelsIn, fanOut: channelsOut };
}

/** `kernel` as [weights of a filter, filters]. Its `axes` must be the leading ones, as they are in every layout. */
export function filterColumns(kernel: tf.Tensor, axes: readonly number[]): tf.Tensor2D {
  const n = elementsAlong(kernel.shape, axes);
  return tf.reshape(kernel, [n, kernel.size / n]);
}

/** The number of elements along `axes` of a tensor of shape `shape`. */
export const elementsAlong = (shape: readonly number[], axes: readonly number[]): number =>
  axes.reduce((product, axis) => product * (shape[axis] ?? 1), 1);
