// What happens to an image before a network sees it, as plain data:
//
//   channels → resize → randAugment → crop → mirror → normalize → erase
//
// - `resize` resamples with a cubic kernel (Keys 1981, a = −½) that averages when it shrinks, and rounds to bytes:
//   `squash` to size×size whatever the picture's shape, `short-side` keeping the shape.
// - the crop `random-resized` (Szegedy et al. 2015, arXiv 1409.4842, §6) takes a box of a random share of the area and
//   a random aspect ratio, and resamples it linearly, also averaging; `random` and `centre` cut size×size pixels. With
//   `padding` the picture first gets so many black pixels on every side (He et al. 2015, arXiv 1512.03385, §4.2: 4 on CIFAR).
// - `randAugment` and `erase` draw numbers of their own: crops and mirroring are the same with and without them.
import type { Normalization } from '../images/normalization.ts';
import { MOST_MAGNITUDE, type RandAugmentOptions } from '../images/rand-augment.ts';
import type { RandomErasing } from './random-erasing.ts';

export type ImageCrop =
  | {
      readonly kind: 'random-resized';
      /** Height and width, in pixels, that the box is brought to. */
      readonly size: number;
      /** Range of the box's share of the area, drawn uniformly; [0.08, 1] is usual. */
      readonly scale: readonly [number, number];
      /** Range of width / height, drawn uniformly in its logarithm; [3/4, 4/3] is usual. */
      readonly ratio: readonly [number, number];
    }
  | {
      readonly kind: 'random';
      readonly size: number;
      /** Black pixels on every side of the picture before the crop. Default 0. */
      readonly padding?: number;
    }
  | { readonly kind: 'centre'; readonly size: number };

export interface ImageTransform {
  /** null keeps the size of the picture. */
  readonly resize: { readonly kind: 'squash' | 'short-side'; readonly size: number } | null;
  /** null takes the whole picture; all pictures of a batch must then have one size. */
  readonly crop: ImageCrop | null;
  /** Probability of mirroring left and right. */
  readonly flip: number;
  /** Of values scaled to 0…1. Grey images have one channel: its three values must then be the same. */
  readonly normalization: Normalization;
  /** What the network takes. Colour becomes grey by ITU-R BT.601's luma; grey becomes three equal channels. */
  readonly channels: 1 | 3;
  /** Random operations on the resized picture (rand-augment.ts). Default null: none. */
  readonly randAugment?: RandAugmentOptions | null;
  /** Overwrites a random box of the normalized image (random-erasing.ts). Default null: never. */
  readonly erase?: RandomErasing | null;
}

/** Whether two passes over an image may differ. */
export const isRandom = ({ crop, flip, randAugment = null, erase = null }: ImageTransform): boolean =>
  flip > 0 ||
  crop?.kind === 'random' ||
  crop?.kind === 'random-resized' ||
  randAugment !== null ||
  (erase !== null && erase.probability > 0);

type Refuse = (option: string, got: unknown, wanted: string) => never;

const refuse: Refuse = (option, got, wanted) => {
  throw new Error(`transform.${option} is ${String(got)}, but ${wanted} is wanted.`);
};

/** @throws Error when a value is impossible; the message names the option. */
export function checkTransform(transform: ImageTransform): void {
  const { resize, crop, flip, normalization, channels, randAugment = null, erase = null } = transform;
  if (resize !== null) checkSize('resize.size', resize.size);
  if (crop !== null) checkCrop(crop, resize);
  if (!(flip >= 0 && flip <= 1)) refuse('flip', flip, 'a probability from 0 to 1');
  if (!normalization.std.every((value) => value > 0))
    refuse('normalization.std', normalization.std.join(', '), 'a list of positive numbers');
  if (channels === 1) {
    for (const name of ['mean', 'std'] as const) {
      if (new Set(normalization[name]).size !== 1)
        refuse(
          `normalization.${name}`,
          normalization[name].join(', '),
          'one value three times for 1 channel',
        );
    }
  }
  if (randAugment !== null) checkRandAugment(randAugment);
  if (erase !== null) checkErasing(erase);
}

function checkSize(option: string, value: number): void {
  if (!(Number.isInteger(value) && value > 0)) refuse(option, value, 'a positive whole number of pixels');
}

function checkCrop(crop: ImageCrop, resize: ImageTransform['resize']): void {
  checkSize('crop.size', crop.size);
  if (crop.kind === 'random-resized') {
    checkBoxes('crop', crop);
    return;
  }
  const padding = crop.kind === 'random' ? (crop.padding ?? 0) : 0;
  if (!(Number.isInteger(padding) && padding >= 0))
    refuse('crop.padding', padding, 'a whole number of pixels of at least 0');
  if (resize === null || crop.size <= resize.size + 2 * padding) return;
  const most =
    padding === 0
      ? `resize.size, ${resize.size}`
      : `resize.size + 2·crop.padding, ${resize.size + 2 * padding}`;
  refuse('crop.size', crop.size, `a size of at most ${most},`);
}

/** Of boxes in a picture: their share of its area, and their shape. */
function checkBoxes(option: string, { scale, ratio }: Pick<RandomErasing, 'scale' | 'ratio'>): void {
  if (!(scale[0] > 0 && scale[0] <= scale[1] && scale[1] <= 1))
    refuse(`${option}.scale`, scale.join(' to '), 'a range of shares above 0, at most 1, low to high');
  if (!(ratio[0] > 0 && ratio[0] <= ratio[1]))
    refuse(`${option}.ratio`, ratio.join(' to '), 'a range of positive numbers, low to high');
}

function checkRandAugment({ operations, magnitude }: RandAugmentOptions): void {
  if (!(Number.isInteger(operations) && operations > 0))
    refuse('randAugment.operations', operations, 'a positive whole number, or no randAugment,');
  if (!(magnitude >= 0 && magnitude <= MOST_MAGNITUDE))
    refuse('randAugment.magnitude', magnitude, `a number from 0 to ${MOST_MAGNITUDE}`);
}

function checkErasing(erase: RandomErasing): void {
  const { probability } = erase;
  if (!(probability >= 0 && probability <= 1))
    refuse('erase.probability', probability, 'a probability from 0 to 1');
  checkBoxes('erase', erase);
}
