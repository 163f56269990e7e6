/** What a network says of all images of a set, on the host. */
import {
  isFiniteMatrix,
  matrix,
  rowsAt,
  shuffled,
  type Answers,
  type DomainNetwork,
  type DomainOutputs,
  type Matrix,
  type TargetBatch,
} from '@plumbline/adaptation';
import { evaluationImages, spreadPlaces, subset, type ImageSet } from '@plumbline/data';
import { tf } from '@plumbline/runtime';
import { DivergedError } from '@plumbline/training';
import type { Config } from '../config/config.ts';
import { evaluationTransform } from '../data/transforms.ts';

/** Rows that come batch by batch. */
class Rows {
  readonly #parts: Float32Array[] = [];
  #columns = 0;

  async add(batch: tf.Tensor2D): Promise<void> {
    this.#columns = batch.shape[1];
    this.#parts.push((await batch.data()) as Float32Array);
  }

  all(): Matrix {
    const data = new Float32Array(this.#parts.reduce((sum, { length }) => sum + length, 0));
    let offset = 0;
    for (const part of this.#parts) {
      data.set(part, offset);
      offset += part.length;
    }
    return matrix(this.#columns === 0 ? 0 : data.length / this.#columns, this.#columns, data);
  }
}

export interface AnswerOptions {
  config: Config;
  channels: 1 | 3;
  /** So many images, spread over the set. Default: all. */
  limit?: number;
  signal?: AbortSignal;
  onImages?: (done: number) => void;
}

/** Batches of a set as tensors in order, for evaluation; whoever iterates disposes nothing. */
export async function* evaluationTensors(
  set: ImageSet,
  { config, channels, limit, signal, onImages }: AnswerOptions,
): AsyncGenerator<TargetBatch> {
  const batches = evaluationImages(set, {
    transform: evaluationTransform(config, channels),
    batchSize: config.evaluate.batchSize,
    ...(limit === undefined ? {} : { limit }),
    ...(signal === undefined ? {} : { signal }),
  });
  let done = 0;
  for await (const { images: pixels, shape, indices: places } of batches) {
    const images = tf.tensor4d(pixels, shape);
    const indices = tf.tensor1d(places, 'int32');
    try {
      yield { images, indices };
    } finally {
      tf.dispose([images, indices]);
    }
    done += shape[0];
    onImages?.(done);
  }
}

async function collect(outputs: AsyncIterable<DomainOutputs>): Promise<Answers> {
  const features = new Rows();
  const logits = new Rows();
  for await (const output of outputs) {
    await features.add(output.features);
    await logits.add(output.logits);
    tf.dispose([output.features, output.logits]);
  }
  const answers = { features: features.all(), logits: logits.all() };
  if (!isFiniteMatrix(answers.features) || !isFiniteMatrix(answers.logits)) {
    throw new DivergedError(
      'The network answers with values that are not finite numbers: start again with a learning rate of a third, or gradient clipping.',
    );
  }
  return answers;
}

/** Answers in inference mode, with the statistics of `domain` where the network keeps them apart. */
export async function answersOf(
  network: DomainNetwork,
  domain: 'source' | 'target',
  set: ImageSet,
  options: AnswerOptions,
): Promise<Answers> {
  async function* infer(): AsyncGenerator<DomainOutputs> {
    for await (const { images } of evaluationTensors(set, options)) {
      yield tf.tidy(() => ({ ...network.infer(images, domain) }));
    }
  }
  return collect(infer());
}

/**
 * Answers of a method with a way of its own to answer, such as TENT, in the order of the set. The method meets the images in
 * another one, which the seed decides: folders come class by class, and what adapts to its batches must see all classes.
 */
export async function answersBy(
  answer: (batches: AsyncIterable<TargetBatch>) => AsyncIterable<DomainOutputs>,
  set: ImageSet,
  { limit = set.ids.length, ...options }: AnswerOptions,
): Promise<Answers> {
  const places = spreadPlaces(set.ids.length, limit);
  const order = shuffled(places.length, options.config.seed);
  const met = subset(
    set,
    order.map((index) => places[index] ?? NaN),
  );
  const { features, logits } = await collect(answer(evaluationTensors(met, options)));
  const back = new Int32Array(order.length);
  order.forEach((index, at) => (back[index] = at));
  return { features: rowsAt(features, back), logits: rowsAt(logits, back) };
}
