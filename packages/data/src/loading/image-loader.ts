// Training batches of whole images by position, as SegmentationLoader makes them of crops: batch `step` is a pure
// function of (set, options, seed, step). Batches have no labels; whoever may know them looks them up by `indices`.
//
// Two streams with the same seed draw the same numbers. A run that adapts one domain to another needs streams that have
// nothing to do with each other, or the same places would meet in every epoch: give source and target different seeds.
import { spreadPlaces, type ImageSet } from '../datasets/image-set.ts';
import { BatchStream, checkSeed, wholeNumber, type BatchMaker, type StreamOptions } from './batch-stream.ts';
import { EpochOrder } from './epoch-order.ts';
import { makeFileImages, makeMemoryImages, type ImageArrays, type ImagePlaces } from './image-task.ts';
import { checkTransform, type ImageTransform } from './image-transform.ts';

/**
 * Images in memory are transformed in this thread, whatever `workers` says, and never cached. A decoded, resized image takes
 * `channels` bytes a pixel of `cacheMegabytes`: 800 MB for Office-31's 4110 at 256×256.
 */
export interface ImageLoaderOptions extends StreamOptions {
  images: ImageSet;
  transform: ImageTransform;
  /** Images a batch. */
  batchSize: number;
  /** Default 0. */
  seed?: number;
  /** Only so many images, spread evenly over the set, which may be sorted by class. Default: all. */
  limit?: number;
}

/** Images as a network takes them. */
export interface ImageBatch {
  /** float32 [N, H, W, C], normalized. */
  images: Float32Array<ArrayBuffer>;
  /** [N, H, W, C]. */
  shape: [number, number, number, number];
  /** int32 [N], places in the set. */
  indices: Int32Array<ArrayBuffer>;
  ids: string[];
  /** Passes over the data finished before this batch. */
  epoch: number;
  /** Batches before this one, over all epochs. */
  step: number;
}

/** Shuffled, transformed batches without end. An incomplete batch at the end of an epoch is dropped. */
export class ImageLoader {
  /** Batches in one pass over the images. */
  readonly stepsPerEpoch: number;
  readonly #set: ImageSet;
  readonly #places: Int32Array;
  readonly #transform: ImageTransform;
  readonly #seed: number;
  readonly #order: EpochOrder;
  readonly #stream: BatchStream<ImageBatch>;

  /** @throws Error when an option is impossible, or the set has fewer images than one batch. */
  constructor(options: ImageLoaderOptions) {
    const { images, transform, batchSize, seed = 0, limit = images.ids.length } = options;
    wholeNumber('batchSize', batchSize, 1);
    wholeNumber('limit', limit, 1);
    checkSeed(seed);
    checkTransform(transform);
    this.#set = images;
    this.#places = spreadPlaces(images.ids.length, limit);
    if (this.#places.length < batchSize) {
      throw new Error(
        `batchSize is ${batchSize}, but ${images.name} offers only ${this.#places.length} images: ` +
          `lower batchSize or raise limit.`,
      );
    }
    this.#transform = transform;
    this.#seed = seed;
    this.#order = new EpochOrder(this.#places.length, batchSize, seed);
    this.stepsPerEpoch = this.#order.stepsPerEpoch;
    const stream = images.pixels.kind === 'files' ? options : { ...options, workers: 0, cacheMegabytes: 0 };
    this.#stream = new BatchStream((step, maker) => this.#load(step, maker), images.ids.length, stream);
  }

  /**
   * The batches from `fromStep` on, in order and without end; ends when the loader is closed.
   *
   * @throws DataError, at the step that needs it, for an image that cannot be read.
   */
  batches(fromStep = 0): AsyncGenerator<ImageBatch, void, undefined> {
    return this.#stream.batches(fromStep);
  }

  /** Ends the decoding threads and every `batches()`. May be called more than once. */
  close(): Promise<void> {
    return this.#stream.close();
  }

  async #load(step: number, maker: BatchMaker): Promise<ImageBatch> {
    const { epoch, places: drawn } = this.#order.at(step);
    const places = drawn.map((place) => this.#places[place] as number);
    return makeImageBatch(
      this.#set,
      { seed: this.#seed, epoch, places, transform: this.#transform },
      step,
      maker,
    );
  }
}

/** One batch of a set, made by threads or here. */
export async function makeImageBatch(
  set: ImageSet,
  task: ImagePlaces,
  step: number,
  maker: BatchMaker,
): Promise<ImageBatch> {
  const { places, epoch, transform } = task;
  const { images, height, width } = await arraysOf(set, task, maker);
  return {
    images,
    shape: [places.length, height, width, transform.channels],
    indices: Int32Array.from(places),
    ids: places.map((place) => set.ids[place] as string),
    epoch,
    step,
  };
}

async function arraysOf({ pixels }: ImageSet, task: ImagePlaces, maker: BatchMaker): Promise<ImageArrays> {
  if (pixels.kind === 'memory') return makeMemoryImages(task, pixels);
  const files = { ...task, paths: task.places.map((place) => pixels.paths[place] as string) };
  return maker.pool === null ? makeFileImages(files, maker.cache) : maker.pool.makeImages(files);
}
