/**
 * The gradients of a 2-D convolution for TensorFlow.js's "wasm" backend, each as one matrix product with the windows of
 * the map, one per tap and output pixel:
 *
 *   dkernel [taps·Cin, Cout] = windows(x) [taps·Cin, P] · dy [P, Cout],   P = N·H'·W' output pixels
 *   dx = scatter( kernel [taps·Cin, Cout] · dyᵀ [Cout, P] )
 *
 * Neither product transposes the kernel, which outweighs the maps in deep layers; the backend multiplies transposed
 * matrices at a tenth of its speed. Windows are moved on the host, in whose memory the backend lives: its slices copy the
 * whole tensor for each tap.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { ConvGeometry } from './conv-gradients.ts';

/** Neighbouring output pixels of one row, seen through one tap of the kernel. */
interface Run {
  tap: number;
  /** The first of them, counted over N, H' and W'. */
  output: number;
  /** The input pixel that the tap meets there, counted over N, H and W; the next one lies `step` further. */
  input: number;
  step: number;
  count: number;
}

/** All runs that meet the input; what a tap sees of the padding is in none. */
function* runsOf(geometry: ConvGeometry): Generator<Run> {
  const { batchSize, inHeight, inWidth, outHeight, outWidth, padInfo } = geometry;
  const { filterHeight, filterWidth, strideHeight, strideWidth: step } = geometry;
  for (let a = 0; a < filterHeight; a++) {
    const top = a * geometry.dilationHeight - padInfo.top;
    for (let b = 0; b < filterWidth; b++) {
      const left = b * geometry.dilationWidth - padInfo.left;
      const first = Math.max(0, Math.ceil(-left / step));
      const count = Math.min(outWidth, Math.floor((inWidth - 1 - left) / step) + 1) - first;
      if (count <= 0) continue;
      for (let n = 0; n < batchSize; n++) {
        for (let i = 0; i < outHeight; i++) {
          const row = top + i * strideHeight;
          if (row < 0 || row >= inHeight) continue;
          const output = (n * outHeight + i) * outWidth + first;
          const input = (n * inHeight + row) * inWidth + left + first * step;
          yield { tap: a * filterWidth + b, output, input, step, count };
        }
      }
    }
  }
}

const outputPixels = ({ batchSize, outHeight, outWidth }: ConvGeometry): number =>
  batchSize * outHeight * outWidth;

/** Gradient of a convolution for its filter [kh, kw, Cin, Cout]. */
export function wasmFilterGradient(x: tf.Tensor4D, dy: tf.Tensor4D, geometry: ConvGeometry): tf.Tensor4D {
  const { filterHeight, filterWidth, inChannels, outChannels } = geometry;
  const pixels = outputPixels(geometry);
  const size = filterHeight * filterWidth * inChannels;
  const map = x.dataSync();
  const windows = new Float32Array(size * pixels);
  for (const { tap, output, input, step, count } of runsOf(geometry)) {
    for (let c = 0; c < inChannels; c++) {
      const column = (tap * inChannels + c) * pixels + output;
      for (let k = 0; k < count; k++)
        windows[column + k] = map[(input + k * step) * inChannels + c] as number;
    }
  }
  const product = tf.matMul(
    tf.tensor2d(windows, [size, pixels]),
    tf.reshape(dy, [pixels, outChannels]) as tf.Tensor2D,
  );
  return tf.reshape(product, [filterHeight, filterWidth, inChannels, outChannels]);
}

/** Gradient of a convolution for its input [N, H, W, Cin]. */
export function wasmInputGradient(dy: tf.Tensor4D, filter: tf.Tensor4D, geometry: ConvGeometry): tf.Tensor4D {
  const { inChannels, outChannels, inShape } = geometry;
  const pixels = outputPixels(geometry);
  const kernel = tf.reshape(filter, [-1, outChannels]) as tf.Tensor2D;
  const windows = tf.matMul(kernel, tf.transpose(tf.reshape(dy, [pixels, outChannels]))).dataSync();
  const map = new Float32Array(inShape.reduce((a, b) => a * b, 1));
  for (const { tap, output, input, step, count } of runsOf(geometry)) {
    for (let c = 0; c < inChannels; c++) {
      const column = (tap * inChannels + c) * pixels + output;
      for (let k = 0; k < count; k++) {
        const value = (input + k * step) * inChannels + c;
        map[value] = (map[value] as number) + (windows[column + k] as number);
      }
    }
  }
  return tf.tensor4d(map, inShape);
}
