// Over which batches Moving Average Batch Normalization averages its statistics; the two forms its authors published.
//
// Both keep the values of recent (sub-)batches in a buffer, in the forward pass those of x², in the backward pass those
// of the gradient, and turn a step's own values [S, C] into S averaged ones.

import * as tf from '@tensorflow/tfjs-core';

/**
 * - `detection`: one batch a step, averaged with those of the last `bufferSize` steps;
 * - `imagenet`: a batch is seen as `bufferSize` sub-batches of `normalizationBatch` images, each averaged with the
 *   `bufferSize` − 1 before it, in this step and the one before.
 */
export type MovingAverageForm = 'detection' | 'imagenet';

/** What a step is to its window, made in the forward pass and kept for the backward one. */
export interface WindowMoment {
  /** 1 at the buffer's row for this step, else 0: [bufferSize, 1]. Unused by `imagenet`. */
  row: tf.Tensor2D;
  /** Whether the step uses its own values alone, because the buffer is not full or the warm-up not over. */
  alone: tf.Scalar;
}

/** The averaged values [S, C] of a step with its `own` values [S, C], and the buffer [bufferSize, C] after it. */
export type Window = (
  buffer: tf.Tensor2D,
  own: tf.Tensor2D,
  moment: WindowMoment,
) => { averaged: tf.Tensor2D; buffer: tf.Tensor2D };

/** The moment of step `t`, counted from 1. */
export function windowMoment(
  form: MovingAverageForm,
  t: tf.Scalar,
  bufferSize: number,
  warmup: number,
): WindowMoment {
  const filled = form === 'detection' ? bufferSize : 1;
  const place = tf.mod(tf.floor(t), bufferSize);
  return {
    row: tf.reshape(tf.cast(tf.equal(tf.range(0, bufferSize), place), 'float32'), [bufferSize, 1]),
    alone: tf.logicalOr(tf.less(t, filled + 1), tf.less(t, warmup)),
  };
}

const lastBatches: Window = (buffer, own, { row, alone }) => {
  const next = tf.add(tf.mul(buffer, tf.sub(1, row)), tf.mul(own, row)) as tf.Tensor2D;
  const mean: tf.Tensor2D = tf.mean(next, 0, true);
  return { averaged: tf.where(alone, own, mean), buffer: next };
};

const lastSubBatches: Window = (buffer, own, { alone }) => {
  const size = own.shape[0];
  // Row i of the result averages rows i + 1 … of the step before and rows … i of this one.
  const present = tf.tensor2d(
    Array.from({ length: size * size }, (_, k) => (k % size <= Math.floor(k / size) ? 1 / size : 0)),
    [size, size],
  );
  const past = tf.sub(1 / size, present) as tf.Tensor2D;
  const averaged = tf.add(tf.matMul(present, own), tf.matMul(past, buffer)) as tf.Tensor2D;
  return { averaged: tf.where(alone, own, averaged), buffer: own };
};

export const windowOf = (form: MovingAverageForm): Window =>
  form === 'detection' ? lastBatches : lastSubBatches;
