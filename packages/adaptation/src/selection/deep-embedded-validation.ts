// Deep embedded validation: the importance-weighted risk with a control variate, since weights have the mean 1 and little else to
// rely on,
//
//   −(mean_i w_i ℓ_i + η mean_i w_i − η),   η = −Cov(w ℓ, w) / Var(w)
//
// w the ratio of densities on features, ℓ the cross-entropy of a source validation image. You, Wang, Long and Jordan 2019, "Towards
// Accurate Model Selection in Deep Unsupervised Domain Adaptation", PMLR 97.

import { crossEntropies } from '../analysis/probabilities.ts';
import { densityRatio } from './density-ratio.ts';
import { importanceWeightedRisk } from './importance-weighted-validation.ts';
import type { ValidatorInput } from './validator.ts';

/** mean(w ℓ) + η mean(w) − η; equal weights have no variance, and then η is 0. */
export function deepEmbeddedRisk(weights: Float64Array, losses: Float64Array): number {
  const weighted = importanceWeightedRisk(weights, losses);
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
  let covariance = 0;
  let variance = 0;
  weights.forEach((weight, i) => {
    covariance += (weight * (losses[i] as number) - weighted) * (weight - mean);
    variance += (weight - mean) ** 2;
  });
  const eta = variance > 0 ? -covariance / variance : 0;
  return weighted + eta * mean - eta;
}

/** The negative risk; the control variate can make it positive. */
export const deepEmbeddedScore = (input: ValidatorInput): number =>
  -deepEmbeddedRisk(
    densityRatio(input),
    crossEntropies(input.sourceValidation.logits, input.sourceValidation.labels),
  );
