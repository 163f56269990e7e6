// The entropy of predictions, and what is made of it without labels.
//
//   H(p) = −Σ_k p_k log p_k,   p = softmax(z),   natural logarithm, 0 … log K
//
// - entropy minimization: mean_i H(p_i). Grandvalet and Bengio: "Semi-supervised Learning by Entropy Minimization",
//   NIPS 2004. Alone it is least where all images are of one class.
// - information maximization: mean_i H(p_i) − H(mean_i p_i), least where every prediction is sure and all classes are
//   equally frequent. Gomes, Krause, Perona: "Discriminative Clustering by Regularized Information Maximization", NIPS
//   2010; as in Liang, Hu, Feng: "Do We Really Need to Access the Source Data?" (SHOT), 2020, arXiv 2002.08546.

import * as tf from '@tensorflow/tfjs-core';

/** H(p_i) of each row of `logits` [n, K], in nats; [n]. */
export const softmaxEntropies = (logits: tf.Tensor2D): tf.Tensor1D =>
  tf.tidy(() => {
    const logProbabilities = tf.logSoftmax(logits);
    return tf.neg(tf.sum(tf.mul(tf.exp(logProbabilities), logProbabilities), 1)) as tf.Tensor1D;
  });

/** mean_i H(p_i) of `logits` [n, K], in nats. */
export const entropyLoss = (logits: tf.Tensor2D): tf.Scalar =>
  tf.tidy(() => tf.mean(softmaxEntropies(logits)) as tf.Scalar);

/** Information maximization and its two parts. */
export interface InformationMaximization {
  /** entropy − diversity; between −log K and 0. */
  readonly loss: tf.Scalar;
  /** mean_i H(p_i), in nats. */
  readonly entropy: tf.Scalar;
  /** H(mean_i p_i), in nats. */
  readonly diversity: tf.Scalar;
}

/** What makes predictions sure and diverse, of `logits` [n, K]. */
export const informationMaximization = (logits: tf.Tensor2D): InformationMaximization =>
  tf.tidy(() => {
    const entropy = entropyLoss(logits);
    const mean = tf.mean(tf.softmax(logits), 0);
    // A class that no image has: 0 · log 0 is 0, with a finite slope.
    const diversity = tf.neg(tf.sum(tf.mul(mean, tf.log(tf.add(mean, 1e-12)))));
    return { loss: tf.sub(entropy, diversity), entropy, diversity } as unknown as tf.NamedTensorMap;
  }) as unknown as InformationMaximization;
