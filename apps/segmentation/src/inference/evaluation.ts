/** Scores a network on a data set under one stated protocol. */
import {
  samplesInOrder,
  triptych,
  type EncodedPicture,
  type IndexMask,
  type RgbImage,
  type SegmentationDataset,
  type SegmentationSample,
} from '@plumbline/data';
import { withoutAuxiliaryHead } from '@plumbline/models';
import {
  BoundaryScores,
  ConfusionMatrix,
  type BoundarySummary,
  type SegmentationScores,
} from '@plumbline/training';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { Config } from '../config/config.ts';
import { describeInference, inferenceOptions, segmentImage, slideOf } from './inference.ts';

/** What a score was measured on; stands beside every number. */
export interface EvaluationProtocol {
  dataset: string;
  split: string;
  images: number;
  baseSize: number | null;
  /** Side of the square that holds a whole image, or of a window; null: the next k·stride + 1. */
  paddedTo: number | null;
  /** Whole images or windows, scales, flip; scores on original pixels, void left out. */
  inference: string;
}

/** `PASCAL VOC 2012, 325 val images; whole image …; long side 256 pixels, padded to 257`. */
export const describeProtocol = ({
  dataset,
  split,
  images,
  baseSize,
  paddedTo,
  inference,
}: EvaluationProtocol): string =>
  `${dataset}, ${images} ${split} images; ${inference}; ` +
  `${baseSize === null ? 'original size' : `long side ${baseSize} pixels`}, padded to ${paddedTo ?? 'k·stride + 1'}`;

/** Scores of the pixels, and of the boundaries where they were asked for. */
export type EvaluationScores = SegmentationScores & Partial<BoundarySummary>;

export interface EvaluationResult {
  protocol: EvaluationProtocol;
  scores: EvaluationScores;
  /** The scores of answering "background" everywhere, on the same pixels. */
  background: SegmentationScores;
  confusion: ConfusionMatrix;
  /** Input, truth and prediction side by side, as JPEG. */
  pictures: ({ id: string } & EncodedPicture)[];
}

export interface ScoreOptions {
  dataset: SegmentationDataset;
  config: Config;
  /** How many pictures to keep, spread over the data set. Default 0. */
  pictures?: number;
  signal?: AbortSignal;
  onImage?: (done: number, total: number) => void;
  /** Sees every prediction, for example to write it to a file. */
  onPrediction?: (sample: SegmentationSample, prediction: IndexMask) => Promise<void>;
}

export interface EvaluateOptions extends ScoreOptions {
  model: tfl.LayersModel;
}

/** The class of every pixel of an image; `name` stands in errors. */
export type Segmenter = (image: RgbImage, name: string) => Uint8Array | Promise<Uint8Array>;

/** The matrix of a network that answers class 0 everywhere. */
export function backgroundOnly(confusion: ConfusionMatrix): ConfusionMatrix {
  const { classes, ignoreLabel, counts } = confusion;
  const background = new ConfusionMatrix(classes, ignoreLabel);
  counts.forEach((count, cell) => {
    const first = cell - (cell % classes);
    background.counts[first] = (background.counts[first] ?? 0) + count;
  });
  return background;
}

/** Runs the network over the data set's images. Throws the signal's reason when it is aborted. */
export function evaluateModel({ model, ...options }: EvaluateOptions): Promise<EvaluationResult> {
  const inference = inferenceOptions(options.config);
  const network = withoutAuxiliaryHead(model);
  const segmenter: Segmenter = (image, name) => segmentImage(network, image, inference, name);
  return evaluateSegmenter(segmenter, describeInference(inference), options);
}

/** As `evaluateModel`, for anything that segments images; `inference` says how it does. */
export async function evaluateSegmenter(
  segment: Segmenter,
  inference: string,
  options: ScoreOptions,
): Promise<EvaluationResult> {
  const { dataset, config, pictures: wanted = 0, signal, onImage, onPrediction } = options;
  const { boundary, boundaryTolerance } = config.evaluate;
  const total = Math.min(dataset.ids.length, config.data.valLimit ?? Infinity);
  const confusion = new ConfusionMatrix(dataset.classes.length, dataset.ignoreLabel);
  const boundaries = boundary
    ? new BoundaryScores(dataset.classes.length, dataset.ignoreLabel, boundaryTolerance)
    : null;
  const pictures: EvaluationResult['pictures'] = [];
  const every = Math.max(1, Math.floor(total / Math.max(1, wanted)));
  let done = 0;
  for await (const sample of samplesInOrder(dataset, { limit: total })) {
    signal?.throwIfAborted();
    const { id, image, mask } = sample;
    const { width, height } = mask;
    const prediction: IndexMask = { width, height, data: await segment(image, `Picture ${id}`) };
    confusion.add(mask.data, prediction.data, id);
    boundaries?.add(mask.data, prediction.data, mask);
    await onPrediction?.(sample, prediction);
    if (done % every === 0 && pictures.length < wanted) {
      const picture = await triptych(image, mask, prediction, { palette: dataset.palette });
      pictures.push({ id, ...picture });
    }
    done++;
    onImage?.(done, total);
  }
  const slide = slideOf(config);
  return {
    protocol: {
      dataset: dataset.name,
      split: dataset.split,
      images: done,
      baseSize: config.data.baseSize,
      paddedTo: slide === null ? config.evaluate.size : slide.window,
      inference: `${inference}; scored on original pixels without void`,
    },
    scores: { ...confusion.summary(), ...boundaries?.summary() },
    background: backgroundOnly(confusion).summary(),
    confusion,
    pictures,
  };
}
