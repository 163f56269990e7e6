export { chooseStep, type ScoredStep } from './choose-step.ts';
export { classAmiScore } from './class-ami.ts';
export { deepEmbeddedRisk, deepEmbeddedScore } from './deep-embedded-validation.ts';
export { densityRatio } from './density-ratio.ts';
export { importanceWeightedRisk, importanceWeightedScore } from './importance-weighted-validation.ts';
export { informationMaximizationScore } from './information-maximization.ts';
export { adjustedMutualInformation } from './mutual-information.ts';
export { nuclearNormScore } from './nuclear-norm.ts';
export { softNeighbourhoodDensity } from './soft-neighbourhood-density.ts';
export { sourceAccuracyScore } from './source-accuracy.ts';
export { targetEntropyScore } from './target-entropy.ts';
export {
  VALIDATOR_NAMES,
  type Validator,
  type ValidatorInput,
  type ValidatorName,
  type ValidatorScores,
} from './validator.ts';
export { VALIDATORS, validatorScores } from './validators.ts';
