// DeepLab's training augmentation (Chen et al. 2017, arXiv 1706.05587, §4): random scale, random crop, mirror.
// One draw fixes the geometry of the picture and of its mask together; the picture is resized bilinearly with
// antialiasing, the mask by nearest neighbour on the same pixel centres. Where the scaled picture is smaller than the
// crop it lies at the top left (before mirroring); the rest is the mean colour, labelled void.
//
// Two options more, as MMSegmentation trains on VOC: crops in which one class covers too much are drawn again, and
// colours are distorted (photometric.ts). Without them the draws are what they were.
import type { IndexMask } from '../images/index-mask.ts';
import { IMAGENET_NORMALIZATION, writeNormalized, type Normalization } from '../images/normalization.ts';
import {
  checkPhotometric,
  distort,
  PHOTOMETRIC,
  type PhotometricOptions,
  type PhotometricPlan,
} from '../images/photometric.ts';
import type { Random } from './random.ts';
import { resampleWindow } from '../images/resample.ts';
import { nearestSources } from '../images/resize-mask.ts';
import type { RgbImage } from '../images/rgb-image.ts';

export interface AugmentOptions extends Partial<Normalization> {
  /** The long side, in pixels, that every picture is brought to before `scale` is applied; null keeps its own size. */
  baseSize: number | null;
  /** The scale is drawn uniformly from this range. Default [0.5, 2]. */
  scale?: readonly [number, number];
  /** Height and width of the crop, in pixels. */
  cropSize: number;
  /** Probability of mirroring left and right. Default 0.5. */
  flip?: number;
  /**
   * Where one class covers at least this share of the crop's pixels without void, the crop's place is drawn again, at
   * most ten times; 0.75 is usual. Default null: never.
   */
  maxClassShare?: number | null;
  /** Random brightness, contrast, saturation and hue; `{}` takes the usual ranges. Default null: none. */
  photometric?: PhotometricOptions | null;
}

/** `AugmentOptions` with every default filled in. */
export type ResolvedAugment = Required<Omit<AugmentOptions, 'photometric'>> & {
  photometric: Required<PhotometricOptions> | null;
};

/** @throws Error when a value is impossible; the message names the option. */
export function resolveAugment(options: AugmentOptions): ResolvedAugment {
  const { photometric = null, ...plain } = options;
  const resolved = {
    scale: [0.5, 2] as const,
    flip: 0.5,
    maxClassShare: null,
    ...IMAGENET_NORMALIZATION,
    ...plain,
    photometric: photometric === null ? null : { ...PHOTOMETRIC, ...photometric },
  };
  const { baseSize, scale, cropSize, flip, maxClassShare } = resolved;
  const refuse = (option: string, got: unknown, wanted: string): never => {
    throw new Error(`augment.${option} is ${String(got)}, but ${wanted} is wanted.`);
  };
  if (baseSize !== null && !(Number.isInteger(baseSize) && baseSize > 0)) {
    refuse('baseSize', baseSize, 'a positive whole number of pixels or null');
  }
  if (!(Number.isInteger(cropSize) && cropSize > 0))
    refuse('cropSize', cropSize, 'a positive whole number of pixels');
  if (!(scale[0] > 0 && scale[0] <= scale[1]))
    refuse('scale', scale.join(' to '), 'a range of positive numbers, low to high');
  if (!(flip >= 0 && flip <= 1)) refuse('flip', flip, 'a probability from 0 to 1');
  if (maxClassShare !== null && !(maxClassShare > 0 && maxClassShare <= 1)) {
    refuse('maxClassShare', maxClassShare, 'a share above 0, at most 1, or null');
  }
  if (resolved.photometric !== null) checkPhotometric(resolved.photometric);
  return resolved;
}

/** One draw of the augmentation. All lengths in pixels of the scaled picture. */
export interface CropPlan {
  scaledWidth: number;
  scaledHeight: number;
  left: number;
  top: number;
  /** The part of the crop that the picture covers. */
  contentWidth: number;
  contentHeight: number;
  cropSize: number;
  flip: boolean;
}

