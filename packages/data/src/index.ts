export { DataError } from './data-error.ts';
export { readRgb, type RgbImage } from './rgb-image.ts';
export { readIndexMask, VOC_LABELS, type IndexMask, type LabelRange } from './index-mask.ts';
export { resizeRgb } from './resample.ts';
export { resizeMask } from './resize-mask.ts';
export { type SampleFiles, type SegmentationDataset, type SegmentationSample } from './segmentation-dataset.ts';
export { VOC_CLASSES, VOC_IGNORE_LABEL, vocPalette } from './voc-classes.ts';
export { openVoc, type VocOptions, type VocSplit } from './voc.ts';
export { IMAGENET_NORMALIZATION, type Normalization } from './normalization.ts';
export { randomAt, type Random } from './random.ts';
export { type AugmentOptions } from './augmentation.ts';
export { SegmentationLoader, type LoaderOptions, type TrainBatch } from './loader.ts';
export {
  evaluationBatches,
  nextSize,
  prepareForEvaluation,
  prepareImage,
  type EvaluationBatchOptions,
  type EvaluationInput,
  type EvaluationOptions,
  type PreparedImage,
} from './evaluation.ts';
export { encodeIndexMask, encodeRgb, writeIndexMask, writeRgb, type EncodeOptions } from './write-image.ts';
export { colourMask, overlay, type OverlayOptions } from './overlay.ts';
export { triptych, type EncodedPicture, type TriptychOptions } from './triptych.ts';
