// Random erasing (Zhong et al. 2017, arXiv 1708.04896): a box of a normalized image is overwritten, of a random share of
// the area and a random shape at a random place, so that no part of a thing becomes all that a network knows of it.
import { normal } from './distributions.ts';
import type { Random } from './random.ts';

export interface RandomErasing {
  /** That an image loses a box; 0.5 in the paper. */
  readonly probability: number;
  /** Range of the box's share of the area, drawn uniformly; [0.02, 0.4] in the paper. */
  readonly scale: readonly [number, number];
  /** Range of height / width, drawn uniformly in its logarithm; [0.3, 1 / 0.3] in the paper. */
  readonly ratio: readonly [number, number];
  /**
   * What stands in the box: a standard normal number for each value, or 0, which is the mean colour. (The paper draws bytes
   * uniformly, before normalization.)
   */
  readonly fill: 'noise' | 'zero';
}

interface Size {
  readonly height: number;
  readonly width: number;
}

/** All in pixels. */
export interface ErasedBox extends Size {
  readonly left: number;
  readonly top: number;
}

const TRIES = 10;

/** The box to erase; null: none, by chance or because none of ten fits into the image. */
export function drawErasing(
  { height, width }: Size,
  { probability, scale, ratio }: RandomErasing,
  random: Random,
): ErasedBox | null {
  if (random.uniform(0, 1) >= probability) return null;
  for (let tries = 0; tries < TRIES; tries++) {
    const area = width * height * random.uniform(...scale);
    const aspect = Math.exp(random.uniform(Math.log(ratio[0]), Math.log(ratio[1])));
    const box = { height: Math.round(Math.sqrt(area * aspect)), width: Math.round(Math.sqrt(area / aspect)) };
    if (box.height < 1 || box.width < 1 || box.height > height || box.width > width) continue;
    return {
      ...box,
      left: random.integer(0, width - box.width),
      top: random.integer(0, height - box.height),
    };
  }
  return null;
}

/** Overwrites the box in `image`, float32 [height, width, channels]. */
export function eraseBox(
  image: Float32Array,
  { width, channels }: { width: number; channels: 1 | 3 },
  box: ErasedBox,
  fill: RandomErasing['fill'],
  random: Random,
): void {
  for (let y = box.top; y < box.top + box.height; y++) {
    const row = image.subarray(channels * (y * width + box.left)).subarray(0, channels * box.width);
    if (fill === 'zero') row.fill(0);
    else row.forEach((_, i) => (row[i] = normal(random)));
  }
}
