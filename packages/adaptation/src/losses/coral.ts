// CORAL: how far apart the covariances of two domains' features are.
//
// Sun and Saenko: "Deep CORAL: Correlation Alignment for Deep Domain Adaptation", 2016, arXiv 1607.01719.
//
//   C = (X − x̄)ᵀ (X − x̄) / (n − 1)   of each domain, X [n, d], with the domain's own n
//   paper   ‖C_s − C_t‖_F² / (4 d²)
//   mean    ‖C_s − C_t‖_F² / d² + ‖x̄_s − x̄_t‖² / d          as the toolboxes tllib and DomainBed have it
//
// A weight means nothing without its convention: the second is four times the first, and moves the means as well.

import * as tf from '@tensorflow/tfjs-core';

export const CORAL_CONVENTIONS = ['paper', 'mean'] as const;
export type CoralConvention = (typeof CORAL_CONVENTIONS)[number];

/**
 * The CORAL loss of features [n_s, d] and [n_t, d].
 *
 * @param convention Default `paper`.
 * @throws if a domain has fewer than 2 rows, which have no covariance.
 */
export function coralLoss(
  featuresSource: tf.Tensor2D,
  featuresTarget: tf.Tensor2D,
  convention: CoralConvention = 'paper',
): tf.Scalar {
  const [sourceCount, d] = featuresSource.shape;
  const [targetCount] = featuresTarget.shape;
  if (sourceCount < 2 || targetCount < 2) {
    throw new Error(
      `CORAL got ${sourceCount} source and ${targetCount} target images: it needs 2 or more of each for a covariance; ` +
        `use larger batches.`,
    );
  }
  return tf.tidy(() => {
    const source = moments(featuresSource);
    const target = moments(featuresTarget);
    const gap = tf.sum(tf.square(tf.sub(source.covariance, target.covariance)));
    if (convention === 'paper') return tf.div(gap, 4 * d * d) as tf.Scalar;
    const meanGap = tf.mean(tf.square(tf.sub(source.mean, target.mean)));
    return tf.add(tf.div(gap, d * d), meanGap) as tf.Scalar;
  });
}

/** Mean [1, d] and unbiased covariance [d, d] of x [n, d]. */
function moments(x: tf.Tensor2D): { mean: tf.Tensor; covariance: tf.Tensor } {
  const mean = tf.mean(x, 0, true);
  const centred = tf.sub(x, mean) as tf.Tensor2D;
  return { mean, covariance: tf.div(tf.matMul(centred, centred, true), x.shape[0] - 1) };
}
