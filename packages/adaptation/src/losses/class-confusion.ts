// Minimum class confusion: on unlabelled images, predictions must not hesitate between pairs of classes.
//
// Jin, Wang, Long, Wang: "Minimum Class Confusion for Versatile Domain Adaptation", 2019, arXiv 1912.03699.
//
//   q = softmax(z / T) [n, K]        w_i = n (1 + e^{−H(q_i)}) / Σ_j (1 + e^{−H(q_j)}), a constant to the gradient
//   C = qᵀ diag(w) q [K, K]          each row divided by its sum
//   loss = (Σ C − tr C) / K          the mean probability of being confused with another class, 0 … 1

import { constant } from '@plumbline/ops';
import * as tf from '@tensorflow/tfjs-core';
import { softmaxEntropies } from './softmax-entropy.ts';

export const DEFAULT_CONFUSION_TEMPERATURE = 2.5;

/**
 * The class confusion of the target's `logits` [n, K].
 *
 * @param temperature T. Default 2.5, the paper's.
 * @throws on a temperature that is not above 0.
 */
export function classConfusion(logits: tf.Tensor2D, temperature = DEFAULT_CONFUSION_TEMPERATURE): tf.Scalar {
  if (!(temperature > 0 && Number.isFinite(temperature)))
    throw new Error(`Class confusion got temperature ${temperature}: use a number above 0, such as 2.5.`);
  return tf.tidy(() => {
    const classes = logits.shape[1];
    const tempered = tf.div(logits, temperature) as tf.Tensor2D;
    const predictions = tf.softmax(tempered);
    const weights = constant(() => {
      const certainty = tf.add(tf.exp(tf.neg(softmaxEntropies(tempered))), 1);
      return tf.div(certainty, tf.mean(certainty));
    });
    const weighted = tf.mul(predictions, tf.expandDims(weights, 1)) as tf.Tensor2D;
    const confusion = tf.matMul(weighted, predictions, true);
    // A class of no probability has an empty row, which confuses nothing.
    const rows = tf.maximum(tf.sum(confusion, 1, true), 1e-12);
    const normalized = tf.div(confusion, rows);
    const kept = tf.sum(tf.mul(normalized, tf.eye(classes)));
    return tf.div(tf.sub(tf.sum(normalized), kept), classes) as tf.Scalar;
  });
}
