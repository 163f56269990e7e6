// Recipes, and what models are wired with.
export {
  parseRecipe,
  recipeMethods,
  recipeNames,
  type ConvOptions,
  type NormOptions,
  type Recipe,
} from './recipe/recipe.ts';
export { type RecipeOptions } from './recipe/options.ts';
export { type ActivationMethodName } from './recipe/activation-methods.ts';
export { type WeightMethodName } from './recipe/weight-methods.ts';
export { activationsOf, connect, momentsOf, type Signal, type SignalWithMoments } from './kalman/signal.ts';
export { Relu } from './layers/relu.ts';
export { SeededDropout, type DropoutForm, type SeededDropoutArgs } from './layers/seeded-dropout.ts';
export { isNormParameter } from './parameter-names.ts';
export { layerSeed } from './layer-seed.ts';

// Layers with a kernel.
export { NormConv2D, type NormConv2DArgs } from './layers/norm-conv2d.ts';
export { NormConv2DTranspose, type NormConv2DTransposeArgs } from './layers/norm-conv2d-transpose.ts';
export { NormDense, type NormDenseArgs } from './layers/norm-dense.ts';
export { NormDepthwiseConv2D, type NormDepthwiseConv2DArgs } from './layers/norm-depthwise-conv2d.ts';
export { NormSeparableConv2D, type NormSeparableConv2DArgs } from './layers/norm-separable-conv2d.ts';
export { initializeFromData, type InitializeFromDataOptions } from './data-dependent-initialization.ts';

// Normalizers of weights.
export {
  KernelNormalizer,
  type DataDependentStart,
  type Initializer,
  type KernelResponse,
  type KernelWeight,
} from './weights/kernel-normalizer.ts';
export {
  convolutionFilters,
  denseFilters,
  depthwiseFilters,
  type FilterLayout,
} from './weights/filter-layout.ts';
export {
  WeightAlign,
  weightAlign,
  type WeightAlignArgs,
  type WeightAlignOptions,
} from './weights/weight-align.ts';
export {
  WeightStandardization,
  weightStandardize,
  type WeightStandardizationArgs,
  type WeightStandardizationOptions,
  type WeightStandardizationVariant,
} from './weights/weight-standardization.ts';
export {
  ParametricWeightStandardization,
  parametricWeightStandardize,
  type FanMode,
  type ParametricWeightStandardizationArgs,
} from './weights/parametric-weight-standardization.ts';
export {
  NFNET_RELU_GAIN,
  ScaledWeightStandardization,
  scaledWeightStandardize,
  type ScaledWeightStandardizationArgs,
  type ScaledWeightStandardizationOptions,
  type ScaledWeightStandardizationVariant,
} from './weights/scaled-weight-standardization.ts';
export {
  CenteredWeightNormalization,
  centeredWeightNormalize,
  type CenteredWeightNormalizationArgs,
  type CenteredWeightNormalizationOptions,
  type CenteredWeightNormalizationVariant,
} from './weights/centered-weight-normalization.ts';
export {
  WeightNormalization,
  weightNormalize,
  type WeightNormalizationOptions,
} from './weights/weight-normalization.ts';
export { WeightCentring, centreWeights, type WeightCentringOptions } from './weights/weight-centring.ts';
export {
  KeptAffine,
  keptAffineFor,
  type KeptAffineArgs,
  type KeptAffineValues,
} from './weights/kept-affine.ts';

// Normalizers of activations: mathematics.
export {
  batchNorm,
  type BatchNormConvention,
  type BatchNormOptions,
  type BatchNormParameters,
  type BatchNormState,
} from './activations/batch-norm.ts';
export { syncBatchNorm, type SyncBatchNormOptions } from './activations/sync-batch-norm.ts';
export {
  batchRenorm,
  type BatchRenormOptions,
  type BatchRenormState,
  type RenormAverage,
  type RenormBound,
  type RenormRamp,
} from './activations/batch-renorm.ts';
export {
  groupNorm,
  instanceNorm,
  largestGroupCount,
  layerNorm,
  type GroupNormOptions,
  type GroupNormParameters,
} from './activations/group-norm.ts';
export {
  movingAverageBatchNorm,
  type MovingAverageBatchNormOptions,
  type MovingAverageState,
} from './activations/moving-average-batch-norm.ts';
export { type MovingAverageForm } from './activations/moving-average-window.ts';
export { estimatedBatchNorm, type EstimatedBatchNormOptions } from './activations/estimated-batch-norm.ts';
export {
  batchChannelNorm,
  type BatchChannelNormOptions,
  type BatchChannelNormParameters,
  type BatchStep,
} from './activations/batch-channel-norm.ts';
export {
  filterResponseNorm,
  thresholdedLinearUnit,
  type FilterResponseNormParameters,
} from './activations/filter-response-norm.ts';
export {
  evoNormB0,
  evoNormS0,
  type EvoNormB0Options,
  type EvoNormParameters,
  type EvoNormS0Options,
} from './activations/evo-norm.ts';
export { oneProcess, type StatisticsCommunicator } from './communicator.ts';

