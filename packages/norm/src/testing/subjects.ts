// The layers that the conformance suite runs over. A later normalizer is added here, and only here.

import type * as tfl from '@tensorflow/tfjs-layers';
import type { KernelNormalizer } from '../kernel-normalizer.ts';
import { BatchNorm } from '../layers/batch-norm.ts';
import { GroupNorm, instanceNormalization, layerNormalization } from '../layers/group-norm.ts';
import { NormConv2D } from '../layers/norm-conv2d.ts';
import { WeightAlign } from '../weight-align.ts';
import { WeightStandardization } from '../weight-standardization.ts';

export interface Subject {
  readonly title: string;
  /** A fresh layer of the given name, with seeded weights. */
  make(name: string): tfl.layers.Layer;
  /** Whether an image's output in training is the same whatever else is in the batch. */
  readonly batchIndependent: boolean;
  /** The layer's state, by weight name; empty where training and inference are the same function. */
  readonly state: readonly string[];
  /** What is ignored up to rounding: an offset of the activations, an offset of each filter, or neither. */
  readonly ignoresOffsetOf: 'activations' | 'filters' | 'nothing';
  /** The refusal of a single image's 1×1 map in training, where the method is undefined there. */
  readonly refusesOnePixel?: RegExp;
}

const convolution = (title: string, kernelNormalizer: () => KernelNormalizer | null): Subject => ({
  title,
  make: (name) =>
    new NormConv2D({
      name,
      filters: 5,
      kernelSize: 3,
      padding: 1,
      seed: 7,
      kernelNormalizer: kernelNormalizer(),
    }),
  batchIndependent: true,
  state: [],
  ignoresOffsetOf: kernelNormalizer() === null ? 'nothing' : 'filters',
});

const perSample = (
  title: string,
  make: (name: string) => tfl.layers.Layer,
  refusesOnePixel?: RegExp,
): Subject => ({
  title,
  make,
  batchIndependent: true,
  state: [],
  ignoresOffsetOf: 'activations',
  ...(refusesOnePixel === undefined ? {} : { refusesOnePixel }),
});

const perBatch = (title: string, make: (name: string) => tfl.layers.Layer): Subject => ({
  title,
  make,
  batchIndependent: false,
  state: ['movingMean', 'movingVariance'],
  ignoresOffsetOf: 'activations',
  refusesOnePixel: /"subject" got an input of shape \[1, 1, 1, 7\] in training: one value per channel/,
});

export const subjects: readonly Subject[] = [
  convolution('plain convolution', () => null),
  convolution('WeightAlign', () => new WeightAlign()),
  convolution('WeightAlign, one γ per layer', () => new WeightAlign({ scale: 'layer' })),
  convolution('WeightAlign without γ', () => new WeightAlign({ scale: 'none' })),
  convolution('WeightAlign, ε = 0', () => new WeightAlign({ epsilon: 0 })),
  ...(['pytorch', 'tensorflow', 'bcn-imagenet', 'google', 'timm'] as const).map((variant) =>
    convolution(`Weight Standardization, ${variant}`, () => new WeightStandardization({ variant })),
  ),
  perBatch('BatchNorm', (name) => new BatchNorm({ name })),
  perBatch('BatchNorm, Keras convention', (name) => new BatchNorm({ name, convention: 'keras' })),
  perSample('GroupNorm', (name) => new GroupNorm({ name, groups: 2, unevenGroups: 'fit' })),
  perSample('LayerNorm', (name) => layerNormalization({ name })),
  perSample(
    'InstanceNorm',
    (name) => instanceNormalization({ name }),
    /"subject" with 7 groups.*single value/,
  ),
];
