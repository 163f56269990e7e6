// What the layers with a kernel take alike: the window of a convolution, whole numbers, initializers.

import type { Padding } from '@plumbline/ops';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { Initializer, KernelNormalizer } from '../weights/kernel-normalizer.ts';
import { deserialize, serialize, type Serialized } from '../serialization.ts';
import { outputSize } from './convolution-geometry.ts';
import { channelsOf, onlyShape } from './layer-arguments.ts';

/** How the kernel of a convolution lies over its input. */
export interface ConvolutionWindowArgs {
  /** Height and width of the kernel in taps, or both at once. */
  kernelSize: number | readonly [height: number, width: number];
  /** Pixels between neighbouring outputs. Default 1. */
  strides?: number;
  /** `same` (default), `valid`, or pixels on every side as PyTorch pads: p or [height, width]. */
  padding?: Padding;
  /** Pixels between neighbouring taps of the kernel. Default 1; with strides above 1 it must be 1. */
  dilation?: number;
}

export interface ConvolutionWindow {
  readonly kernelSize: readonly [height: number, width: number];
  readonly strides: number;
  readonly padding: Padding;
  readonly dilation: number;
}

/** `value` of the layer's `option`, which must be a whole number from 1 on. */
export function positiveOption(layer: tfl.layers.Layer, option: string, value: number): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw new Error(`${layer.getClassName()} "${layer.name}" got ${option} ${value}: use a whole number ≥ 1.`);
}

type GivenWindow = Pick<ConvolutionWindowArgs, 'kernelSize'> & {
  [Option in 'strides' | 'padding' | 'dilation']?: ConvolutionWindowArgs[Option] | undefined;
};

/** The window that a layer is told to use, with its defaults. */
export function resolveWindow(layer: tfl.layers.Layer, given: GivenWindow): ConvolutionWindow {
  const { kernelSize, strides = 1, padding = 'same', dilation = 1 } = given;
  const [height, width] = typeof kernelSize === 'number' ? [kernelSize, kernelSize] : kernelSize;
  const window = {
    kernelSize: [
      positiveOption(layer, 'kernelSize', height),
      positiveOption(layer, 'kernelSize', width),
    ] as const,
    strides: positiveOption(layer, 'strides', strides),
    padding,
    dilation: positiveOption(layer, 'dilation', dilation),
  };
  if (strides > 1 && dilation > 1) {
    throw new Error(
      `${layer.getClassName()} "${layer.name}" has strides ${strides} and dilation ${dilation}: one of them must be 1.`,
    );
  }
  return window;
}

/** A window as a layer's configuration stores it. */
export const windowConfig = ({
  kernelSize,
  strides,
  padding,
  dilation,
}: ConvolutionWindow): tf.serialization.ConfigDict => ({
  kernelSize: [...kernelSize],
  strides,
  padding: typeof padding === 'object' ? [...padding] : padding,
  dilation,
});

/** The shape that a convolution with this window makes of `inputShape`. */
export function windowOutputShape(
  layer: tfl.layers.Layer,
  inputShape: tfl.Shape | tfl.Shape[],
  window: ConvolutionWindow,
  filters: number,
): tfl.Shape {
  const [samples, height, width] = onlyShape(inputShape, layer.name);
  return [
    samples ?? null,
    outputSize(height, window.kernelSize[0], window, 0),
    outputSize(width, window.kernelSize[1], window, 1),
    filters,
  ];
}

/** The channels of the images [batch, height, width, channels] a convolution is built for. */
export function imageChannels(layer: tfl.layers.Layer, inputShape: tfl.Shape | tfl.Shape[]): number {
  const shape = onlyShape(inputShape, layer.name);
  const channels = channelsOf(shape, layer.name);
  if (shape.length === 4) return channels;
  throw new Error(
    `${layer.getClassName()} "${layer.name}" takes an input [batch, height, width, channels], but got one of rank ` +
      `${shape.length}.`,
  );
}

/**
 * The initializer that a layer was given, as an object or in its stored form; null if it was given none.
 *
 * @param option What the layer calls it, for the error that names an unregistered class.
 */
export function storedInitializer(
  layer: tfl.layers.Layer,
  option: string,
  given: Initializer | Serialized | undefined,
): Initializer | null {
  if (given === undefined) return null;
  if (given instanceof tf.serialization.Serializable) return given;
  return deserialize(given, `the ${option} of layer "${layer.name}"`) as Initializer;
}

/** The initializer that a layer was given, else He's normal distribution N(0, 2/fan). */
export function resolveInitializer(
  layer: tfl.layers.Layer,
  option: string,
  given: Initializer | Serialized | undefined,
  { fan, seed }: { fan: number; seed: number | undefined },
): Initializer {
  const stored = storedInitializer(layer, option, given);
  if (stored !== null) return stored;
  const stddev = Math.sqrt(2 / fan);
  return tfl.initializers.randomNormal({ mean: 0, stddev, ...(seed === undefined ? {} : { seed }) });
}

/** A normalizer as a layer's configuration stores it. */
export const normalizerConfig = (normalizer: KernelNormalizer | null): Serialized | null =>
  normalizer === null ? null : serialize(normalizer);