// Normalizers of activations: layers.
export { ChannelNorm, type ChannelNormArgs } from './layers/channel-norm.ts';
export { BatchNorm, type BatchNormArgs } from './layers/batch-norm.ts';
export { SyncBatchNorm, useCommunicator } from './layers/sync-batch-norm.ts';
export { BatchRenorm, type BatchRenormArgs } from './layers/batch-renorm.ts';
export {
  GroupNorm,
  instanceNormalization,
  layerNormalization,
  type GroupNormArgs,
} from './layers/group-norm.ts';
export { type GroupCountArgs } from './layers/group-count.ts';
export {
  MovingAverageBatchNorm,
  type MovingAverageBatchNormArgs,
} from './layers/moving-average-batch-norm.ts';
export { BatchChannelNorm, type BatchChannelNormArgs, type GroupStep } from './layers/batch-channel-norm.ts';
export {
  FilterResponseNorm,
  ThresholdedLinearUnit,
  type FilterResponseNormArgs,
} from './layers/filter-response-norm.ts';
export {
  EvoNormB0,
  EvoNormS0,
  type EvoNormArgs,
  type EvoNormB0Args,
  type EvoNormS0Args,
} from './layers/evo-norm.ts';
export { BatchKalmanNorm, type BatchKalmanNormArgs } from './kalman/batch-kalman-norm.ts';
export { GroupKalmanNorm, type GroupKalmanNormArgs } from './kalman/group-kalman-norm.ts';
export { KalmanConv2D, type KalmanConv2DArgs } from './kalman/kalman-conv2d.ts';
export { MomentAdd, type MomentAddArgs } from './kalman/moment-add.ts';
export { MomentRelu } from './kalman/moment-relu.ts';
export { ObservedMoments, type ObservedMomentsArgs, type ObservedOver } from './kalman/observed-moments.ts';
export { kalmanBlend } from './kalman/blend.ts';
export { type Moments } from './kalman/moments.ts';
export { predictedMoments, rectifiedMoments, type KalmanPrediction } from './kalman/predict.ts';
export { type MomentAware } from './kalman/signal.ts';

// Across domains.
export {
  adaptBatchNorm,
  type AdaptationMethod,
  type AdaptBatchNormOptions,
} from './domains/adapt-batch-norm.ts';
export { type DomainBatches } from './domains/batch-passes.ts';
export { type StatisticShift } from './domains/layer-moments.ts';
export { setDomain, toDomainSpecific, type ToDomainSpecificOptions } from './domains/domain-specific.ts';
export { freezeBatchNorm, type FreezeBatchNormOptions } from './domains/freeze-batch-norm.ts';
export { splitDomains } from './domains/split-domains.ts';
export { useBatchStatistics } from './domains/use-batch-statistics.ts';
export {
  domainDistance,
  transferability,
  transNormTrain,
  type DomainStatistics,
} from './domains/trans-norm.ts';
export {
  DomainSpecificBatchNorm,
  type DomainSpecificBatchNormArgs,
} from './layers/domain-specific-batch-norm.ts';
export { TransNorm, type EvaluationDomain, type TransNormArgs } from './layers/trans-norm.ts';
export {
  hasRunningStatistics,
  type RunningStatistics,
  type StatisticsAveraging,
} from './layers/running-statistics.ts';

// Models as a whole.
export { fold, type FoldedLayer, type FoldResult, type RemainingLayer } from './fold/fold.ts';
export { convert, type ConvertedLayer, type ConvertResult } from './convert/convert.ts';
export {
  applyTo,
  layerCalls,
  rebuildModel,
  rewriteModel,
  unbuiltCopy,
  type LayerCall,
  type LayerNode,
  type RewrittenInput,
} from './rebuild.ts';
export { type AffineInInference, type ChannelAffine } from './layers/channel-affine.ts';

// What enters the layers of a model.
export { leafLayers, type PlacedLayer } from './domains/statistic-layers.ts';
export { normalizesByBatch } from './batch-dependence.ts';
export { PooledMoments, type ChannelMoments } from './domains/pooled-moments.ts';
export { watchInputs, type InputWatcher } from './domains/watch-inputs.ts';

// For layers of one's own.
export { type InfersByBatch, type SplitsDomains } from './layers/batch-statistics.ts';
export { setInputChecks, type InputChecks } from './layers/input-checks.ts';
export { outputSize } from './layers/convolution-geometry.ts';
export { layerInput, onlyShape, onlyTensor, type LayerArguments } from './layers/layer-arguments.ts';
export { type Serialized } from './serialization.ts';
