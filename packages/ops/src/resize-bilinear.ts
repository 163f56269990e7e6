/**
 * Bilinear resizing with aligned corners: output pixel i samples the input at i · (in − 1) / (out − 1), so the corner
 * pixels coincide, and sizes k·stride + 1 map onto each other without a shift.
 *
 * TensorFlow.js's half-pixel variant has a silently wrong gradient; this one is exact.
 */
import * as tf from '@tensorflow/tfjs-core';
import { nativeBackend } from './native-backend.ts';
import { requireFloat, requirePositiveInteger, requireRank } from './checks.ts';

/**
 * Resizes `x` [N, H, W, C] to [N, height, width, C]. A 1×1 map is spread over the whole output; an output axis of one
 * pixel takes the first input pixel.
 *
 * @throws if x is not a float32 map of rank 4 or a size is not a whole number ≥ 1.
 */
export function resizeBilinear(
  x: tf.Tensor4D,
  [height, width]: readonly [height: number, width: number],
): tf.Tensor4D {
  requireRank('resizeBilinear', 'x', x, 4, '[N, H, W, C]');
  requireFloat('resizeBilinear', 'x', x);
  requirePositiveInteger('resizeBilinear', 'height', height);
  requirePositiveInteger('resizeBilinear', 'width', width);
  const [, inputHeight, inputWidth] = x.shape;
  if (inputHeight === height && inputWidth === width) return tf.clone(x);
  if (nativeBackend() !== null) return tf.image.resizeBilinear(x, [height, width], true);
  const resize = tf.customGrad((...args) => {
    const [input] = args as unknown as [tf.Tensor4D];
    return {
      value: interpolate(input, height, width, false),
      gradFunc: (dy: tf.Tensor) => interpolate(dy as tf.Tensor4D, inputHeight, inputWidth, true),
    };
  });
  return resize(x) as tf.Tensor4D;
}

/**
 * Resizes by one matrix product per axis; `adjoint` multiplies by the transposed matrices of the resizing from
 * `height` × `width` to the size of x.
 *
 * Not `tf.image.resizeBilinear`: its gradient on the "cpu" backend swaps height and width.
 */
function interpolate(x: tf.Tensor4D, height: number, width: number, adjoint: boolean): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  const rows = adjoint ? interpolationMatrix(height, h) : interpolationMatrix(h, height);
  const columns = adjoint ? interpolationMatrix(width, w) : interpolationMatrix(w, width);
  const overHeight = (t: tf.Tensor4D): tf.Tensor4D => {
    const lines = tf.reshape(t, [n, t.shape[1], t.shape[2] * c]);
    return tf.reshape(tf.matMul(rows, lines, adjoint), [n, height, t.shape[2], c]);
  };
  const overWidth = (t: tf.Tensor4D): tf.Tensor4D => {
    const lines = tf.reshape(t, [n * t.shape[1], t.shape[2], c]);
    return tf.reshape(tf.matMul(columns, lines, adjoint), [n, t.shape[1], width, c]);
  };
  // The long matrix product over rows goes last where the map grows and first where it shrinks.
  return height > h ? overHeight(overWidth(x)) : overWidth(overHeight(x));
}

/** The weight of every input pixel in every output pixel, [1, output, input]. */
function interpolationMatrix(input: number, output: number): tf.Tensor3D {
  const weights = new Float32Array(output * input);
  const scale = output > 1 ? (input - 1) / (output - 1) : 0;
  for (let i = 0; i < output; i++) {
    const position = i * scale;
    const before = Math.min(Math.floor(position), input - 1);
    const after = Math.min(before + 1, input - 1);
    const share = position - before;
    weights[i * input + before] = (weights[i * input + before] ?? 0) + 1 - share;
    weights[i * input + after] = (weights[i * input + after] ?? 0) + share;
  }
  return tf.tensor3d(weights, [1, output, input]);
}
