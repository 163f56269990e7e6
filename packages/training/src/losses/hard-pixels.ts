// Which pixels a loss is taken over: the hardest ones (online hard example mining, OHEM).
//
// Shrivastava, Gupta, Girshick 2016, arXiv:1604.03540, for regions; for pixels as in TensorFlow DeepLab's top-k loss
// (the hardest share, after a ramp) and in Wu, Shen, van den Hengel 2016, arXiv:1605.06885 (those below a probability).
//
//   d_p = −log softmax(z_p)[y_p]             n = valid pixels of the batch           k = max(1, round(share · n))
//   keep p  ⇔  p is valid and d_p ≥ min(k-th largest d, −log threshold)
//
// Hard means badly predicted: class weights and smoothing change what a kept pixel costs, not which are kept. Pixels
// that are exactly as hard as the k-th are all kept. The choice is made over the whole batch and carries no gradient.

import { stopGradient } from '@plumbline/ops';
import * as tf from '@tensorflow/tfjs-core';
import { logProbability, type Pixels } from './pixels.ts';

export interface HardPixelOptions {
  /**
   * Share of the valid pixels to keep at least, in (0, 1]; a scalar tensor can change from step to step, see
   * `KeptShareRamp`. Default 1: all.
   */
  keptShare?: number | tf.Scalar;
  /**
   * Keep every pixel whose true class has a probability below this, in (0, 1), too. `keptShare` is then the least
   * share to keep. Default: none.
   */
  threshold?: number;
}

/** Whether the options leave any pixel out. */
export const selectsPixels = ({ keptShare = 1 }: HardPixelOptions): boolean => keptShare !== 1;

/** @throws on a share outside (0, 1], or a threshold outside (0, 1) or without a share. */
export function checkHardPixels(loss: string, options: HardPixelOptions): void {
  const { keptShare = 1, threshold } = options;
  if (typeof keptShare === 'number' && !(keptShare > 0 && keptShare <= 1))
    throw new Error(
      `${loss}: keptShare must be above 0 and at most 1 (1 keeps all pixels), and it is ${keptShare}.`,
    );
  if (threshold === undefined) return;
  if (!(threshold > 0 && threshold < 1))
    throw new Error(`${loss}: threshold is a probability between 0 and 1, and it is ${threshold}.`);
  if (!selectsPixels(options))
    throw new Error(
      `${loss}: threshold ${threshold} leaves no pixel out while keptShare is 1: set the least share to keep.`,
    );
}

/** [P] float32: 1 for a pixel to be learnt from, 0 for an easy or void one. */
export function hardPixels(pixels: Pixels, { keptShare = 1, threshold }: HardPixelOptions): tf.Tensor1D {
  const { valid, validCount } = pixels;
  return tf.tidy(() => {
    // −1 is easier than any pixel that counts.
    const loss = tf.neg(stopGradient(logProbability(pixels)));
    const difficulty = tf.where(tf.cast(valid, 'bool'), loss, -1);
    const { values } = tf.topk(difficulty, difficulty.size);
    const kept = tf.maximum(tf.floor(tf.add(tf.mul(validCount, keptShare), 0.5)), 1);
    const last = tf.reshape(tf.cast(tf.sub(kept, 1), 'int32'), [1]);
    const kth = tf.gather(values, last);
    const cutoff = threshold === undefined ? kth : tf.minimum(kth, -Math.log(threshold));
    return tf.mul(valid, tf.cast(tf.greaterEqual(difficulty, cutoff), 'float32'));
  });
}
