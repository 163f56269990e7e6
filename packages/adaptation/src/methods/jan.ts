// Joint adaptation network: features and predictions of both domains are brought together as one joint distribution.
//
// Long, Zhu, Wang, Jordan: "Deep Transfer Learning with Joint Adaptation Networks", 2016, arXiv 1605.06636.
//
//   total = CE(source) + weight · JMMD²((f_s, p_s), (f_t, p_t)),   p = softmax(z)
//
// The kernel is the product of five Gaussians' sum on the features and of one with σ = 0.92 on the probabilities. The
// paper's adversarial variant, with a trained map before each kernel, is left out.

import { constant } from '@plumbline/ops';
import * as tf from '@tensorflow/tfjs-core';
import {
  discrepancy,
  jointKernel,
  PREDICTION_KERNEL,
  type MeanDiscrepancyOptions,
} from '../losses/mean-discrepancy.ts';
import { alignedMethod, type AlignmentOptions } from './aligned-method.ts';
import type { MethodFactory } from './plan.ts';

/** The joint discrepancy's weight is 1 by default. */
export interface JanOptions extends MeanDiscrepancyOptions, AlignmentOptions {}

/**
 * JAN; the options of kernels are those of the features. It logs as `discrepancy` the biased estimate under the same
 * kernel, which is never below 0.
 *
 * @throws on a weight below 0.
 */
export const jan = ({
  weight = 1,
  labelSmoothing = 0,
  estimator = 'quadratic',
  ...kernelOptions
}: JanOptions = {}): MethodFactory =>
  alignedMethod('JAN', { weight, labelSmoothing }, ({ source, target }) => {
    const kernel = jointKernel([
      { source: source.features, target: target.features, kernel: kernelOptions },
      {
        source: tf.softmax(source.logits),
        target: tf.softmax(target.logits),
        kernel: PREDICTION_KERNEL,
      },
    ]);
    const sourceCount = source.features.shape[0];
    return {
      loss: discrepancy(kernel, sourceCount, estimator),
      terms: { discrepancy: constant(() => discrepancy(kernel, sourceCount, 'biased')) },
    };
  });
