/**
 * The two questions that a study asks of a batch of b images.
 *
 * - `optimizer`: what if a step takes b images? Its gradient is noisier, whatever the normalization; the learning rate is
 *   proportional to b (Goyal et al. 2017, arXiv:1706.02677).
 * - `normalization`: what if b images are normalized together, and a step takes as many images as ever, by accumulation? What
 *   differs is the noise of the batch's statistics alone: the question of the papers.
 */
import type { Config } from '../config/config.ts';

export const STUDY_PROTOCOLS = ['optimizer', 'normalization'] as const;

export type StudyProtocol = (typeof STUDY_PROTOCOLS)[number];

/** How many images a forward pass and a step of a run take. */
export interface Passes {
  readonly batchSize: number;
  readonly accumulate: number;
}

/** Images of a step of the base configuration, which are those of every step of the protocol `normalization`. */
export const gradientBatch = ({ train }: Pick<Config, 'train'>): number => train.batchSize * train.accumulate;

/** @throws with one sentence if the images of a step cannot be passed `batch` at a time. */
export function passesAt(protocol: StudyProtocol, batch: number, images: number): Passes {
  if (protocol === 'optimizer') return { batchSize: batch, accumulate: 1 };
  if (images % batch === 0) return { batchSize: batch, accumulate: images / batch };
  throw new Error(
    `--batches has ${batch}, and the ${images} images of a step (train.batchSize × train.accumulate) cannot be normalized ${batch} at a time: ` +
      'give divisors of that number, or --protocols optimizer.',
  );
}

/** Of figures and tables. */
export const protocolTitle = (protocol: StudyProtocol): string =>
  ({
    optimizer: 'Top-1 error at small optimizer batches',
    normalization: 'Top-1 error at small normalization batches',
  })[protocol];

/** What a batch of the protocol is, for axes: `images per step`. */
export const batchLabel = (protocol: StudyProtocol): string =>
  ({ optimizer: 'images per step', normalization: 'images normalized together' })[protocol];

/** `8 images per step`, `1 image normalized alone` */
export function atBatch(protocol: StudyProtocol, batch: number): string {
  const images = `${batch} image${batch === 1 ? '' : 's'}`;
  return protocol === 'optimizer'
    ? `${images} per step`
    : `${images} normalized ${batch === 1 ? 'alone' : 'together'}`;
}
