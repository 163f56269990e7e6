/** The images and labels of each forward pass, mixed up where that is wanted. */
import { drawMixup, ImageLoader, mixImages, type ImageBatch } from '@plumbline/data';
import { tf } from '@plumbline/runtime';
import { classificationLoss, type ForwardResult } from '@plumbline/training';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { Config } from '../config/config.ts';
import type { ClassificationData } from '../data/open-data.ts';
import { trainingTransform } from '../data/transforms.ts';

/** A type, so that it is a container of tensors. */
export type BatchTensors = {
  /** [N,H,W,C] */
  images: tf.Tensor4D;
  /** [N] int32 */
  labels: tf.Tensor1D;
  /** Of the images they are mixed with, and the share that is their own. */
  mix?: { partners: tf.Tensor1D; share: tf.Scalar };
};

export class TrainingBatches {
  readonly #config: Config;
  readonly #labels: Int32Array;
  readonly #loader: ImageLoader;

  /** @throws if there are fewer images than a batch. */
  constructor(config: Config, { training, channels }: Pick<ClassificationData, 'training' | 'channels'>) {
    const { images, train, seed } = config;
    this.#config = config;
    this.#labels = training.labels;
    this.#loader = new ImageLoader({
      images: training,
      transform: trainingTransform(config, channels),
      batchSize: train.batchSize,
      seed,
      workers: images.workers,
      cacheMegabytes: images.cacheMegabytes,
    });
  }

  /** Batch `from` and all that follow. */
  batches(from: number): AsyncGenerator<ImageBatch, void, undefined> {
    return this.#loader.batches(from);
  }

  /** As tensors; to be called inside `tf.tidy`. */
  tensors({ images, shape, indices, step }: ImageBatch): BatchTensors {
    const { loss, seed } = this.#config;
    const labels = Int32Array.from(indices, (index) => this.#labels[index] ?? -1);
    if (loss.mixup === null) {
      return { images: tf.tensor4d(images, shape), labels: tf.tensor1d(labels, 'int32') };
    }
    const mixup = drawMixup({ seed, step, count: shape[0], alpha: loss.mixup });
    const partners = Int32Array.from(mixup.partners, (place) => labels[place] ?? -1);
    return {
      images: tf.tensor4d(mixImages(images, shape, mixup), shape),
      labels: tf.tensor1d(labels, 'int32'),
      mix: { partners: tf.tensor1d(partners, 'int32'), share: tf.scalar(mixup.share) },
    };
  }

  close(): Promise<void> {
    return this.#loader.close();
  }
}

/** The loss of a network for one batch, in training mode. */
export const batchLoss =
  (network: tfl.LayersModel, { loss: { labelSmoothing } }: Config) =>
  ({ images, labels, mix }: BatchTensors): ForwardResult => {
    const logits = network.apply(images, { training: true }) as tf.Tensor2D;
    return classificationLoss(logits, labels, { labelSmoothing, ...(mix === undefined ? {} : { mix }) });
  };
