// RandAugment (Cubuk et al. 2019, arXiv 1909.13719): of 14 operations, `operations` are drawn uniformly, with replacement,
// and applied one after the other, all with the same magnitude. What a magnitude means is taken from torchvision, which
// reads the paper as a scale of 0…30 whose end is the strongest of AutoAugment (Cubuk et al. 2018, arXiv 1805.09501); with
// s = magnitude / 30, and ± a coin:
//
//   identity, autoContrast, equalize                        –
//   rotate                                                  ±30°·s
//   shearX, shearY                                          ±0.3·s
//   translateX, translateY                                  ±150/331·s of the width, height, in whole pixels
//   color, contrast, brightness, sharpness                  factor 1 ± 0.9·s
//   posterize                                               8 − round(4·s) bits
//   solarize                                                from 255·(1 − s) on
import type { Random } from '../loading/random.ts';
import { rotate, shearX, shearY, translateX, translateY } from './affine.ts';
import type { Picture } from './picture.ts';
import {
  autoContrast,
  brightness,
  colour,
  contrast,
  equalize,
  posterize,
  sharpness,
  solarize,
} from './tones.ts';

export interface RandAugmentOptions {
  /** N, how many operations a picture goes through; 2 is usual. */
  readonly operations: number;
  /** M, 0…30; 9 is usual for ImageNet. */
  readonly magnitude: number;
}

/** The end of the scale of magnitudes. */
export const MOST_MAGNITUDE = 30;

/** @param amount −1…1, the share of the strongest; what has no sign takes its absolute value */
type Operation = (picture: Picture, amount: number) => Picture;

const MOST_DEGREES = 30;
const MOST_SHEAR = 0.3;
const MOST_SHIFT = 150 / 331;
const MOST_FACTOR = 0.9;
const MOST_BITS = 4;

const factor = (amount: number): number => 1 + MOST_FACTOR * amount;
const shift = (amount: number, side: number): number => Math.trunc(MOST_SHIFT * amount * side);

const OPERATIONS = {
  identity: (picture) => picture,
  autoContrast,
  equalize,
  rotate: (picture, amount) => rotate(picture, MOST_DEGREES * amount),
  solarize: (picture, amount) => solarize(picture, 255 * (1 - Math.abs(amount))),
  color: (picture, amount) => colour(picture, factor(amount)),
  posterize: (picture, amount) => posterize(picture, 8 - Math.round(MOST_BITS * Math.abs(amount))),
  contrast: (picture, amount) => contrast(picture, factor(amount)),
  brightness: (picture, amount) => brightness(picture, factor(amount)),
  sharpness: (picture, amount) => sharpness(picture, factor(amount)),
  shearX: (picture, amount) => shearX(picture, MOST_SHEAR * amount),
  shearY: (picture, amount) => shearY(picture, MOST_SHEAR * amount),
  translateX: (picture, amount) => translateX(picture, shift(amount, picture.width)),
  translateY: (picture, amount) => translateY(picture, shift(amount, picture.height)),
} as const satisfies Record<string, Operation>;

export type RandAugmentOperation = keyof typeof OPERATIONS;

/** The paper's 14, in its order. */
export const RAND_AUGMENT_OPERATIONS = Object.keys(OPERATIONS) as readonly RandAugmentOperation[];

/** One operation with −1…1 of its strongest. */
export interface DrawnOperation {
  readonly operation: RandAugmentOperation;
  readonly amount: number;
}

/** Draws a sign for every operation, used or not, so that one draw changes no other. */
export function drawRandAugment(
  { operations, magnitude }: RandAugmentOptions,
  random: Random,
): DrawnOperation[] {
  return Array.from({ length: operations }, () => {
    const operation = RAND_AUGMENT_OPERATIONS[random.integer(0, RAND_AUGMENT_OPERATIONS.length - 1)];
    const sign = random.integer(0, 1) === 0 ? 1 : -1;
    return { operation: operation as RandAugmentOperation, amount: (sign * magnitude) / MOST_MAGNITUDE };
  });
}

/** The picture, of unchanged size, after the drawn operations. What turns, slants or moves it leaves black behind. */
export const applyRandAugment = (picture: Picture, drawn: readonly DrawnOperation[]): Picture =>
  drawn.reduce((changed, { operation, amount }) => {
    const apply: Operation = OPERATIONS[operation];
    return apply(changed, amount);
  }, picture);
