/** What convolutions have in common before they run: options, checks, padding, and the attributes of TensorFlow's ops. */
import * as tf from '@tensorflow/tfjs-core';
import { requireFloat, requirePositiveInteger, requireRank } from './checks.ts';
import {
  attributes,
  type AttributeSpec,
  type NativeAttribute,
  type NativeBackend,
} from './native-backend.ts';
import { resolvePadding, type Padding, type WindowAxis } from './window.ts';

/** How a kernel is laid over a map. */
export interface WindowOptions {
  /** Pixels between neighbouring outputs. Default 1. */
  strides?: number;
  /** Default 'same'. A number pads every side, as PyTorch does. */
  padding?: Padding;
  /** Pixels between neighbouring kernel taps. Default 1. Not together with `strides` > 1. */
  dilation?: number;
}

export interface Conv2dOptions extends WindowOptions {
  /** In how many groups the channels, and the filters over them, are divided. Default 1. */
  groups?: number;
}

/** How a kernel moves over a map. */
export interface ConvolutionWindow {
  readonly strides: number;
  readonly dilation: number;
  readonly mode: 'same' | 'valid';
}

/** A checked convolution: `x` is padded as far as `mode` does not do it. */
export interface PreparedConvolution extends ConvolutionWindow {
  readonly x: tf.Tensor4D;
}

/** Checks the arguments of `operation` and pads `x` by hand where no native mode pads alike. Call it under `tf.tidy`. */
export function prepareConvolution(
  operation: string,
  x: tf.Tensor4D,
  kernel: tf.Tensor4D,
  { strides = 1, padding = 'same', dilation = 1, groups = 1 }: Conv2dOptions,
): PreparedConvolution {
  requireRank(operation, 'x', x, 4, '[N, H, W, C]');
  requireFloat(operation, 'x', x);
  requireFloat(operation, 'kernel', kernel);
  requirePositiveInteger(operation, 'strides', strides);
  requirePositiveInteger(operation, 'dilation', dilation);
  requirePositiveInteger(operation, 'groups', groups);
  if (strides > 1 && dilation > 1) {
    throw new Error(
      `${operation}: got strides ${strides} and dilation ${dilation}; one of them must be 1, as no backend can train both at once.`,
    );
  }
  if (x.shape[3] !== groups * kernel.shape[2]) {
    const wanted =
      groups === 1
        ? 'the last axis of x and the third of the kernel must be equal'
        : `the last axis of x must be ${groups} times, the groups, the third of the kernel`;
    throw new Error(
      `${operation}: got x of shape [${x.shape.join(', ')}] and kernel [${kernel.shape.join(', ')}]; ${wanted}.`,
    );
  }
  if (kernel.shape[3] % groups !== 0) {
    throw new Error(
      `${operation}: got a kernel of shape [${kernel.shape.join(', ')}] and ${groups} groups; its filters must divide into that many.`,
    );
  }
  const axis = (input: number, size: number): WindowAxis => ({
    input,
    kernel: size,
    stride: strides,
    dilation,
  });
  const height = axis(x.shape[1], kernel.shape[0]);
  const width = axis(x.shape[2], kernel.shape[1]);
  const { mode, ...edges } = resolvePadding(padding, height, width, operation);
  const none = [...edges.height, ...edges.width].every((pixels) => pixels === 0);
  const padded = none ? x : tf.pad(x, [[0, 0], [...edges.height], [...edges.width], [0, 0]]);
  return { x: padded, strides, dilation, mode };
}

/** Attributes that TensorFlow's convolutions and their gradients share. */
export function convolutionAttributes(
  native: NativeBackend,
  { strides, dilation, mode }: ConvolutionWindow,
  extra: Readonly<Record<string, AttributeSpec>> = {},
): NativeAttribute[] {
  return attributes(native, {
    T: { type: 'float32' },
    strides: [1, strides, strides, 1],
    padding: mode.toUpperCase(),
    data_format: 'NHWC',
    dilations: [1, dilation, dilation, 1],
    ...extra,
  });
}
