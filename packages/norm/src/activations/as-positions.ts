// Activations of any rank as [N, P, C]: the samples, the positions of a sample, the channels.

import * as tf from '@tensorflow/tfjs-core';

/** `body` applied to `x` viewed as [N, P, C], and its result in the shape of `x`. Rank 2 and above. */
export function asPositions<X extends tf.Tensor>(x: X, body: (positions: tf.Tensor3D) => tf.Tensor): X {
  const [samples, channels] = [x.shape[0] ?? 1, x.shape[x.rank - 1] ?? 1];
  const positions = samples * channels === 0 ? 0 : x.size / (samples * channels);
  return tf.reshape(body(tf.reshape(x, [samples, positions, channels])), x.shape) as tf.Tensor as X;
}
