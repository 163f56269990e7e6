// What happens to an image before a network sees it, as plain data:
//
//   channels → resize → crop → mirror → normalize
//
// - `resize` resamples with a cubic kernel (Keys 1981, a = −½) that averages when it shrinks, and rounds to bytes:
//   `squash` to size×size whatever the picture's shape, `short-side` keeping the shape.
// - the crop `random-resized` (Szegedy et al. 2015, arXiv 1409.4842, §6) takes a box of a random share of the area and
//   a random aspect ratio, and resamples it linearly, also averaging; `random` and `centre` cut size×size pixels.
import type { Normalization } from '../images/normalization.ts';

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
  | { readonly kind: 'random' | 'centre'; readonly size: number };

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
}

/** Whether two passes over an image may differ. */
export const isRandom = ({ crop, flip }: ImageTransform): boolean =>
  flip > 0 || crop?.kind === 'random' || crop?.kind === 'random-resized';

/** @throws Error when a value is impossible; the message names the option. */
export function checkTransform({ resize, crop, flip, normalization, channels }: ImageTransform): void {
  const refuse = (option: string, got: unknown, wanted: string): never => {
    throw new Error(`transform.${option} is ${String(got)}, but ${wanted} is wanted.`);
  };
  const size = (option: string, value: number): void => {
    if (!(Number.isInteger(value) && value > 0)) refuse(option, value, 'a positive whole number of pixels');
  };
  if (resize !== null) size('resize.size', resize.size);
  if (crop !== null) size('crop.size', crop.size);
  if (crop?.kind === 'random-resized') {
    const { scale, ratio } = crop;
    if (!(scale[0] > 0 && scale[0] <= scale[1] && scale[1] <= 1))
      refuse('crop.scale', scale.join(' to '), 'a range of shares above 0, at most 1, low to high');
    if (!(ratio[0] > 0 && ratio[0] <= ratio[1]))
      refuse('crop.ratio', ratio.join(' to '), 'a range of positive numbers, low to high');
  } else if (crop !== null && resize !== null && crop.size > resize.size) {
    refuse('crop.size', crop.size, `a size of at most resize.size, ${resize.size},`);
  }
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
}
