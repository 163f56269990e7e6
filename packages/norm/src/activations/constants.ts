// Statistics that no gradient goes through.

import * as tf from '@tensorflow/tfjs-core';

/**
 * What `compute` returns, as a constant: nothing inside is recorded for the backward pass, so its temporary maps are
 * freed at once, and nothing before it receives a gradient.
 */
export const constant = <T extends tf.Tensor>(compute: () => T): T =>
  // A custom gradient without inputs leaves no path on the tape.
  tf.customGrad(() => ({ value: compute(), gradFunc: () => [] }))() as T;

/** The vectors of one length that `compute` returns, as constants. */
export const constantVectors = (compute: () => tf.Tensor[]): tf.Tensor1D[] =>
  tf.unstack(constant(() => tf.stack(compute()))) as tf.Tensor1D[];
