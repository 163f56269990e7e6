export { classConfusion, DEFAULT_CONFUSION_TEMPERATURE } from './class-confusion.ts';
export { CORAL_CONVENTIONS, coralLoss, type CoralConvention } from './coral.ts';
export { featureNorms, hardFeatureNorm, meanFeatureNorm, stepwiseFeatureNorm } from './feature-norm.ts';
export { gaussianKernels, squaredDistances, type GaussianKernelOptions } from './gaussian-kernels.ts';
export {
  discrepancy,
  jointDiscrepancy,
  jointKernel,
  meanDiscrepancy,
  MMD_ESTIMATORS,
  PREDICTION_KERNEL,
  type JointLayer,
  type MeanDiscrepancyOptions,
  type MmdEstimator,
} from './mean-discrepancy.ts';
export {
  entropyLoss,
  informationMaximization,
  softmaxEntropies,
  type InformationMaximization,
} from './softmax-entropy.ts';
export { discriminatorAccuracy, domainCrossEntropy, type DomainWeights } from './domain-cross-entropy.ts';
export {
  ENTROPY_GRADIENTS,
  entropyWeights,
  reversedEntropyWeights,
  type EntropyGradient,
} from './entropy-weights.ts';
export { DEFAULT_MARGIN, marginDisparity, type TwoClassifiers } from './margin-disparity.ts';
export { multilinearMap, RandomMaps, randomizedMultilinearMap } from './multilinear-map.ts';
export { reversalSchedule, type ReversalOptions } from './reversal-schedule.ts';