/** Draws the geometry for a picture of the given size. */
export function drawCrop(
  { width, height }: { width: number; height: number },
  { baseSize, scale, cropSize, flip }: ResolvedAugment,
  random: Random,
): CropPlan {
  const base = baseSize === null ? 1 : baseSize / Math.max(width, height);
  const factor = base * random.uniform(...scale);
  const scaledWidth = Math.max(1, Math.round(width * factor));
  const scaledHeight = Math.max(1, Math.round(height * factor));
  return {
    scaledWidth,
    scaledHeight,
    left: random.integer(0, Math.max(0, scaledWidth - cropSize)),
    top: random.integer(0, Math.max(0, scaledHeight - cropSize)),
    contentWidth: Math.min(cropSize, scaledWidth),
    contentHeight: Math.min(cropSize, scaledHeight),
    cropSize,
    flip: random.uniform(0, 1) < flip,
  };
}

const CROP_TRIES = 10;

/**
 * Draws a crop and writes its labels as `writeMaskCrop` does. With `maxClassShare` the place, not the scale, is drawn
 * until no class reaches that share; the tenth place is taken as it is.
 */
export function placeMaskCrop(
  mask: IndexMask,
  options: ResolvedAugment,
  random: Random,
  labels: { target: Int32Array; offset: number; ignoreLabel: number },
): CropPlan {
  const { maxClassShare, cropSize } = options;
  let plan = drawCrop(mask, options, random);
  writeMaskCrop(mask, plan, labels.target, labels.offset);
  if (maxClassShare === null || (plan.scaledWidth <= cropSize && plan.scaledHeight <= cropSize)) return plan;
  const crop = labels.target.subarray(labels.offset, labels.offset + cropSize ** 2);
  for (
    let tries = 1;
    tries < CROP_TRIES && largestShare(crop, labels.ignoreLabel) >= maxClassShare;
    tries++
  ) {
    plan = {
      ...plan,
      left: random.integer(0, Math.max(0, plan.scaledWidth - cropSize)),
      top: random.integer(0, Math.max(0, plan.scaledHeight - cropSize)),
    };
    writeMaskCrop(mask, plan, labels.target, labels.offset);
  }
  return plan;
}

/** The share of the most frequent class among the pixels without void; 1 where there are none. */
function largestShare(labels: Int32Array, ignoreLabel: number): number {
  const counts = new Uint32Array(256);
  for (const label of labels) counts[label] = (counts[label] as number) + 1;
  const valid = labels.length - (counts[ignoreLabel] as number);
  counts[ignoreLabel] = 0;
  return valid === 0 ? 1 : Math.max(...counts) / valid;
}

/**
 * Writes the normalized crop, its colours distorted if asked, into `target`, float32 [cropSize, cropSize, 3] from `offset`
 * on; padding is left as it is.
 */
export function writeImageCrop(
  image: RgbImage,
  plan: CropPlan,
  normalization: Normalization,
  target: Float32Array,
  offset: number,
  colours: PhotometricPlan | null = null,
): void {
  const { contentWidth: width, contentHeight: height, cropSize, flip } = plan;
  const crop = resampleWindow(image, { ...plan, width, height });
  if (colours !== null) distort(crop, colours);
  writeNormalized(crop, width, normalization, target, { offset, rowWidth: cropSize, flip });
}

/** Writes the crop's labels into `target`, int32 [cropSize, cropSize] from `offset` on; padding is left as it is. */
export function writeMaskCrop(mask: IndexMask, plan: CropPlan, target: Int32Array, offset: number): void {
  const { left, top, contentWidth, contentHeight, cropSize, flip } = plan;
  const columns = nearestSources(mask.width, plan.scaledWidth).subarray(left, left + contentWidth);
  const rows = nearestSources(mask.height, plan.scaledHeight).subarray(top, top + contentHeight);
  const stride = flip ? -1 : 1;
  rows.forEach((row, y) => {
    const from = row * mask.width;
    let to = offset + y * cropSize + (flip ? cropSize - 1 : 0);
    for (const column of columns) {
      target[to] = mask.data[from + column] as number;
      to += stride;
    }
  });
}
