// Importance-weighted cross-validation: the source's validation loss, weighted to look like the target's,
//
//   −mean_i w_i ℓ_i,   w the ratio of densities, ℓ the cross-entropy of a source validation image
//
// Sugiyama, Krauledat and Müller 2007, "Covariate Shift Adaptation by Importance Weighted Cross Validation", JMLR 8.

import { crossEntropies } from '../analysis/probabilities.ts';
import { densityRatio } from './density-ratio.ts';
import type { ValidatorInput } from './validator.ts';

/** mean_i w_i ℓ_i. */
export const importanceWeightedRisk = (weights: Float64Array, losses: Float64Array): number =>
  weights.reduce((sum, weight, i) => sum + weight * (losses[i] as number), 0) / weights.length;

/** The negative risk, at most 0. */
export const importanceWeightedScore = (input: ValidatorInput): number =>
  -importanceWeightedRisk(
    densityRatio(input),
    crossEntropies(input.sourceValidation.logits, input.sourceValidation.labels),
  );
