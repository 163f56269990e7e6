// Training batches by position: batch `step` is a pure function of (data set, options, seed, step). Whatever the
// number of threads, and wherever a run is resumed, the same step sees the same pixels. In which order: epoch-order.ts.
import { resolveAugment, type AugmentOptions, type ResolvedAugment } from './augmentation.ts';
import { BatchStream, checkSeed, wholeNumber, type BatchMaker, type StreamOptions } from './batch-stream.ts';
import { makeBatch, type BatchArrays, type BatchTask } from './batch-task.ts';
import { EpochOrder } from './epoch-order.ts';
import { SampleCache } from './sample-cache.ts';
import type { SampleFiles, SegmentationDataset } from '../datasets/segmentation-dataset.ts';

/** An example takes 4 bytes a pixel of `cacheMegabytes`. */
export interface LoaderOptions extends StreamOptions {
  dataset: Pick<SegmentationDataset, 'files' | 'classes' | 'ignoreLabel' | 'split'>;
  augment: AugmentOptions;
  /** Images a batch. */
  batchSize: number;
  /** Default 0. */
  seed?: number;
  /** Only the first so many examples. Default: all. */
  limit?: number;
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
  readonly #seed: number;
  readonly #order: EpochOrder;
  readonly #stream: BatchStream<TrainBatch>;
  #ownCache: SampleCache | null = null;

  /** @throws Error when an option is impossible, or the data set has fewer examples than one batch. */
  constructor(options: LoaderOptions) {
    const { dataset, batchSize, seed = 0, limit = dataset.files.length } = options;
    wholeNumber('batchSize', batchSize, 1);
    wholeNumber('limit', limit, 1);
    checkSeed(seed);
    this.#files = dataset.files.slice(0, limit);
    if (this.#files.length < batchSize) {
      throw new Error(
        `batchSize is ${batchSize}, but the split "${dataset.split}" offers only ${this.#files.length} images: ` +
          `lower batchSize or raise limit.`,
      );
    }
    this.#labels = { classCount: dataset.classes.length, ignoreLabel: dataset.ignoreLabel };
    this.#augment = resolveAugment(options.augment);
    this.#seed = seed;
    this.#order = new EpochOrder(this.#files.length, batchSize, seed);
    this.stepsPerEpoch = this.#order.stepsPerEpoch;
    this.#stream = new BatchStream((step, maker) => this.#load(step, maker), this.#files.length, options);
  }

  /**
   * The batches from `fromStep` on, in order and without end; ends when the loader is closed.
   *
   * @throws DataError, at the step that needs it, for an example that cannot be read.
   */
  batches(fromStep = 0): AsyncGenerator<TrainBatch, void, undefined> {
    return this.#stream.batches(fromStep);
  }

  /** Ends the decoding threads and every `batches()`. May be called more than once. */
  close(): Promise<void> {
    return this.#stream.close();
  }

  async #load(step: number, maker: BatchMaker): Promise<TrainBatch> {
    const { epoch, places } = this.#order.at(step);
    const samples = places.map((index) => ({ index, files: this.#files[index] as SampleFiles }));
    const task = { seed: this.#seed, epoch, samples, augment: this.#augment, labels: this.#labels };
    const arrays = await this.#make(task, maker);
    const { cropSize } = this.#augment;
    const ids = samples.map(({ files }) => files.id);
    return { ...arrays, shape: [ids.length, cropSize, cropSize], ids, epoch, step };
  }

  #make(task: BatchTask, maker: BatchMaker): Promise<BatchArrays> {
    if (maker.pool !== null) return maker.pool.makeBatch(task);
    if (maker.cache !== null) this.#ownCache ??= new SampleCache(maker.cache);
    return makeBatch(task, this.#ownCache);
  }
}
