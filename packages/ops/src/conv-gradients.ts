/**
 * Gradients of convolutions made of operations that every backend has, for any stride and dilation.
 *
 * A kernel tap (a, b) multiplies one strided window of the padded input, so
 *
 *   dfilter[a, b] = windowᵀ · dy
 *
 * and the input gradient is an ordinary convolution of dy, spread out by the stride, with the filter turned by 180°.
 * TensorFlow.js's own kernels for these are missing on "wasm", refuse dilation everywhere, and are slow where they exist:
 * measured on "wasm", products of transposed matrices reach a tenth of the speed of transposing first.
 */
import * as tf from '@tensorflow/tfjs-core';

/** Sizes, strides, dilations and padding of one convolution. */
export type ConvGeometry = tf.backend_util.Conv2DInfo;

/**
 * The input as seen by each tap, one pixel per output pixel. Built on the strides' phases: rows and columns with the same
 * remainder, which are cut out by plain slices.
 */
function windowsOf(
  x: tf.Tensor4D,
  geometry: ConvGeometry,
  prepare: (phase: tf.Tensor4D) => tf.Tensor4D,
  cut: (phase: tf.Tensor4D, row: number, column: number) => tf.Tensor,
): tf.Tensor[] {
  const { strideHeight, strideWidth, dilationHeight, dilationWidth, padInfo } = geometry;
  const paddedSize = (
    input: number,
    before: number,
    taps: number,
    dilation: number,
    out: number,
    s: number,
  ) => Math.ceil(Math.max((taps - 1) * dilation + (out - 1) * s + 1, before + input) / s) * s;
  const { filterHeight, filterWidth, inHeight, inWidth, outHeight, outWidth } = geometry;
  const height = paddedSize(inHeight, padInfo.top, filterHeight, dilationHeight, outHeight, strideHeight);
  const width = paddedSize(inWidth, padInfo.left, filterWidth, dilationWidth, outWidth, strideWidth);
  const padded = tf.pad(x, [
    [0, 0],
    [padInfo.top, height - padInfo.top - inHeight],
    [padInfo.left, width - padInfo.left - inWidth],
    [0, 0],
  ]);
  const phases = new Map<number, tf.Tensor4D>();
  const phaseAt = (row: number, column: number): tf.Tensor4D => {
    const key = row * strideWidth + column;
    const phase = phases.get(key) ?? prepare(everyNth(padded, row, strideHeight, column, strideWidth));
    phases.set(key, phase);
    return phase;
  };
  const windows: tf.Tensor[] = [];
  for (let a = 0; a < filterHeight; a++) {
    for (let b = 0; b < filterWidth; b++) {
      const [row, column] = [a * dilationHeight, b * dilationWidth];
      const phase = phaseAt(row % strideHeight, column % strideWidth);
      windows.push(cut(phase, Math.floor(row / strideHeight), Math.floor(column / strideWidth)));
    }
  }
  return windows;
}

/** Every `strideHeight`-th row from `row` and every `strideWidth`-th column from `column`. */
function everyNth(
  x: tf.Tensor4D,
  row: number,
  strideHeight: number,
  column: number,
  strideWidth: number,
): tf.Tensor4D {
  if (strideHeight === 1 && strideWidth === 1) return x;
  const [n, height, width, c] = x.shape;
  const [h, w] = [height / strideHeight, width / strideWidth];
  const rows = tf.slice(tf.reshape(x, [n, h, strideHeight, width * c]), [0, 0, row, 0], [n, h, 1, width * c]);
  const columns = tf.slice(tf.reshape(rows, [n * h, w, strideWidth, c]), [0, 0, column, 0], [n * h, w, 1, c]);
  return tf.reshape(columns, [n, h, w, c]);
}

/** Puts stride − 1 zeros after every pixel. */
function spreadOut(x: tf.Tensor4D, strideHeight: number, strideWidth: number): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  const insert = (t: tf.Tensor4D, zeros: number): tf.Tensor4D =>
    zeros === 0
      ? t
      : tf.pad(t, [
          [0, 0],
          [0, 0],
          [0, zeros],
          [0, 0],
        ]);
  const columns = insert(tf.reshape(x, [n * h, w, 1, c]), strideWidth - 1);
  const rows = insert(tf.reshape(columns, [n, h, 1, w * strideWidth * c]), strideHeight - 1);
  return tf.reshape(rows, [n, h * strideHeight, w * strideWidth, c]);
}

/** Pads by `before` zeros (cuts, if negative) and makes the axis `size` long. */
function fit(x: tf.Tensor4D, top: number, height: number, left: number, width: number): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  const bottom = height - top - h;
  const right = width - left - w;
  const cut = (amount: number): number => Math.max(0, -amount);
  const kept = tf.slice(
    x,
    [0, cut(top), cut(left), 0],
    [n, h - cut(top) - cut(bottom), w - cut(left) - cut(right), c],
  );
  return tf.pad(kept, [
    [0, 0],
    [Math.max(0, top), Math.max(0, bottom)],
    [Math.max(0, left), Math.max(0, right)],
    [0, 0],
  ]);
}

