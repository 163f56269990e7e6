/** The images of each training step: one batch of every domain that the method takes. */
import type { AdaptationMethod, SourceBatch, TargetBatch } from '@plumbline/adaptation';
import { ImageLoader, type ImageBatch, type ImageSet, type LabelledImages } from '@plumbline/data';
import { tf } from '@plumbline/runtime';
import type { Config } from '../config/config.ts';
import type { Task } from '../data/open-task.ts';
import { trainingTransform } from '../data/transforms.ts';

/** Decoded images of one step; a domain that the method does not take is left out. */
export interface StepImages {
  source?: ImageBatch;
  target?: ImageBatch;
}

/** A type, so that it is a container of tensors. */
export type StepTensors = {
  source?: { images: SourceBatch['images']; labels: SourceBatch['labels'] };
  target?: { images: TargetBatch['images']; indices: TargetBatch['indices'] };
};

function requireBatch(option: 'sourceBatch' | 'targetBatch', size: number, { name, ids }: ImageSet): void {
  if (ids.length >= size) return;
  throw new Error(
    `train.${option} is ${size}, and there are only ${ids.length} images of ${name} to train on: lower it, or raise data.limit ` +
      'where that is set.',
  );
}

/** The loaders of both domains. */
export class TaskLoader {
  readonly #source: ImageLoader;
  readonly #target: ImageLoader;
  readonly #labels: Int32Array;

  /** @throws if a domain has fewer images than a batch of it. */
  constructor(config: Config, task: Task) {
    const { images, train, seed } = config;
    requireBatch('sourceBatch', train.sourceBatch, task.source);
    requireBatch('targetBatch', train.targetBatch, task.target);
    const common = {
      transform: trainingTransform(config, task.channels),
      workers: images.workers,
      cacheMegabytes: images.cacheMegabytes,
    };
    // Seeds that no other run's source or target has: the two streams must have nothing to do with each other.
    this.#source = new ImageLoader({
      ...common,
      images: task.source,
      batchSize: train.sourceBatch,
      seed: 2 * seed,
    });
    this.#target = new ImageLoader({
      ...common,
      images: task.target,
      batchSize: train.targetBatch,
      seed: 2 * seed + 1,
    });
    this.#labels = (task.source satisfies LabelledImages).labels;
  }

  /** Steps in one pass over the target. */
  get targetStepsPerEpoch(): number {
    return this.#target.stepsPerEpoch;
  }

  /**
   * The images of step `fromStep` and all that follow; `before` runs ahead of each step, after the one before it is done.
   */
  async *steps(
    { domains }: Pick<AdaptationMethod, 'domains'>,
    fromStep: number,
    before: (step: number) => Promise<void>,
  ): AsyncGenerator<StepImages, void, undefined> {
    const source = domains.source ? this.#source.batches(fromStep) : null;
    const target = domains.target ? this.#target.batches(fromStep) : null;
    try {
      for (let step = fromStep; ; step++) {
        await before(step);
        const [sourceBatch, targetBatch] = await Promise.all([source?.next(), target?.next()]);
        if (sourceBatch?.done === true || targetBatch?.done === true) return;
        yield {
          ...(sourceBatch === undefined ? {} : { source: sourceBatch.value }),
          ...(targetBatch === undefined ? {} : { target: targetBatch.value }),
        };
      }
    } finally {
      await source?.return();
      await target?.return();
    }
  }

  /** As tensors; to be called inside `tf.tidy`. */
  tensors({ source, target }: StepImages): StepTensors {
    return {
      ...(source === undefined
        ? {}
        : {
            source: {
              images: tf.tensor4d(source.images, source.shape),
              labels: tf.tensor1d(
                source.indices.map((index) => this.#labels[index] ?? -1),
                'int32',
              ),
            },
          }),
      ...(target === undefined
        ? {}
        : {
            target: {
              images: tf.tensor4d(target.images, target.shape),
              indices: tf.tensor1d(target.indices, 'int32'),
            },
          }),
    };
  }

  async close(): Promise<void> {
    await Promise.all([this.#source.close(), this.#target.close()]);
  }
}
