// Whole images for scoring and prediction, never crops: a centre crop leaves out the hard borders and makes numbers
// incomparable. The picture is resized if asked, laid at the top left and padded with the mean colour, because a
// network with output stride s and align-corners resizing wants sizes k·s + 1.
import type { IndexMask } from '../images/index-mask.ts';
import { IMAGENET_NORMALIZATION, writeNormalized, type Normalization } from '../images/normalization.ts';
import { resampleWindow, sizeForLongSide } from '../images/resample.ts';
import type { RgbImage } from '../images/rgb-image.ts';
import { readAhead } from './read-ahead.ts';
import type { SegmentationDataset, SegmentationSample } from '../datasets/segmentation-dataset.ts';

export interface EvaluationOptions extends Partial<Normalization> {
  /** The long side, in pixels, that every picture is brought to; null keeps its own size. Default null. */
  baseSize?: number | null;
  /** Sizes are padded up to a multiple of this plus one. Default 16. */
  stride?: number;
  /**
   * Height and width to pad to, at least the picture's: one input shape for all pictures. Default null: each side
   * padded only to the next k·stride + 1.
   */
  padTo?: number | null;
}

/** A network input and the way back from its output to the photograph. */
export interface PreparedImage {
  /** float32 [1, H, W, 3], normalized; 0, the mean colour, in the padding. */
  image: Float32Array<ArrayBuffer>;
  shape: [1, number, number, 3];
  /** The picture's part of the input, at its top left: crop the logits to this, then resize them to the original. */
  contentHeight: number;
  contentWidth: number;
  originalHeight: number;
  originalWidth: number;
}

export interface EvaluationInput extends PreparedImage {
  id: string;
  /** The photograph in its own size. */
  original: RgbImage;
  /** The truth in the photograph's own size, where scores are counted. */
  mask: IndexMask;
}

/**
 * Prepares a picture for the network; `name` stands in errors.
 *
 * @throws Error when the picture is larger than `padTo`.
 */
export function prepareImage(
  original: RgbImage,
  options: EvaluationOptions = {},
  name = 'The picture',
): PreparedImage {
  const { baseSize = null, stride = 16, padTo = null, ...normalization } = options;
  const content = sizeForLongSide(original, baseSize);
  const largest = Math.max(content.width, content.height);
  if (padTo !== null && padTo < largest) {
    throw new Error(
      `${name} is ${content.width}×${content.height}, larger than the ${padTo}×${padTo} it is to be padded to: ` +
        `raise that size to at least ${nextSize(largest, stride)}, or resize pictures with baseSize.`,
    );
  }
  const height = padTo ?? nextSize(content.height, stride);
  const width = padTo ?? nextSize(content.width, stride);
  const image = new Float32Array(height * width * 3);
  const pixels = resampleWindow(original, {
    scaledWidth: content.width,
    scaledHeight: content.height,
    left: 0,
    top: 0,
    ...content,
  });
  const statistics = { ...IMAGENET_NORMALIZATION, ...normalization };
  writeNormalized(pixels, content.width, statistics, image, { offset: 0, rowWidth: width, flip: false });
  return {
    image,
    shape: [1, height, width, 3],
    contentHeight: content.height,
    contentWidth: content.width,
    originalHeight: original.height,
    originalWidth: original.width,
  };
}

/** Prepares a labelled example. */
export function prepareForEvaluation(
  { id, image, mask }: SegmentationSample,
  options: EvaluationOptions = {},
): EvaluationInput {
  return { ...prepareImage(image, options, `Picture ${id}`), id, original: image, mask };
}

/** The smallest k·stride + 1 that is at least `length`. */
export const nextSize = (length: number, stride: number): number =>
  Math.ceil((length - 1) / stride) * stride + 1;

export interface SampleOrderOptions {
  /** Only the first so many examples. Default: all. */
  limit?: number;
  /** Examples decoded ahead. Default 4. */
  prefetch?: number;
}

export interface EvaluationBatchOptions extends EvaluationOptions, SampleOrderOptions {}

/**
 * All examples of a data set in order, one at a time, the next few decoding meanwhile.
 *
 * @throws DataError for an example that cannot be read.
 */
export async function* samplesInOrder(
  dataset: SegmentationDataset,
  { limit = dataset.ids.length, prefetch = 4 }: SampleOrderOptions = {},
): AsyncGenerator<SegmentationSample, void, undefined> {
  const end = Math.min(limit, dataset.ids.length);
  yield* readAhead((index) => dataset.read(index), { end, ahead: prefetch });
}

/** As `samplesInOrder`, each example prepared for the network. */
export async function* evaluationBatches(
  dataset: SegmentationDataset,
  { limit = dataset.ids.length, prefetch = 4, ...options }: EvaluationBatchOptions = {},
): AsyncGenerator<EvaluationInput, void, undefined> {
  for await (const sample of samplesInOrder(dataset, { limit, prefetch }))
    yield prepareForEvaluation(sample, options);
}
