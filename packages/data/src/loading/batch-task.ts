// The unit of work of the loader: one whole batch, described by plain data, so that it can be done in any thread with
// the same result.
import { placeMaskCrop, writeImageCrop, type ResolvedAugment } from './augmentation.ts';
import type { LabelRange } from '../images/index-mask.ts';
import { drawPhotometric } from '../images/photometric.ts';
import { randomAt } from './random.ts';
import type { SampleCache } from './sample-cache.ts';
import { readSample, type SampleFiles, type SegmentationSample } from '../datasets/segmentation-dataset.ts';

export interface BatchTask {
  readonly seed: number;
  readonly epoch: number;
  /** The examples, with their indices in the data set: (seed, epoch, index) addresses the augmentation's draw. */
  readonly samples: readonly { readonly index: number; readonly files: SampleFiles }[];
  readonly augment: ResolvedAugment;
  readonly labels: LabelRange;
}

/** The pixels of a batch of N crops of S×S. */
export interface BatchArrays {
  /** [N, S, S, 3] normalized; 0, the mean colour, where a crop reaches beyond its picture. */
  images: Float32Array<ArrayBuffer>;
  /** [N, S, S]; the ignore label beyond the picture. */
  labels: Int32Array<ArrayBuffer>;
}

/**
 * Decodes and augments one batch. What the cache holds is not decoded again; what it does not is offered to it.
 *
 * @throws DataError for the first example, in batch order, that cannot be read.
 */
export async function makeBatch(task: BatchTask, cache: SampleCache | null = null): Promise<BatchArrays> {
  const pixels = task.augment.cropSize ** 2;
  const batch: BatchArrays = {
    images: new Float32Array(task.samples.length * pixels * 3),
    labels: new Int32Array(task.samples.length * pixels).fill(task.labels.ignoreLabel),
  };
  // Settled, not raced: which of two bad examples is reported must not depend on timing.
  const results = await Promise.allSettled(task.samples.map((_, slot) => fillSlot(task, slot, batch, cache)));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  return batch;
}

async function fillSlot(
  task: BatchTask,
  slot: number,
  batch: BatchArrays,
  cache: SampleCache | null,
): Promise<void> {
  const { index, files } = task.samples[slot] as BatchTask['samples'][number];
  const { image, mask } = cache?.get(index) ?? (await decode(task, files, index, cache));
  const { seed, epoch, augment, labels } = task;
  const { cropSize, photometric } = augment;
  const offset = slot * cropSize ** 2;
  const target = { target: batch.labels, offset, ignoreLabel: labels.ignoreLabel };
  const plan = placeMaskCrop(mask, augment, randomAt(seed, epoch, index), target);
  // Draws of its own: the crops are the same with and without distorted colours.
  const colours = photometric === null ? null : drawPhotometric(photometric, randomAt(seed, epoch, index, 1));
  writeImageCrop(image, plan, augment, batch.images, 3 * offset, colours);
}

async function decode(
  { labels }: BatchTask,
  files: SampleFiles,
  index: number,
  cache: SampleCache | null,
): Promise<SegmentationSample> {
  const sample = await readSample(files, labels);
  cache?.put(index, sample);
  return sample;
}
