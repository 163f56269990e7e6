// The unit of work of the loader: one whole batch, described by plain data, so that it can be done in any thread with
// the same result.
import { drawCrop, writeImageCrop, writeMaskCrop, type ResolvedAugment } from './augmentation.ts';
import type { LabelRange } from './index-mask.ts';
import { randomAt } from './random.ts';
import { readSample, type SampleFiles } from './segmentation-dataset.ts';

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
 * Decodes and augments one batch.
 *
 * @throws DataError for the first example, in batch order, that cannot be read.
 */
export async function makeBatch(task: BatchTask): Promise<BatchArrays> {
  const pixels = task.augment.cropSize ** 2;
  const batch: BatchArrays = {
    images: new Float32Array(task.samples.length * pixels * 3),
    labels: new Int32Array(task.samples.length * pixels).fill(task.labels.ignoreLabel),
  };
  // Settled, not raced: which of two bad examples is reported must not depend on timing.
  const results = await Promise.allSettled(task.samples.map((_, slot) => fillSlot(task, slot, batch)));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  return batch;
}

async function fillSlot(task: BatchTask, slot: number, batch: BatchArrays): Promise<void> {
  const { index, files } = task.samples[slot] as BatchTask['samples'][number];
  const { image, mask } = await readSample(files, task.labels);
  const plan = drawCrop(mask, task.augment, randomAt(task.seed, task.epoch, index));
  const pixels = plan.cropSize ** 2;
  writeMaskCrop(mask, plan, batch.labels, slot * pixels);
  writeImageCrop(image, plan, task.augment, batch.images, slot * pixels * 3);
}
