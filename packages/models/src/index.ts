export { atrousRatesFor } from './aspp.ts';
export { dropAuxiliaryHead, withoutAuxiliaryHead } from './auxiliary-head.ts';
export { BACKBONE_PREFIX, type BackboneOptions } from './backbone.ts';
export { type BottleneckOptions } from './bottleneck.ts';
export { cifarResNetFeatures, type CifarResNetOptions } from './cifar-resnet.ts';
export { deepLabV3, type DeepLabV3Options } from './deeplabv3.ts';
export { DIGIT_SIZE } from './digits.ts';
export { freezeStages, stageLayers } from './freeze-stages.ts';
export { imageClassifier, type ClassifierBackbone, type ImageClassifierOptions } from './image-classifier.ts';
export {
  resNet,
  resNetFeatures,
  type BackboneFeatures,
  type OutputStride,
  type ResNetDepth,
  type ResNetOptions,
  type ResNeXtOptions,
} from './resnet.ts';
export { mobileNetV2, mobileNetV2Features, type MobileNetV2Options } from './mobilenet-v2.ts';
export { type Shortcut } from './residual-block.ts';
export { type ResNetVariant } from './resnet-stem.ts';
export { AveragePool, type AveragePoolConfig } from './layers/average-pool.ts';
export { GlobalAverage } from './layers/global-average.ts';
export { PaddedShortcut, type PaddedShortcutConfig } from './layers/padded-shortcut.ts';
export { MaxPool, type MaxPoolConfig } from './layers/max-pool.ts';
export { Relu6 } from './layers/relu6.ts';
export { ResizeLike } from './layers/resize-like.ts';
export { squeezeNet, type SqueezeNetOptions } from './squeezenet.ts';
export { CAFFE_NORMALIZATION } from './weights/caffe-names.ts';
export { fitNorms, type FittedNorm } from './weights/fit-norms.ts';
export {
  importWeights,
  type ImportOptions,
  type ImportResult,
  type WantedAffine,
} from './weights/import-weights.ts';
export { type ImportReport } from './weights/import-report.ts';
export { keepingKernels } from './weights/kept-kernels.ts';
export { type WeightRecord, type WeightRecords } from './weights/named-weights.ts';
export { layersArtifacts, type ExportedFile, type LayersArtifactOptions } from './export/layers-artifacts.ts';
export { savedModelArtifacts, type SavedModelOptions } from './export/saved-model/saved-model.ts';
export { toStock, type PixelStatistics, type StockOptions } from './export/to-stock.ts';
export { type WeightPrecision } from './export/weight-precision.ts';
