// Soft Dice loss: the overlap of each class as a whole, so that small classes count as much as large ones.
//
// Milletari, Navab, Ahmadi 2016 (V-Net), arXiv:1606.04797, with plain sums in the divisor instead of squares (as
// Sudre et al. 2017, arXiv:1707.03237), over the K classes of a softmax:
//   D_c = 2 Σ_p s_p[c] [y_p = c] / (Σ_p s_p[c] + Σ_p [y_p = c])         loss = mean over present c of 1 − D_c
//
// Sums run over the valid pixels of the whole batch: of two images together, not of each. Only classes that the batch's
// truth holds count: the Dice of an absent class would be 0 whatever the network says, with a gradient that pushes
// nowhere in particular; its pixels are missing in the sums of the present classes anyway. So no smoothing constant is
// needed. No class is present where no pixel is valid: the loss is 0 then.

import * as tf from '@tensorflow/tfjs-core';
import { classTargets, DEFAULT_IGNORE_LABEL, flatPixels, type PixelLoss } from './pixels.ts';

export interface DiceOptions {
  /** Default 255. */
  ignoreLabel?: number;
}

/**
 * In [0, 1]; 0 where every valid pixel is certain and right.
 *
 * @throws if shapes or types do not fit.
 */
export function diceLoss(
  logits: tf.Tensor4D,
  labels: tf.Tensor3D,
  { ignoreLabel = DEFAULT_IGNORE_LABEL }: DiceOptions = {},
): PixelLoss {
  return tf.tidy(() => {
    const pixels = flatPixels('Dice loss', logits, labels, ignoreLabel);
    const targets = classTargets(pixels);
    const probabilities = tf.mul(tf.softmax(pixels.logits), tf.expandDims(pixels.valid, 1));
    const truth = tf.sum(targets, 0);
    const overlap = tf.sum(tf.mul(probabilities, targets), 0);
    // Of a present class it is 1 at least. (tf.divNoNan has no gradient in its divisor.)
    const size = tf.maximum(tf.add(tf.sum(probabilities, 0), truth), 1);
    const dice = tf.div(tf.mul(overlap, 2), size);
    const present = tf.cast(tf.greater(truth, 0), 'float32');
    const loss = tf.div(tf.sum(tf.mul(present, tf.sub(1, dice))), tf.maximum(tf.sum(present), 1));
    return { loss: tf.add(loss, pixels.check), weight: pixels.validCount } as unknown as tf.NamedTensorMap;
  }) as unknown as PixelLoss;
}
