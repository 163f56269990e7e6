// Adaptive feature norm: the features of both domains are made larger, toward one radius (hard) or step by step.
//
// Xu, Li, Yang, Lin: "Larger Norm More Transferable: An Adaptive Feature Norm Approach for Unsupervised Domain
// Adaptation", 2018, arXiv 1811.07456.
//
//   total = CE(source) + weight · (norm(f_s) + norm(f_t)) + entropyWeight · mean H(p_t)
//
// with the norm losses of ../losses/feature-norm.ts. The stepwise one has no lower bound, so that the total falls below 0
// as the norms grow; `normSource` and `normTarget` are what to look at.

import * as tf from '@tensorflow/tfjs-core';
import { hardFeatureNorm, meanFeatureNorm, stepwiseFeatureNorm } from '../losses/feature-norm.ts';
import { entropyLoss } from '../losses/softmax-entropy.ts';
import { alignedMethod, type AlignmentOptions } from './aligned-method.ts';
import { checkWeight } from './check-weight.ts';
import type { MethodFactory } from './plan.ts';

export const FEATURE_NORM_FORMS = ['hafn', 'safn'] as const;
export type FeatureNormForm = (typeof FEATURE_NORM_FORMS)[number];

/** The weight of both domains' norm losses is 0.05 by default. */
export interface AfnOptions extends AlignmentOptions {
  /** Default `safn`, the stepwise form. */
  form?: FeatureNormForm;
  /** Δ, by how much the stepwise form wants each norm to grow. Default 1. */
  delta?: number;
  /** R, the mean norm that the hard form wants. Default 25. */
  radius?: number;
  /** Of the target's entropy (SAFN+ENT has 0.1). Default 0: no such term. */
  entropyWeight?: number;
}

/**
 * HAFN or SAFN, with entropy minimization if asked for. It logs both mean norms, and the target's entropy.
 *
 * @throws on a weight below 0.
 */
export function afn({
  form = 'safn',
  weight = 0.05,
  labelSmoothing = 0,
  delta = 1,
  radius = 25,
  entropyWeight = 0,
}: AfnOptions = {}): MethodFactory {
  const name = form.toUpperCase();
  checkWeight(name, weight);
  checkWeight(name, entropyWeight, 'entropyWeight');
  const normLoss = (meanNorm: tf.Scalar): tf.Scalar =>
    form === 'hafn' ? hardFeatureNorm(meanNorm, radius) : stepwiseFeatureNorm(meanNorm, delta);
  return alignedMethod(
    entropyWeight > 0 ? `${name}+ENT` : name,
    { weight: 1, labelSmoothing },
    ({ source, target }) => {
      const normSource = meanFeatureNorm(source.features);
      const normTarget = meanFeatureNorm(target.features);
      const norms = tf.mul<tf.Scalar>(tf.add(normLoss(normSource), normLoss(normTarget)), weight);
      if (entropyWeight === 0) return { loss: norms, terms: { normSource, normTarget } };
      const entropy = entropyLoss(target.logits);
      return {
        loss: tf.add(norms, tf.mul(entropy, entropyWeight)),
        terms: { normSource, normTarget, entropy },
      };
    },
  );
}
