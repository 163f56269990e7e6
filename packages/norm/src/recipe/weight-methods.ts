// The first half of a recipe's name: how kernels are normalized.

import type { KernelNormalizer } from '../weights/kernel-normalizer.ts';
import { CenteredWeightNormalization } from '../weights/centered-weight-normalization.ts';
import { ParametricWeightStandardization } from '../weights/parametric-weight-standardization.ts';
import { ScaledWeightStandardization } from '../weights/scaled-weight-standardization.ts';
import { WeightAlign } from '../weights/weight-align.ts';
import { WeightCentring } from '../weights/weight-centring.ts';
import { WeightNormalization } from '../weights/weight-normalization.ts';
import { WeightStandardization } from '../weights/weight-standardization.ts';
import type { RecipeOptions } from './options.ts';

export interface WeightMethod {
  readonly title: string;
  /** @param scaleIsUndone Whether the normalization after the convolution undoes a scale of the filter. */
  make(options: RecipeOptions, scaleIsUndone: boolean): KernelNormalizer;
  /** Whether a scale per filter or layer is learned, given the options. */
  learnsScale(options: RecipeOptions): boolean;
  /** Whether every filter sums to zero. */
  readonly centres: boolean;
  /** Whether activations keep their scale with no normalization of their own. */
  readonly standsAlone: boolean;
}

const never = (): boolean => false;
const always = (): boolean => true;

export const weightMethods = {
  wa: {
    title: 'WeightAlign',
    make: ({ weightAlign = {} }, scaleIsUndone) =>
      new WeightAlign(scaleIsUndone ? { scale: 'none', ...weightAlign } : weightAlign),
    // Without a word about the scale, there is none where it would be undone.
    learnsScale: ({ weightAlign }) => weightAlign?.scale !== undefined && weightAlign.scale !== 'none',
    centres: true,
    standsAlone: true,
  },
  ws: {
    title: 'Weight Standardization',
    make: ({ weightStandardization: variant }) =>
      new WeightStandardization(variant === undefined ? {} : { variant }),
    learnsScale: never,
    centres: true,
    standsAlone: false,
  },
  pws: {
    title: 'Parametric Weights Standardization',
    make: ({ parametricWeightStandardization }) =>
      new ParametricWeightStandardization(parametricWeightStandardization),
    learnsScale: always,
    centres: true,
    standsAlone: true,
  },
  sws: {
    title: 'Scaled Weight Standardization',
    // A recipe's activation is a plain ReLU, so its factor goes into the kernel.
    make: ({ scaledWeightStandardization }) =>
      new ScaledWeightStandardization({ reluGain: true, ...scaledWeightStandardization }),
    learnsScale: always,
    centres: true,
    standsAlone: true,
  },
  cwn: {
    title: 'Centered Weight Normalization',
    make: ({ centeredWeightNormalization }) => new CenteredWeightNormalization(centeredWeightNormalization),
    learnsScale: ({ centeredWeightNormalization }) => centeredWeightNormalization?.adjustScale === true,
    centres: true,
    standsAlone: true,
  },
  wn: {
    title: 'Weight Normalization',
    make: () => new WeightNormalization(),
    learnsScale: always,
    centres: false,
    standsAlone: true,
  },
  wc: {
    title: 'weight centring',
    make: () => new WeightCentring(),
    learnsScale: never,
    centres: true,
    standsAlone: true,
  },
} as const satisfies Record<string, WeightMethod>;

export type WeightMethodName = keyof typeof weightMethods;

export const isWeightMethod = (name: string): name is WeightMethodName => Object.hasOwn(weightMethods, name);
