export { atrousRatesFor } from './aspp.ts';
export { BACKBONE_PREFIX, deepLabV3, type DeepLabV3Options } from './deeplabv3.ts';
export {
  resNet,
  resNetFeatures,
  type BackboneFeatures,
  type OutputStride,
  type ResNetDepth,
  type ResNetOptions,
} from './resnet.ts';
export { GlobalAverage } from './layers/global-average.ts';
export { MaxPool, type MaxPoolConfig } from './layers/max-pool.ts';
export { ResizeLike } from './layers/resize-like.ts';
export { SeededDropout, type SeededDropoutConfig } from './layers/seeded-dropout.ts';
