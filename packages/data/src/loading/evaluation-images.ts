// Every image of a set once, in order, under a transform without chance: for scores, features and predictions. Features
// of shuffled random crops would differ from run to run, and could not be matched to their images.
import { spreadPlaces, type ImageSet } from '../datasets/image-set.ts';
import { wholeNumber, type BatchMaker } from './batch-stream.ts';
import { makeImageBatch, type ImageBatch } from './image-loader.ts';
import { checkTransform, isRandom, type ImageTransform } from './image-transform.ts';
import { readAhead } from './read-ahead.ts';
import { WorkerPool } from './worker-pool.ts';

export interface EvaluationImagesOptions {
  /** Without a random crop and mirroring. */
  transform: ImageTransform;
  /** Images a batch; the last one may have fewer. */
  batchSize: number;
  /** Only so many images, spread evenly over the set, which may be sorted by class. Default: all. */
  limit?: number;
  /** Decoding threads; 0 decodes in this thread. Images in memory need none. Default 0. */
  workers?: number;
  /** Stops before the next batch when it is raised. */
  signal?: AbortSignal;
}

/** Batches decoded beyond the one in hand. */
const AHEAD = 2;

/**
 * Batches of the images in order. `indices` are places in the set, `epoch` is 0.
 *
 * @throws Error when an option is impossible or the transform is random, the signal's reason when it is raised (what was
 * seen so far is no score), and DataError for an image that cannot be read.
 */
export async function* evaluationImages(
  set: ImageSet,
  options: EvaluationImagesOptions,
): AsyncGenerator<ImageBatch, void, undefined> {
  const { transform, batchSize, limit = set.ids.length, workers = 0, signal } = options;
  wholeNumber('batchSize', batchSize, 1);
  wholeNumber('limit', limit, 1);
  wholeNumber('workers', workers, 0);
  checkTransform(transform);
  if (isRandom(transform)) {
    throw new Error(
      `An evaluation of ${set.name} was asked for with a crop "${transform.crop?.kind ?? 'none'}" and mirroring with ` +
        `probability ${transform.flip}: take a centre crop or none, flip 0, and neither randAugment nor erase, so that ` +
        `every pass gives the same.`,
    );
  }
  const places = spreadPlaces(set.ids.length, limit);
  const pool = workers > 0 && set.pixels.kind === 'files' ? new WorkerPool(workers) : null;
  const maker: BatchMaker = pool === null ? { pool, cache: null } : { pool };
  const load = (step: number): Promise<ImageBatch> => {
    const taken = [...places.subarray(step * batchSize, (step + 1) * batchSize)];
    return makeImageBatch(set, { seed: 0, epoch: 0, places: taken, transform }, step, maker);
  };
  try {
    const end = Math.ceil(places.length / batchSize);
    for await (const batch of readAhead(load, { end, ahead: Math.max(AHEAD, workers) })) {
      signal?.throwIfAborted();
      yield batch;
    }
  } finally {
    await pool?.close();
  }
}
