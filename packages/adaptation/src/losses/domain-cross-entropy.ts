// How well a discriminator tells source from target, and how often it is right.
//
//   loss = ½ ( mean_i w_i (−log d(x_i)) + mean_j w_j (−log (1 − d(x_j))) ),   i over the source, j over the target
//
// with d = sigmoid(z) the probability of the source and w = 1 unless given. Each domain counts half, however many images
// it has. Computed from logits: −log sigmoid(z) = softplus(−z) is finite for every z.
//
// Ganin et al.: "Domain-Adversarial Training of Neural Networks", JMLR 2016, arXiv 1505.07818; the weights are CDAN+E's,
// Long et al. 2018, arXiv 1705.10667.

import { constant } from '@plumbline/ops';
import * as tf from '@tensorflow/tfjs-core';

/** What each image's loss is multiplied by, [n_s] and [n_t]. */
export interface DomainWeights {
  readonly source: tf.Tensor1D;
  readonly target: tf.Tensor1D;
}

/**
 * The domain loss of a discriminator's logits [n_s, 1] and [n_t, 1], positive for the source.
 *
 * @param weights Default: 1 for every image.
 */
export const domainCrossEntropy = (
  logitsSource: tf.Tensor2D,
  logitsTarget: tf.Tensor2D,
  weights?: DomainWeights,
): tf.Scalar =>
  tf.tidy(() => {
    const mean = (losses: tf.Tensor, weight: tf.Tensor1D | undefined): tf.Tensor => {
      const flat = tf.reshape(losses, [-1]);
      return tf.mean(weight === undefined ? flat : tf.mul(flat, weight));
    };
    const source = mean(tf.softplus(tf.neg(logitsSource)), weights?.source);
    const target = mean(tf.softplus(logitsTarget), weights?.target);
    return tf.mul(0.5, tf.add(source, target)) as tf.Scalar;
  });

/** The share of images whose domain the logits tell, each domain counting half; 0.5 is guessing. No gradient. */
export const discriminatorAccuracy = (logitsSource: tf.Tensor2D, logitsTarget: tf.Tensor2D): tf.Scalar =>
  constant(() =>
    tf.tidy(() => {
      const share = (right: tf.Tensor): tf.Tensor => tf.mean(tf.cast(right, 'float32'));
      const source = share(tf.greaterEqual(logitsSource, 0));
      return tf.mul(0.5, tf.add(source, share(tf.less(logitsTarget, 0)))) as tf.Scalar;
    }),
  );
