// Normalization by given statistics: what layers with running averages do in inference, and some in training.
//
//   y = γ · (x − μ) / sqrt(σ² + ε) + β     per channel, the last axis; μ and σ² are constants to the gradient:
//   dx = dy · γ / sqrt(σ² + ε),   dγ = Σ dy · (x − μ) / sqrt(σ² + ε),   dβ = Σ dy

import * as tf from '@tensorflow/tfjs-core';
import { asImages } from './as-images.ts';
import type { BatchNormParameters, BatchNormState } from './batch-norm.ts';

/** `x` [N, …, C] normalized by `mean` and `variance` [C], which may be temporary tensors and receive no gradient. */
export function normalizeByConstants<X extends tf.Tensor>(
  x: X,
  { gamma, beta }: BatchNormParameters,
  { mean, variance }: BatchNormState,
  epsilon: number,
): X {
  const normalize = tf.customGrad((...args) => {
    const [images, scale, offset, save] = args as unknown as [
      tf.Tensor4D,
      tf.Tensor1D,
      tf.Tensor1D,
      tf.GradSaveFunc,
    ];
    save([images, scale, tf.clone(mean), tf.rsqrt(tf.add(variance, epsilon))]);
    return {
      value: tf.batchNorm4d(images, mean, variance, offset, scale, epsilon),
      gradFunc: (dy: tf.Tensor4D, saved: tf.Tensor[]) => {
        const [input, gain, centre, inverse] = saved as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
        return [
          tf.mul(dy, tf.mul(gain, inverse)),
          tf.mul(tf.sum(tf.mul(dy, tf.sub(input, centre)), [0, 1, 2]), inverse),
          tf.sum(dy, [0, 1, 2]),
        ];
      },
    };
  });
  return asImages(x, (images) => normalize(images, gamma, beta) as tf.Tensor4D);
}
