// Deep adaptation network: the features of both domains are brought together by their mean discrepancy under several
// Gaussian kernels.
//
// Long, Cao, Wang, Jordan: "Learning Transferable Features with Deep Adaptation Networks", 2015, arXiv 1502.02791.
//
//   total = CE(source) + weight · MMD²(f_s, f_t)        the mathematics: ../losses/mean-discrepancy.ts

import { constant } from '@plumbline/ops';
import { gaussianKernels } from '../losses/gaussian-kernels.ts';
import { discrepancy, type MeanDiscrepancyOptions } from '../losses/mean-discrepancy.ts';
import { alignedMethod, type AlignmentOptions } from './aligned-method.ts';
import type { MethodFactory } from './plan.ts';

/** The discrepancy's weight is 1 by default. */
export interface DanOptions extends MeanDiscrepancyOptions, AlignmentOptions {}

/**
 * DAN with the unbiased quadratic estimate, or with the `linear` one, which is noisier. It logs as `discrepancy` the
 * biased estimate under the same kernel, which is 0 where the batches agree and never below.
 *
 * @throws on a weight below 0.
 */
export const dan = ({
  weight = 1,
  labelSmoothing = 0,
  estimator = 'quadratic',
  ...kernelOptions
}: DanOptions = {}): MethodFactory =>
  alignedMethod('DAN', { weight, labelSmoothing }, ({ source, target }) => {
    const kernel = gaussianKernels(source.features, target.features, kernelOptions);
    const sourceCount = source.features.shape[0];
    return {
      loss: discrepancy(kernel, sourceCount, estimator),
      terms: { discrepancy: constant(() => discrepancy(kernel, sourceCount, 'biased')) },
    };
  });
