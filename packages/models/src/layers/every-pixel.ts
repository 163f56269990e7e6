/** A map at some of its pixels, with a gradient: TF.js has none of strided slices. */
import * as tf from '@tensorflow/tfjs-core';

/** [outer, length, inner] → [outer, length/strides, inner], rounded up: what lies at multiples of `strides`. */
export function everyAlong(x: tf.Tensor3D, strides: number): tf.Tensor3D {
  if (strides === 1) return x;
  const [outer, length, inner] = x.shape;
  const out = Math.ceil(length / strides);
  const whole = tf.pad(x, [
    [0, 0],
    [0, out * strides - length],
    [0, 0],
  ]);
  const groups = tf.reshape(whole, [outer * out, strides, inner]);
  return tf.reshape(tf.slice(groups, [0, 0, 0], [outer * out, 1, inner]), [outer, out, inner]);
}

/** `x` [N, H, W, C] → [N, H/strides, W/strides, C], rounded up: the pixels at multiples of `strides`. */
export function everyPixel(x: tf.Tensor4D, strides: number): tf.Tensor4D {
  if (strides === 1) return x;
  const [batch, height, width, channels] = x.shape;
  const rows = everyAlong(tf.reshape(x, [batch, height, width * channels]), strides);
  const outHeight = rows.shape[1];
  const columns = everyAlong(tf.reshape(rows, [batch * outHeight, width, channels]), strides);
  return tf.reshape(columns, [batch, outHeight, columns.shape[1], channels]);
}
