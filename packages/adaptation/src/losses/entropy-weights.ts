// How much each image counts for a conditional discriminator: sure predictions count more.
//
//   w_i = 1 + exp(−H(p_i)),   then divided by its mean;   H in nats
//
// Long, Cao, Wang, Jordan: "Conditional Adversarial Domain Adaptation", NeurIPS 2018, arXiv 1705.10667, section 3.3
// (CDAN+E). Two codes read it differently. tllib divides by the mean over all images of both domains and lets no gradient
// through. The authors' divides by each domain's mean and lets the gradient flow through H, turned around by the
// reversal's λ, while the mean itself is a constant.

import { gradientReversal, stopGradient } from '@plumbline/ops';
import * as tf from '@tensorflow/tfjs-core';
import type { DomainWeights } from './domain-cross-entropy.ts';
import { softmaxEntropies } from './softmax-entropy.ts';

export const ENTROPY_GRADIENTS = ['none', 'reversed'] as const;
export type EntropyGradient = (typeof ENTROPY_GRADIENTS)[number];

/**
 * The weights of images with `logitsSource` [n_s, K] and `logitsTarget` [n_t, K]: their mean over all n_s + n_t images
 * is 1, and no gradient flows through them.
 */
export const entropyWeights = (logitsSource: tf.Tensor2D, logitsTarget: tf.Tensor2D): DomainWeights =>
  pair(() => {
    const source = surety(stopGradient(softmaxEntropies(logitsSource)));
    const target = surety(stopGradient(softmaxEntropies(logitsTarget)));
    const mean = tf.mean(tf.concat([source, target]));
    return { source: tf.div(source, mean), target: tf.div(target, mean) };
  });

/**
 * The weights of the authors' code: their mean is 1 in each domain, and the gradient flows through the entropies, times
 * −`strength`.
 */
export const reversedEntropyWeights = (
  logitsSource: tf.Tensor2D,
  logitsTarget: tf.Tensor2D,
  strength: number | tf.Scalar,
): DomainWeights =>
  pair(() => {
    const weights = (logits: tf.Tensor2D): tf.Tensor1D => {
      const raw = surety(gradientReversal(softmaxEntropies(logits), strength));
      return tf.div(raw, stopGradient(tf.mean(raw)));
    };
    return { source: weights(logitsSource), target: weights(logitsTarget) };
  });

const surety = (entropies: tf.Tensor1D): tf.Tensor1D => tf.add(1, tf.exp(tf.neg(entropies)));

const pair = (compute: () => DomainWeights): DomainWeights =>
  tf.tidy(() => compute() as unknown as tf.NamedTensorMap) as unknown as DomainWeights;
