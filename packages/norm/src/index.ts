export {
  batchNorm,
  type BatchNormConvention,
  type BatchNormOptions,
  type BatchNormParameters,
  type BatchNormState,
} from './activations/batch-norm.ts';
export { convolutionFilters, type FilterLayout } from './weights/filter-layout.ts';
export {
  groupNorm,
  instanceNorm,
  largestGroupCount,
  layerNorm,
  type GroupNormOptions,
  type GroupNormParameters,
} from './activations/group-norm.ts';
export { KernelNormalizer, type Initializer, type KernelWeight } from './weights/kernel-normalizer.ts';
export { BatchNorm, type BatchNormArgs } from './layers/batch-norm.ts';
export { ChannelNorm, type ChannelNormArgs } from './layers/channel-norm.ts';
export {
  GroupNorm,
  instanceNormalization,
  layerNormalization,
  type GroupNormArgs,
} from './layers/group-norm.ts';
export { outputSize } from './layers/convolution-geometry.ts';
export { onlyShape, onlyTensor, type LayerArguments } from './layers/layer-arguments.ts';
export { NormConv2D, type NormConv2DArgs } from './layers/norm-conv2d.ts';
export { Relu } from './layers/relu.ts';
export { layerSeed } from './layer-seed.ts';
export { isNormParameter } from './parameter-names.ts';
export {
  parseRecipe,
  recipeNames,
  type ConvOptions,
  type NormOptions,
  type Recipe,
  type RecipeOptions,
} from './recipe.ts';
export { type Serialized } from './serialization.ts';
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
