/** Whether an exported model does what the network does, on images of a data set. */
import { prepareImage, type PreparedImage, type SegmentationDataset } from '@plumbline/data';
import type { WeightPrecision } from '@plumbline/models';
import { tf } from '@plumbline/runtime';
import { percent } from '@plumbline/training';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { Config } from '../config/config.ts';
import { evaluationOptions, networkLogits } from '../inference/inference.ts';
import type { InputValues } from './export-metadata.ts';
import type { ExportedModel } from './load-exported.ts';

/** What must hold, or the export is refused. */
export interface ExportBounds {
  /** Largest difference of two logits, as a share of an image's largest logit; null: any. */
  maxDifference: number | null;
  /** Smallest share of pixels that must get the same class. */
  minAgreement: number;
}

/** Float32 differs by rounding, which group normalizations amplify up to 1e-4; fewer bits move some borders. */
export const EXPORT_BOUNDS: Readonly<Record<WeightPrecision, ExportBounds>> = {
  float32: { maxDifference: 1e-3, minAgreement: 0.999 },
  float16: { maxDifference: null, minAgreement: 0.999 },
  uint8: { maxDifference: null, minAgreement: 0.98 },
};

/** What was found, over all images. */
export interface ExportAgreement {
  images: number;
  pixels: number;
  maxDifference: number;
  agreement: number;
}

export interface VerifyOptions {
  network: tfl.LayersModel;
  exported: ExportedModel;
  dataset: SegmentationDataset;
  config: Config;
  size: number;
  values: InputValues;
  /** How many of the data set's images, spread over it. */
  images: number;
  onImage?: (done: number, total: number) => void;
}

/** The numbers that the exported model takes, of an input of the network. */
function exportedInput({ image, shape }: PreparedImage, { data }: Config, values: InputValues): tf.Tensor4D {
  if (values === 'normalized') return tf.tensor4d(image, shape);
  const [mean, std] = [data.mean, data.std];
  const pixels = image.map((value, i) => 255 * (value * (std[i % 3] ?? 1) + (mean[i % 3] ?? 0)));
  return tf.tensor4d(pixels, shape);
}

/** The two models on one image; only its own pixels count, not the padding. */
function compareOn(
  input: PreparedImage,
  { network, exported, config, values }: VerifyOptions,
): { difference: number; same: number; pixels: number } {
  return tf.tidy(() => {
    const part = (logits: tf.Tensor4D): tf.Tensor4D =>
      tf.slice(logits, [0, 0, 0, 0], [1, input.contentHeight, input.contentWidth, -1]);
    const wanted = part(networkLogits(network, tf.tensor4d(input.image, input.shape)));
    const got = part(exported.predict(exportedInput(input, config, values)));
    const largest = tf.max(tf.abs(wanted));
    const difference = tf.div(tf.max(tf.abs(tf.sub(wanted, got))), tf.maximum(largest, 1e-12));
    const same = tf.sum(tf.equal(tf.argMax(wanted, -1), tf.argMax(got, -1)));
    return {
      difference: difference.dataSync()[0] ?? NaN,
      same: same.dataSync()[0] ?? 0,
      pixels: input.contentHeight * input.contentWidth,
    };
  });
}

/** Runs both models on images that are resized as in evaluation, smaller where the exported size asks for it. */
export async function compareExport(options: VerifyOptions): Promise<ExportAgreement> {
  const { dataset, config, size, images: wanted, onImage } = options;
  const images = Math.min(wanted, dataset.ids.length);
  let [pixels, same, maxDifference] = [0, 0, 0];
  for (let k = 0; k < images; k++) {
    const { id, image } = await dataset.read(Math.floor((k * dataset.ids.length) / images));
    const prepare = evaluationOptions(config);
    const baseSize = Math.min(prepare.baseSize ?? Math.max(image.width, image.height), size);
    const input = prepareImage(image, { ...prepare, baseSize, padTo: size }, `Picture ${id}`);
    const found = compareOn(input, options);
    pixels += found.pixels;
    same += found.same;
    // A comparison with NaN is false, and Math.max keeps it.
    maxDifference = Math.max(maxDifference, found.difference);
    onImage?.(k + 1, images);
  }
  return { images, pixels, maxDifference, agreement: same / pixels };
}

/** `largest difference 3.1e-7 of the largest logit, 100.00 % of 412300 pixels the same class, on 8 val images`. */
export const describeAgreement = (
  { images, pixels, maxDifference, agreement }: ExportAgreement,
  { split }: Pick<SegmentationDataset, 'split'>,
): string =>
  `largest difference ${maxDifference.toExponential(1)} of the largest logit, ${percent(agreement, 3)} of ${pixels} pixels ` +
  `the same class, on ${images} ${split} images`;

/** @throws with one sentence when a bound is broken. */
export function requireAgreement(
  agreement: ExportAgreement,
  bounds: ExportBounds,
  what: string,
  words: string,
): void {
  const { maxDifference, minAgreement } = bounds;
  const isNear = maxDifference === null || agreement.maxDifference <= maxDifference;
  if (isNear && agreement.agreement >= minAgreement && !Number.isNaN(agreement.maxDifference)) return;
  const wanted = [
    ...(maxDifference === null ? [] : [`at most ${maxDifference} (--max-difference)`]),
    `at least ${percent(minAgreement, 3)} (--min-agreement)`,
  ];
  throw new Error(
    `The exported ${what} is not the network: ${words}, wanted ${wanted.join(' and ')}; nothing was written. ` +
      'Export with more bits (--precision), or allow it with these options.',
  );
}
