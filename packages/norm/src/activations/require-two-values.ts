// The refusal of a training batch that has no statistics.

import type * as tf from '@tensorflow/tfjs-core';

/** Refuses a training input `x` [N, …, C] of one value per channel. */
export function requireTwoValues(x: tf.Tensor, name: string): void {
  if (x.size / (x.shape[x.rank - 1] ?? 1) >= 2) return;
  throw new Error(
    `${name} got an input of shape [${x.shape.join(', ')}] in training: one value per channel has no variance. Use a ` +
      `batch of 2 or more, or group normalization or no normalization on this branch.`,
  );
}
