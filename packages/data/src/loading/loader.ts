// Training batches by position: batch `step` is a pure function of (data set, options, seed, step). Whatever the
// number of threads, and wherever a run is resumed, the same step sees the same pixels.
//
// No batch is ever short, since one left-over image would be a batch that batch normalization cannot be trained on: an
// epoch of n images has ⌊n / batchSize⌋ batches, each image is in at most one of them, and the n mod batchSize that
// are left out are others every epoch, because each is shuffled anew.
import { availableParallelism } from 'node:os';
import { resolveAugment, type AugmentOptions, type ResolvedAugment } from './augmentation.ts';
import { makeBatch, type BatchArrays, type BatchTask } from './batch-task.ts';
import { permutation, randomAt } from './random.ts';
import { allocateCache, SampleCache, type CacheMemory } from './sample-cache.ts';
import type { SampleFiles, SegmentationDataset } from '../datasets/segmentation-dataset.ts';
import { WorkerPool } from './worker-pool.ts';

export interface LoaderOptions {
  dataset: Pick<SegmentationDataset, 'files' | 'classes' | 'ignoreLabel' | 'split'>;
  augment: AugmentOptions;
  /** Images a batch. */
  batchSize: number;
  /** Default 0. */
  seed?: number;
  /**
   * Decoding threads; 0 decodes in this thread's own event loop, which stands still during a training step.
   * Default: a quarter of the processors, 1 to 4. All threads share libuv's pool of 4: for more, set the environment
   * variable UV_THREADPOOL_SIZE.
   */
  workers?: number;
  /** Batches kept ready or in the making beyond the one in hand. Default: twice the threads, at least 2. */
  prefetch?: number;
  /** Only the first so many examples. Default: all. */
  limit?: number;
  /**
   * Memory for decoded examples, shared by all threads, in units of 2^20 bytes; an example takes 4 bytes a pixel. It
   * fills in the first epoch; what does not fit is decoded each time. Default 0: none are kept.
   */
  cacheMegabytes?: number;
}

/** One training step's worth of crops. */
export interface TrainBatch {
  /** float32 [N, H, W, 3], normalized RGB; 0, the mean colour, in the padding. */
  images: Float32Array<ArrayBuffer>;
  /** int32 [N, H, W], class indices; the ignore label in the padding. */
  labels: Int32Array<ArrayBuffer>;
  /** [N, H, W]. */
  shape: [number, number, number];
  ids: string[];
  /** Passes over the data finished before this batch. */
  epoch: number;
  /** Batches before this one, over all epochs. */
  step: number;
}

/** Shuffled, augmented batches without end. An incomplete batch at the end of an epoch is dropped. */
export class SegmentationLoader {
  /** Batches in one pass over the data. */
  readonly stepsPerEpoch: number;
  readonly #files: readonly SampleFiles[];
  readonly #labels: BatchTask['labels'];
  readonly #augment: ResolvedAugment;
  readonly #batchSize: number;
  readonly #seed: number;
  readonly #workers: number;
  readonly #prefetch: number;
  readonly #cache: CacheMemory | null;
  #ownCache: SampleCache | null = null;
  #pool: WorkerPool | null = null;
  #closed = false;
  #order: { epoch: number; indices: Int32Array } | null = null;

  /** @throws Error when an option is impossible, or the data set has fewer examples than one batch. */
  constructor(options: LoaderOptions) {
    const { dataset, batchSize, seed = 0, workers = defaultWorkers() } = options;
    const { prefetch = Math.max(2, 2 * workers), limit = dataset.files.length, cacheMegabytes = 0 } = options;
    wholeNumber('batchSize', batchSize, 1);
    wholeNumber('workers', workers, 0);
    wholeNumber('prefetch', prefetch, 1);
    wholeNumber('limit', limit, 1);
    wholeNumber('cacheMegabytes', cacheMegabytes, 0);
    if (!Number.isSafeInteger(seed)) throw new Error(`seed is ${seed}, but a whole number is wanted.`);
    this.#files = dataset.files.slice(0, limit);
    if (this.#files.length < batchSize) {
      throw new Error(
        `batchSize is ${batchSize}, but the split "${dataset.split}" offers only ${this.#files.length} images: ` +
          `lower batchSize or raise limit.`,
      );
    }
    this.stepsPerEpoch = Math.floor(this.#files.length / batchSize);
    this.#labels = { classCount: dataset.classes.length, ignoreLabel: dataset.ignoreLabel };
    this.#augment = resolveAugment(options.augment);
    this.#batchSize = batchSize;
    this.#seed = seed;
    this.#workers = workers;
    this.#prefetch = prefetch;
    this.#cache = cacheMegabytes === 0 ? null : allocateCache(this.#files.length, cacheMegabytes);
  }

  /**
   * The batches from `fromStep` on, in order and without end; ends when the loader is closed.
   *
   * @throws DataError, at the step that needs it, for an example that cannot be read.
   */
  async *batches(fromStep = 0): AsyncGenerator<TrainBatch, void, undefined> {
    wholeNumber('fromStep', fromStep, 0);
    if (this.#closed) throw new Error('The loader is closed.');
    const ahead: Promise<TrainBatch>[] = [];
    let next = fromStep;
    for (;;) {
      while (ahead.length <= this.#prefetch) ahead.push(this.#start(next++));
      let batch: TrainBatch;
      try {
        batch = await (ahead.shift() as Promise<TrainBatch>);
      } catch (error) {
        if (this.#closed) return;
        throw error;
      }
      yield batch;
      if (this.#closed) return;
    }
  }

  /** Ends the decoding threads and every `batches()`. May be called more than once. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#pool?.close();
  }

  #start(step: number): Promise<TrainBatch> {
    const batch = this.#load(step);
    // A failure belongs to whoever takes this batch; until then, or if nobody does, it is no unhandled rejection.
    batch.catch(() => undefined);
    return batch;
  }

  async #load(step: number): Promise<TrainBatch> {
    const epoch = Math.floor(step / this.stepsPerEpoch);
    const first = (step % this.stepsPerEpoch) * this.#batchSize;
    const indices = [...this.#epochOrder(epoch).subarray(first, first + this.#batchSize)];
    const samples = indices.map((index) => ({ index, files: this.#files[index] as SampleFiles }));
    const arrays = await this.#make({
      seed: this.#seed,
      epoch,
      samples,
      augment: this.#augment,
      labels: this.#labels,
    });
    const { cropSize } = this.#augment;
    const ids = samples.map(({ files }) => files.id);
    return { ...arrays, shape: [this.#batchSize, cropSize, cropSize], ids, epoch, step };
  }

  #make(task: BatchTask): Promise<BatchArrays> {
    if (this.#workers === 0) {
      if (this.#cache !== null) this.#ownCache ??= new SampleCache(this.#cache);
      return makeBatch(task, this.#ownCache);
    }
    this.#pool ??= new WorkerPool(this.#workers, this.#cache);
    return this.#pool.makeBatch(task);
  }

  #epochOrder(epoch: number): Int32Array {
    if (this.#order?.epoch !== epoch) {
      this.#order = { epoch, indices: permutation(this.#files.length, randomAt(this.#seed, epoch)) };
    }
    return this.#order.indices;
  }
}

export const defaultWorkers = (): number => Math.min(4, Math.max(1, Math.floor(availableParallelism() / 4)));

function wholeNumber(option: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw new Error(`${option} is ${value}, but a whole number of at least ${least} is wanted.`);
  }
}
