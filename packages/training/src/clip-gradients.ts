// Gradient clipping by the norm of all gradients together (Pascanu et al. 2013, arXiv:1211.5063).
//
//   n = sqrt(Σ_i ‖g_i‖²),   g_i ← g_i · min(1, maxNorm / (n + 1e-6))
// The direction of the step stays; only its length is bounded. Same formula as torch.nn.utils.clip_grad_norm_.

import * as tf from '@tensorflow/tfjs-core';

export interface ClippedGradients {
  gradients: tf.NamedTensorMap;
  /** The norm before clipping. */
  norm: tf.Scalar;
}

/** Clips on the device, without reading the norm. The given gradients are disposed; the caller owns the result. */
export function clipByGlobalNorm(gradients: tf.NamedTensorMap, maxNorm: number): ClippedGradients {
  if (!(maxNorm > 0)) throw new Error(`The largest gradient norm must be above 0, and it is ${maxNorm}.`);
  const result = tf.tidy(() => {
    const squares = Object.values(gradients).map((g) => tf.sum<tf.Scalar>(tf.square(g)));
    const norm = tf.sqrt(tf.addN(squares));
    const factor = tf.minimum(1, tf.div(maxNorm, tf.add(norm, 1e-6)));
    const clipped = Object.entries(gradients).map(
      ([name, g]) => [name, tf.mul<tf.Tensor>(g, factor)] as const,
    );
    return { norm, gradients: Object.fromEntries(clipped) };
  });
  tf.dispose(gradients);
  return result;
}
