// Activations of any rank as [N, H, W, C]: the channels are the last axis, the samples the first, the rest is space.

import * as tf from '@tensorflow/tfjs-core';

/** `body` applied to `x` viewed as [N, H, W, C], and its result in the shape of `x`. Rank 2 and above. */
export function asImages<X extends tf.Tensor>(x: X, body: (images: tf.Tensor4D) => tf.Tensor4D): X {
  if (x.rank === 4) return body(x as tf.Tensor as tf.Tensor4D) as tf.Tensor as X;
  const [samples, channels] = [x.shape[0] ?? 1, x.shape[x.rank - 1] ?? 1];
  const positions = samples * channels === 0 ? 0 : x.size / (samples * channels);
  const images: tf.Tensor4D = tf.reshape(x, [samples, positions, 1, channels]);
  return tf.reshape(body(images), x.shape) as tf.Tensor as X;
}
