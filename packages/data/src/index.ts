export { DataError } from './data-error.ts';
export { readRgb, type ReadOptions, type RgbImage } from './rgb-image.ts';
export { readIndexMask, VOC_LABELS, type IndexMask, type LabelRange } from './index-mask.ts';
export { resizeRgb } from './resample.ts';
export { resizeMask } from './resize-mask.ts';
export { type SampleFiles, type SegmentationDataset, type SegmentationSample } from './segmentation-dataset.ts';
export { VOC_CLASSES, VOC_IGNORE_LABEL, vocPalette } from './voc-classes.ts';
export { openVoc, vocSamples, type VocOptions, type VocSplit } from './voc.ts';
export { countClassPixels, type ClassPixels, type ClassPixelsOptions } from './class-pixels.ts';
export { checkedPalette, type ClassSet } from './class-set.ts';
export { listedSamples, openList, readImageList, type ListOptions } from './list-dataset.ts';
export {
  inspectDataset,
  type DatasetInspection,
  type Finding,
  type InspectOptions,
  type SplitInspection,
} from './inspect-dataset.ts';
export { contactSheet, type ContactSheetOptions, type SheetPicture } from './contact-sheet.ts';
export { openCoco, type CocoOptions, type CocoSample, type CocoSet } from './coco.ts';
export { IMAGENET_NORMALIZATION, type Normalization } from './normalization.ts';
export { randomAt, type Random } from './random.ts';
export { type AugmentOptions } from './augmentation.ts';
export { PHOTOMETRIC, type PhotometricOptions } from './photometric.ts';
export { SegmentationLoader, type LoaderOptions, type TrainBatch } from './loader.ts';
export {
  evaluationBatches,
  nextSize,
  prepareForEvaluation,
  prepareImage,
  samplesInOrder,
  type EvaluationBatchOptions,
  type EvaluationInput,
  type EvaluationOptions,
  type PreparedImage,
  type SampleOrderOptions,
} from './evaluation.ts';
export { encodeIndexMask, encodeRgb, writeIndexMask, writeRgb, type EncodeOptions } from './write-image.ts';
export { colourMask, overlay, type OverlayOptions } from './overlay.ts';
export { triptych, type EncodedPicture, type TriptychOptions } from './triptych.ts';
