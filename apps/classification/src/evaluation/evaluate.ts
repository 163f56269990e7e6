/** Scores of a network on labelled images. */
import { evaluationImages, type ImageSet, type LabelledImages } from '@plumbline/data';
import { tf } from '@plumbline/runtime';
import { DivergedError, topKCorrect, type Progress } from '@plumbline/training';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { Config } from '../config/config.ts';
import { evaluationTransform } from '../data/transforms.ts';

/** What a network says of every image of a set. */
export interface Answers {
  /** [n·K], image after image: logarithms of probabilities. */
  logits: Float32Array;
  classes: number;
}

export interface AnswerOptions {
  config: Config;
  channels: 1 | 3;
  signal?: AbortSignal;
  progress?: Progress;
}

/** log of the probabilities [N,K]; of the mean over an image and its mirror image where `evaluate.flip`. */
function answer(network: tfl.LayersModel, images: tf.Tensor4D, flip: boolean): tf.Tensor2D {
  const logProbabilities = (x: tf.Tensor4D): tf.Tensor2D =>
    tf.logSoftmax<tf.Tensor2D>(network.apply(x) as tf.Tensor2D);
  const straight = logProbabilities(images);
  if (!flip) return straight;
  const mirrored = logProbabilities(tf.reverse4d(images, 2));
  // log((eᵃ + eᵇ) / 2), which stays finite where a probability is too small for float32.
  const difference = tf.abs(tf.sub(straight, mirrored));
  return tf.sub(tf.add(tf.maximum(straight, mirrored), tf.softplus(tf.neg(difference))), Math.LN2);
}

/**
 * Answers in inference mode, in the order of the set.
 *
 * @throws DivergedError if an answer is not finite; the signal's reason when it is raised; one sentence on an image that cannot
 *   be read.
 */
export async function answersOf(
  network: tfl.LayersModel,
  set: ImageSet,
  { config, channels, signal, progress }: AnswerOptions,
): Promise<Answers> {
  const classes = network.outputs[0]?.shape.at(-1) ?? 0;
  const logits = new Float32Array(set.ids.length * classes);
  const batches = evaluationImages(set, {
    transform: evaluationTransform(config, channels),
    batchSize: config.evaluate.batchSize,
    workers: config.images.workers,
    ...(signal === undefined ? {} : { signal }),
  });
  let done = 0;
  for await (const { images, shape } of batches) {
    const rows = tf.tidy(() => answer(network, tf.tensor4d(images, shape), config.evaluate.flip));
    logits.set((await rows.data()) as Float32Array, done * classes);
    rows.dispose();
    done += shape[0];
    progress?.count(done, set.ids.length, 'images evaluated');
  }
  if (!logits.every(Number.isFinite)) {
    throw new DivergedError(
      'The network answers with values that are not finite numbers: start again with a learning rate of a third, or gradient clipping.',
    );
  }
  return { logits, classes };
}

export interface Evaluation {
  /** Shares of the images whose class is the likeliest, and among the five likeliest; null with five classes or fewer. */
  top1: number;
  top5: number | null;
  /** Mean −log of the probability of the true class. */
  crossEntropy: number;
  /** K×K, a row per true class. */
  confusion: Int32Array;
}

const TOP = 5;

function argmax(row: Float32Array): number {
  return row.reduce((best, value, place) => (value > (row[best] ?? -Infinity) ? place : best), 0);
}

export function scoresOf({ logits, classes }: Answers, labels: Int32Array): Evaluation {
  const [hits = 0, fives = 0] = topKCorrect(logits, labels, [1, TOP]);
  const confusion = new Int32Array(classes * classes);
  let loss = 0;
  labels.forEach((label, image) => {
    const row = logits.subarray(image * classes, (image + 1) * classes);
    const place = label * classes + argmax(row);
    confusion[place] = (confusion[place] ?? 0) + 1;
    loss -= row[label] ?? NaN;
  });
  return {
    top1: hits / labels.length,
    top5: classes > TOP ? fives / labels.length : null,
    crossEntropy: loss / labels.length,
    confusion,
  };
}

/** @throws as `answersOf`. */
export const evaluate = async (
  network: tfl.LayersModel,
  set: LabelledImages,
  options: AnswerOptions,
): Promise<Evaluation> => scoresOf(await answersOf(network, set, options), set.labels);
