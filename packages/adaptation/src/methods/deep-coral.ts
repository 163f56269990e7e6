// Deep CORAL: the covariances of both domains' features are brought together.
//
// Sun and Saenko: "Deep CORAL: Correlation Alignment for Deep Domain Adaptation", 2016, arXiv 1607.01719.
//
//   total = CE(source) + weight · ‖C_s − C_t‖_F² / (4 d²)        conventions: ../losses/coral.ts

import { coralLoss, type CoralConvention } from '../losses/coral.ts';
import { alignedMethod, type AlignmentOptions } from './aligned-method.ts';
import type { MethodFactory } from './plan.ts';

/** The weight of the covariance gap, in the given convention, is 10 by default. */
export interface CoralOptions extends AlignmentOptions {
  /** Default `paper`. */
  convention?: CoralConvention;
}

/**
 * Deep CORAL. It logs the gap, without its weight, as `covarianceGap`.
 *
 * @throws on a weight below 0.
 */
export const coral = ({
  weight = 10,
  labelSmoothing = 0,
  convention = 'paper',
}: CoralOptions = {}): MethodFactory =>
  alignedMethod('CORAL', { weight, labelSmoothing }, ({ source, target }) => {
    const loss = coralLoss(source.features, target.features, convention);
    return { loss, terms: { covarianceGap: loss } };
  });
