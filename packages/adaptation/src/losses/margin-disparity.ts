// Margin disparity discrepancy: how much a second classifier can disagree with the first on the target while it agrees
// on the source.
//
// Zhang, Liu, Long, Jordan: "Bridging Theory and Algorithm for Domain Adaptation", ICML 2019, arXiv 1904.05801, section 4.
//
//   loss = γ · mean_i (−log p'_i[ŷ_i]) − mean_j log(1 − p'_j[ŷ_j]),   i over the source, j over the target
//
// with ŷ = argmax z the first classifier's classes, p' = softmax(z') the second's predictions, and γ the margin's
// exponential. The second classifier minimizes it; the features, behind a gradient reversal, maximize it.
// log(1 − p'[ŷ]) is Σ_{k≠ŷ} of the powers over all of them, as two log-sum-exps: exact where p' rounds to 1, so it needs
// no constant beside it.

import { constant } from '@plumbline/ops';
import { classificationLoss } from '@plumbline/training';
import * as tf from '@tensorflow/tfjs-core';

/** Logits [n, K] of the two classifiers for one domain's images. */
export interface TwoClassifiers {
  /** The classifier's; no gradient reaches them. */
  readonly logits: tf.Tensor2D;
  readonly adversarialLogits: tf.Tensor2D;
}

/** γ of tllib and of the paper's main results. */
export const DEFAULT_MARGIN = 4;

/** Far below every logit. */
const NOTHING = -1e9;

/**
 * The transfer loss of MDD.
 *
 * @param margin γ, 0 or more. Default 4.
 */
export const marginDisparity = (
  source: TwoClassifiers,
  target: TwoClassifiers,
  margin = DEFAULT_MARGIN,
): tf.Scalar =>
  tf.tidy(() => {
    const { loss: agreement } = classificationLoss(source.adversarialLogits, predicted(source.logits));
    const z = target.adversarialLogits;
    const isPredicted = constant(() => tf.cast(tf.oneHot(predicted(target.logits), z.shape[1]), 'float32'));
    const others = tf.logSumExp(tf.add(z, tf.mul(isPredicted, NOTHING)), 1);
    const disagreement = tf.mean(tf.sub(others, tf.logSumExp(z, 1)));
    return tf.sub(tf.mul(margin, agreement), disagreement) as tf.Scalar;
  });

/** The class of the largest logit of each row, int32 [n]; no gradient. */
const predicted = (logits: tf.Tensor2D): tf.Tensor1D => constant(() => tf.argMax(logits, 1) as tf.Tensor1D);
