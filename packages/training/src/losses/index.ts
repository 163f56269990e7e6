export {
  CLASS_WEIGHTINGS,
  classWeightsFrom,
  type ClassPixelCounts,
  type ClassWeighting,
} from './class-weights.ts';
export {
  classificationLoss,
  type ClassificationLossOptions,
  type ImageLoss,
  type LabelMix,
} from './classification-loss.ts';
export { crossEntropyLoss, type CrossEntropyOptions } from './cross-entropy.ts';
export { diceLoss, type DiceOptions } from './dice.ts';
export { focalLoss, type FocalOptions } from './focal.ts';
export { type HardPixelOptions } from './hard-pixels.ts';
export { KeptShareRamp, type KeptShareRampOptions } from './kept-share-ramp.ts';
export { lovaszLoss, type LovaszOptions } from './lovasz.ts';
export { checkClassWeights, type PixelWeightOptions } from './pixel-weights.ts';
export { type PixelLoss } from './pixels.ts';
export { segmentationLoss, type LossFactors, type SegmentationLossOptions } from './segmentation-loss.ts';
