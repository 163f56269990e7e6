/** What a network says of all images of a set, on the host. */
import {
  matrix,
  type Answers,
  type DomainNetwork,
  type DomainOutputs,
  type Matrix,
} from '@plumbline/adaptation';
import { evaluationImages, type ImageSet } from '@plumbline/data';
import { tf } from '@plumbline/runtime';
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
): AsyncGenerator<{ images: tf.Tensor4D; indices: tf.Tensor1D }> {
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
  return { features: features.all(), logits: logits.all() };
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

/** Answers of a method with a way of its own to answer, such as TENT. */
export const answersBy = (
  answer: (
    batches: AsyncIterable<{ images: tf.Tensor4D; indices: tf.Tensor1D }>,
  ) => AsyncIterable<DomainOutputs>,
  set: ImageSet,
  options: AnswerOptions,
): Promise<Answers> => collect(answer(evaluationTensors(set, options)));
