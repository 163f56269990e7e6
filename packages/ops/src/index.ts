export { batchNormTrain, type BatchNormTrainResult } from './batch-norm-train.ts';
export { type Conv2dOptions, type WindowOptions } from './conv-arguments.ts';
export { conv2d } from './conv2d.ts';
export { depthwiseConv2d } from './depthwise-conv2d.ts';
export { dropout } from './dropout.ts';
export { type EpsilonPlacement } from './filter-divisor.ts';
export { constant, constants, gradientReversal, stopGradient } from './gradient-flow.ts';
export { groupNorm } from './group-norm.ts';
export { maxPool, type MaxPoolOptions } from './max-pool.ts';
export {
  nativeBackend,
  type NativeAttribute,
  type NativeBackend,
  type NativeBinding,
} from './native-backend.ts';
export { registerNativeGather } from './native-gather.ts';
export { randomNormal } from './random-normal.ts';
export { relu } from './relu.ts';
export { resizeBilinear } from './resize-bilinear.ts';
export {
  softmaxCrossEntropy,
  type SoftmaxCrossEntropyOptions,
  type SoftmaxCrossEntropyResult,
} from './softmax-cross-entropy.ts';
export { standardizeFilters, type StandardizeFiltersOptions } from './standardize-filters.ts';
export { registerWasmGradients } from './wasm-gradients.ts';
export { type Padding } from './window.ts';
