export { DataError } from './data-error.ts';
export { atomicWrite } from './atomic-write.ts';
export { readRgb, readSize, type ReadOptions, type RgbImage } from './images/rgb-image.ts';
export { readIndexMask, VOC_LABELS, type IndexMask, type LabelRange } from './images/index-mask.ts';
export { imagePaths } from './images/image-paths.ts';
export { resizeRgb } from './images/resample.ts';
export { resizeMask } from './images/resize-mask.ts';
export {
  type SampleFiles,
  type SegmentationDataset,
  type SegmentationSample,
} from './datasets/segmentation-dataset.ts';
export { VOC_CLASSES, VOC_IGNORE_LABEL, vocPalette } from './datasets/voc-classes.ts';
export { openVoc, vocSamples, type VocOptions, type VocSplit } from './datasets/voc.ts';
export { countClassPixels, type ClassPixels, type ClassPixelsOptions } from './datasets/class-pixels.ts';
export { checkedPalette, type ClassSet } from './datasets/class-set.ts';
export { listedSamples, openList, readImageList, type ListOptions } from './datasets/list-dataset.ts';
export { inspectDataset, type DatasetInspection, type InspectOptions } from './inspection/inspect-dataset.ts';
export { type Finding } from './inspection/findings.ts';
export { type SplitInspection } from './inspection/split-inspection.ts';
export { contactSheet, type ContactSheetOptions, type SheetPicture } from './inspection/contact-sheet.ts';
export { isVocWhole, unpackVoc, vocFolder, type UnpackVocOptions } from './prepare/unpack-voc.ts';
export { convertSbd, readSbd, type ReadSbdOptions, type SbdMasks } from './prepare/convert-sbd.ts';
export {
  hasTrainaug,
  OFFICIAL_VOC_SPLITS,
  readVocSplits,
  recordVocSplits,
  writeTrainaug,
  type VocSplitRecord,
  type VocSplitRecords,
} from './prepare/voc-splits.ts';
export { checkSplitName } from './datasets/split-name.ts';
export { openCoco, type CocoOptions, type CocoSample, type CocoSet } from './datasets/coco.ts';
export {
  writeTfrecordShards,
  type TfrecordShards,
  type TfrecordShardsOptions,
} from './tfrecord/tfrecord-shards.ts';
export {
  unpackTfrecord,
  type UnpackedTfrecord,
  type UnpackTfrecordOptions,
} from './tfrecord/tfrecord-unpack.ts';
export { IMAGENET_NORMALIZATION, type Normalization } from './images/normalization.ts';
export {
  spreadPlaces,
  subset,
  takeFirst,
  takeSpread,
  type ImagePixels,
  type ImageSet,
  type LabelledImages,
} from './datasets/image-set.ts';
export { WithheldLabels, withholdLabels } from './datasets/withheld-labels.ts';
export { splitLabelled, type SplitOptions } from './datasets/split-labelled.ts';
export { openImageFolder, requireSameClasses, type ImageFolderOptions } from './datasets/image-folder.ts';
export {
  OFFICE31_CLASSES,
  OFFICE31_COUNTS,
  openOffice31,
  type Office31Domain,
  type Office31Options,
} from './datasets/office31.ts';
export { type DigitsPart } from './datasets/digits.ts';
export { openMnist } from './datasets/mnist.ts';
export { openUsps } from './datasets/usps.ts';
export { openImageNet } from './datasets/imagenet.ts';
export { IMAGENET_CLASSES, type ImageNetClass } from './datasets/imagenet-classes.ts';
export { openCifar, type CifarDataset, type CifarOptions } from './datasets/cifar.ts';
export { type ImageCrop, type ImageTransform } from './loading/image-transform.ts';
export { type RandomErasing } from './loading/random-erasing.ts';
export { type RandAugmentOptions } from './images/rand-augment.ts';
export { drawMixup, mixImages, type Mixup, type MixupOptions } from './loading/mixup.ts';
export { ImageLoader, type ImageBatch, type ImageLoaderOptions } from './loading/image-loader.ts';
export { evaluationImages, type EvaluationImagesOptions } from './loading/evaluation-images.ts';
export { randomAt, type Random } from './loading/random.ts';
export { type AugmentOptions } from './loading/augmentation.ts';
export { PHOTOMETRIC, type PhotometricOptions } from './images/photometric.ts';
export { SegmentationLoader, type LoaderOptions, type TrainBatch } from './loading/loader.ts';
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
} from './loading/evaluation.ts';
export {
  encodeIndexMask,
  encodeRgb,
  writeIndexMask,
  writeRgb,
  type EncodeOptions,
} from './images/write-image.ts';
export { colourMask, overlay, type OverlayOptions } from './images/overlay.ts';
export { rasterizeSvg } from './images/rasterize-svg.ts';
export { triptych, type EncodedPicture, type TriptychOptions } from './images/triptych.ts';
