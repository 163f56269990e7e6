// Lovász-softmax: a convex surrogate of 1 − IoU, the score itself.
//
// Berman, Rannen Triki, Blaschko 2018, arXiv:1705.08790. For a class c with G > 0 true pixels:
//   m_p = 1 − s_p[c] where y_p = c, else s_p[c]           the errors of the P valid pixels, s = softmax(z)
//   sort them, largest first; among the first i let F_i be true pixels of c and B_i others:
//   J_i = 1 − (G − F_i) / (G + B_i)                       the Jaccard loss of having just these i pixels wrong
//   loss_c = Σ_i m_(i) (J_i − J_(i−1))                    loss = mean of loss_c over the present classes
//
// The differences are taken in closed form, since for a million pixels float32 has no digits left for J_i − J_(i−1):
//   1 / (G + B_i) where pixel i is of class c,   (G − F_i) / ((G + B_i) (G + B_i − 1)) where it is not.
// The order is piecewise constant, so the loss is linear in the errors with these slopes, and they are its gradient.
//
// All images of the batch are sorted together. Classes the batch's truth does not hold are left out, as the paper does:
// their IoU would be 0 for a single false pixel. The loss is 0 where no pixel is valid.

import { stopGradient } from '@plumbline/ops';
import * as tf from '@tensorflow/tfjs-core';
import { classTargets, DEFAULT_IGNORE_LABEL, flatPixels, type PixelLoss } from './pixels.ts';

export interface LovaszOptions {
  /** Default 255. */
  ignoreLabel?: number;
}

/**
 * J_i − J_(i−1) of every pixel, where it stands.
 *
 * @param errors [K, P]; constants.
 * @param targets [K, P], 1 for the true pixels of a class.
 * @param valid [P], 1 for the pixels that count.
 */
function jaccardSlopes(errors: tf.Tensor2D, targets: tf.Tensor2D, valid: tf.Tensor1D): tf.Tensor2D {
  const [classes, count] = errors.shape;
  // Void pixels are placed last, where they change nobody's place and count in no sum.
  const order = tf.topk(tf.where(tf.cast(valid, 'bool'), errors, -1), count).indices;
  const rows = tf.mul(tf.range(0, classes, 1, 'int32'), tf.scalar(count, 'int32'));
  const places = tf.reshape(tf.add(order, tf.expandDims(rows, 1)), [-1]);
  const inOrder = (x: tf.Tensor): tf.Tensor2D =>
    tf.reshape(tf.gather(tf.reshape(x, [-1]), places), [classes, count]);
  const isTrue = inOrder(targets);
  const isOther = tf.sub(inOrder(tf.mul(tf.onesLike(targets), valid)), isTrue);
  const truePixels = tf.sum(targets, 1, true);
  const intersection = tf.sub(truePixels, tf.cumsum(isTrue, 1));
  const union = tf.add(truePixels, tf.cumsum(isOther, 1));
  const slopes = tf.add(
    tf.divNoNan(isTrue, union),
    tf.divNoNan(tf.mul(isOther, intersection), tf.mul(union, tf.sub(union, 1))),
  );
  const back = tf.scatterND(tf.expandDims(places, 1) as tf.Tensor2D, tf.reshape(slopes, [-1]), [
    classes * count,
  ]);
  return tf.reshape(back, [classes, count]);
}

/**
 * In [0, 1]; 0 where every valid pixel is certain and right. It sorts the errors of every class: K sorts of N·H·W.
 *
 * @throws if shapes or types do not fit.
 */
export function lovaszLoss(
  logits: tf.Tensor4D,
  labels: tf.Tensor3D,
  { ignoreLabel = DEFAULT_IGNORE_LABEL }: LovaszOptions = {},
): PixelLoss {
  return tf.tidy(() => {
    const pixels = flatPixels('Lovász loss', logits, labels, ignoreLabel);
    const { valid } = pixels;
    const targets = tf.transpose(classTargets(pixels));
    const probabilities = tf.transpose(tf.softmax(pixels.logits));
    // |[y = c] − s|, with the sign of a constant: tf.abs would have no slope where they are equal.
    const errors = tf.add<tf.Tensor2D>(targets, tf.mul(probabilities, tf.sub(1, tf.mul(targets, 2))));
    const slopes = tf.mul(jaccardSlopes(stopGradient(errors), targets, valid), valid);
    const perClass = tf.sum(tf.mul(errors, slopes), 1);
    const present = tf.cast(tf.greater(tf.sum(targets, 1), 0), 'float32');
    const loss = tf.div(tf.sum(tf.mul(present, perClass)), tf.maximum(tf.sum(present), 1));
    return { loss: tf.add(loss, pixels.check), weight: pixels.validCount } as unknown as tf.NamedTensorMap;
  }) as unknown as PixelLoss;
}