/** The spread-out dy, padded so that a 'valid' convolution with the turned filter gives the input's size. */
function unrolledGradient(dy: tf.Tensor4D, geometry: ConvGeometry): tf.Tensor4D {
  const reachHeight = (geometry.filterHeight - 1) * geometry.dilationHeight;
  const reachWidth = (geometry.filterWidth - 1) * geometry.dilationWidth;
  return fit(
    spreadOut(dy, geometry.strideHeight, geometry.strideWidth),
    reachHeight - geometry.padInfo.top,
    geometry.inHeight + reachHeight,
    reachWidth - geometry.padInfo.left,
    geometry.inWidth + reachWidth,
  );
}

/** A filter turned by 180°, with its last two axes as they were. */
function turned(filter: tf.Tensor4D): tf.Tensor4D {
  const [kh, kw, c, o] = filter.shape;
  if (kh * kw === 1) return filter;
  const taps = tf.unstack(tf.reshape(filter, [kh * kw, c, o])).reverse();
  return tf.reshape(tf.stack(taps), [kh, kw, c, o]);
}

const dilationsOf = ({ dilationHeight, dilationWidth }: ConvGeometry): [number, number] => [
  dilationHeight,
  dilationWidth,
];

/** Gradient of a convolution for its filter [kh, kw, Cin, Cout]. */
export function filterGradient(x: tf.Tensor4D, dy: tf.Tensor4D, geometry: ConvGeometry): tf.Tensor4D {
  const { batchSize, inChannels, outChannels, outHeight, outWidth, filterHeight, filterWidth } = geometry;
  const pixels = batchSize * outHeight * outWidth;
  const flatGradient = tf.reshape(dy, [pixels, outChannels]) as tf.Tensor2D;
  const slopes = windowsOf(
    x,
    geometry,
    (phase) => tf.transpose(phase, [3, 0, 1, 2]),
    (phase, row, column) =>
      tf.tidy(() => {
        const window = tf.slice(phase, [0, 0, row, column], [inChannels, batchSize, outHeight, outWidth]);
        return tf.matMul(tf.reshape(window, [inChannels, pixels]) as tf.Tensor2D, flatGradient);
      }),
  );
  return tf.reshape(tf.stack(slopes), [filterHeight, filterWidth, inChannels, outChannels]);
}

/** Gradient of a convolution for its input [N, H, W, Cin]. */
export function inputGradient(dy: tf.Tensor4D, filter: tf.Tensor4D, geometry: ConvGeometry): tf.Tensor4D {
  const transposed = tf.transpose(turned(filter), [0, 1, 3, 2]);
  const unrolled = unrolledGradient(dy, geometry);
  return tf.conv2d(unrolled, transposed, 1, 'valid', 'NHWC', dilationsOf(geometry));
}

/** Gradient of a depthwise convolution for its filter [kh, kw, C, multiplier]. */
export function depthwiseFilterGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  geometry: ConvGeometry,
): tf.Tensor4D {
  const { batchSize, inChannels, outChannels, outHeight, outWidth, filterHeight, filterWidth } = geometry;
  const multiplier = outChannels / inChannels;
  const grouped = tf.reshape(dy, [-1, inChannels, multiplier]);
  const slopes = windowsOf(
    x,
    geometry,
    (phase) => phase,
    (phase, row, column) =>
      tf.tidy(() => {
        const window = tf.slice(phase, [0, row, column, 0], [batchSize, outHeight, outWidth, inChannels]);
        return tf.sum(tf.mul(tf.reshape(window, [-1, inChannels, 1]), grouped), 0);
      }),
  );
  return tf.reshape(tf.stack(slopes), [filterHeight, filterWidth, inChannels, multiplier]);
}

/** Gradient of a depthwise convolution for its input [N, H, W, C]. */
export function depthwiseInputGradient(
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  geometry: ConvGeometry,
): tf.Tensor4D {
  const { batchSize, inChannels, outChannels, outHeight, outWidth, filterHeight, filterWidth } = geometry;
  const multiplier = outChannels / inChannels;
  const turnedFilter = turned(filter);
  const part = (m: number): tf.Tensor4D =>
    tf.tidy(() => {
      const slice = (t: tf.Tensor): tf.Tensor =>
        tf.slice(tf.reshape(t, [-1, inChannels, multiplier]), [0, 0, m], [-1, -1, 1]);
      const gradient = tf.reshape(slice(dy), [batchSize, outHeight, outWidth, inChannels]) as tf.Tensor4D;
      const taps = tf.reshape(slice(turnedFilter), [filterHeight, filterWidth, inChannels, 1]) as tf.Tensor4D;
      const unrolled = unrolledGradient(gradient, geometry);
      return tf.depthwiseConv2d(unrolled, taps, 1, 'valid', 'NHWC', dilationsOf(geometry));
    });
  const parts = Array.from({ length: multiplier }, (_, m) => part(m));
  return parts.reduce((sum, next) => tf.add(sum, next));
}
