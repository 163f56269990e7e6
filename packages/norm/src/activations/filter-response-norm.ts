// Filter Response Normalization and its activation, the Thresholded Linear Unit: every channel of every sample is divided
// by its root mean square; no mean is subtracted, so a learned threshold takes the place of the rectifier's 0.
//
// Singh, Krishnan: "Filter Response Normalization Layer: Eliminating Batch Dependence in the Training of Deep Neural
// Networks", 2019, arXiv 1911.09737.
//
//   ν² = mean(x²) over H, W of x [N, H, W, C], per sample and channel
//   y  = γ · x / sqrt(ν² + ε) + β,   z = max(y, τ)     γ, β and τ per channel
//
// On a 1×1 map x / sqrt(ν²) is only a sign; there ε = 1e-6 + |learned ε| lets the size of x through. Backward, with
// s = 1 / sqrt(ν² + ε), g = dy · γ and means over H, W:
//
//   dx = s · g − s³ · x · mean(g · x),   dγ = Σ dy · x · s,   dβ = Σ dy,   dε = −½ Σ g · x · s³

import * as tf from '@tensorflow/tfjs-core';
import { asPositions } from './as-positions.ts';
import type { BatchNormParameters } from './batch-norm.ts';

export interface FilterResponseNormParameters extends BatchNormParameters {
  /** The learned part of ε, a scalar, whose absolute value is added to ε; null (default) for none. */
  learnedEpsilon?: tf.Scalar | null;
}

/** The paper's fixed ε. */
export const FILTER_RESPONSE_EPSILON = 1e-6;
/** The paper's initial value of the learned ε. */
export const LEARNED_EPSILON_INITIAL = 1e-4;

/** Filter-response-normalizes `x` [N, …, C] into a tensor of the same shape; the same in training and inference. */
export function filterResponseNorm<X extends tf.Tensor>(
  x: X,
  { gamma, beta, learnedEpsilon = null }: FilterResponseNormParameters,
  { epsilon = FILTER_RESPONSE_EPSILON }: { epsilon?: number } = {},
): X {
  return tf.tidy(() => {
    const added = learnedEpsilon === null ? tf.scalar(epsilon) : tf.add(tf.abs(learnedEpsilon), epsilon);
    return asPositions(x, (positions) => normalize(positions, gamma, beta, added as tf.Scalar));
  });
}

function normalize(x: tf.Tensor3D, gamma: tf.Tensor1D, beta: tf.Tensor1D, epsilon: tf.Scalar): tf.Tensor3D {
  const normalized = tf.customGrad((...args) => {
    const [input, scale, offset, added, save] = args as unknown as [
      tf.Tensor3D,
      tf.Tensor1D,
      tf.Tensor1D,
      tf.Scalar,
      tf.GradSaveFunc,
    ];
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(input), 1, true), added));
    save([input, scale, inverse]);
    const value: tf.Tensor3D = tf.add(tf.mul(input, tf.mul(inverse, scale)), offset);
    return {
      value,
      gradFunc: (dy: tf.Tensor3D, saved: tf.Tensor[]) => {
        const [map, gain, s] = saved as [tf.Tensor3D, tf.Tensor1D, tf.Tensor3D];
        // Σ dy · x · s over the positions of each sample and channel, [N, 1, C].
        const responses = tf.mul(tf.sum(tf.mul(dy, map), 1, true), s);
        const pull = tf.mul(tf.mul(responses, gain), tf.square(s));
        const slope = tf.div(pull, map.shape[1]);
        return [
          tf.sub(tf.mul(dy, tf.mul(s, gain)), tf.mul(map, slope)),
          tf.sum(responses, [0, 1]),
          tf.sum(dy, [0, 1]),
          tf.mul(tf.sum(pull), -0.5),
        ];
      },
    };
  });
  return normalized(x, gamma, beta, epsilon);
}

/** max(x, τ) for `x` [N, …, C] and a threshold `tau` [C] per channel. Where they are equal, x has the gradient. */
export function thresholdedLinearUnit<X extends tf.Tensor>(x: X, tau: tf.Tensor1D): X {
  const threshold = tf.customGrad((...args) => {
    const [input, least, save] = args as unknown as [tf.Tensor3D, tf.Tensor1D, tf.GradSaveFunc];
    save([input, least]);
    return {
      value: tf.maximum<tf.Tensor3D>(input, least),
      gradFunc: (dy: tf.Tensor3D, saved: tf.Tensor[]) => {
        const [values, bound] = saved as [tf.Tensor3D, tf.Tensor1D];
        const passed = tf.mul(dy, tf.cast(tf.greaterEqual(values, bound), 'float32'));
        return [passed, tf.sum(tf.sub(dy, passed), [0, 1])];
      },
    };
  });
  return tf.tidy(() => asPositions(x, (positions) => threshold(positions, tau)));
}
