/** Scores a network on a data set under one stated protocol. */
import {
  evaluationBatches,
  triptych,
  type EncodedPicture,
  type EvaluationInput,
  type EvaluationOptions,
  type IndexMask,
  type RgbImage,
  type SegmentationDataset,
} from '@plumbline/data';
import { ConfusionMatrix, type SegmentationScores } from '@plumbline/training';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { Config } from './config.ts';
import { segment } from './segment.ts';

/** What a score was measured on; stands beside every number. */
export interface EvaluationProtocol {
  dataset: string;
  split: string;
  images: number;
  baseSize: number | null;
  paddedTo: number | null;
  /** Fixed: single scale, no flip, scores on original pixels, void left out. */
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

export interface EvaluationResult {
  protocol: EvaluationProtocol;
  scores: SegmentationScores;
  /** The scores of answering "background" everywhere, on the same pixels. */
  background: SegmentationScores;
  confusion: ConfusionMatrix;
  /** Input, truth and prediction side by side, as JPEG. */
  pictures: ({ id: string } & EncodedPicture)[];
}

export interface EvaluateOptions {
  model: tfl.LayersModel;
  dataset: SegmentationDataset;
  config: Config;
  /** How many pictures to keep, spread over the data set. Default 0. */
  pictures?: number;
  signal?: AbortSignal;
  onImage?: (done: number, total: number) => void;
  /** Sees every prediction, for example to write it to a file. */
  onPrediction?: (input: EvaluationInput, prediction: IndexMask) => Promise<void>;
}

/** How images are prepared for this configuration's network. */
export const evaluationOptions = ({ data, evaluate, model }: Config): EvaluationOptions => ({
  baseSize: data.baseSize,
  padTo: evaluate.size,
  stride: model.outputStride,
});

/**
 * How a picture from anywhere is prepared: as in evaluation, so that both give the same classes, but one that is
 * larger than the evaluation's square keeps its size.
 */
export function predictionOptions(config: Config, { width, height }: RgbImage): EvaluationOptions {
  const options = evaluationOptions(config);
  const { size } = config.evaluate;
  const isLarger = config.data.baseSize === null && size !== null && Math.max(width, height) > size;
  return isLarger ? { ...options, padTo: null } : options;
}

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
export async function evaluateModel(options: EvaluateOptions): Promise<EvaluationResult> {
  const { model, dataset, config, pictures: wanted = 0, signal, onImage, onPrediction } = options;
  const total = Math.min(dataset.ids.length, config.data.valLimit ?? Infinity);
  const confusion = new ConfusionMatrix(dataset.classes.length, dataset.ignoreLabel);
  const pictures: EvaluationResult['pictures'] = [];
  const every = Math.max(1, Math.floor(total / Math.max(1, wanted)));
  let done = 0;
  for await (const input of evaluationBatches(dataset, { ...evaluationOptions(config), limit: total })) {
    signal?.throwIfAborted();
    const { width, height } = input.mask;
    const prediction: IndexMask = { width, height, data: segment(model, input) };
    confusion.add(input.mask.data, prediction.data, input.id);
    await onPrediction?.(input, prediction);
    if (done % every === 0 && pictures.length < wanted) {
      const picture = await triptych(input.original, input.mask, prediction, { palette: dataset.palette });
      pictures.push({ id: input.id, ...picture });
    }
    done++;
    onImage?.(done, total);
  }
  return {
    protocol: {
      dataset: dataset.name,
      split: dataset.split,
      images: done,
      baseSize: config.data.baseSize,
      paddedTo: config.evaluate.size,
      inference: 'whole image, single scale, no flip; scored on original pixels without void',
    },
    scores: confusion.summary(),
    background: backgroundOnly(confusion).summary(),
    confusion,
    pictures,
  };
}
