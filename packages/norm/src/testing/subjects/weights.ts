// Layers whose kernel passes through a normalizer.

import { NormConv2D } from '../../layers/norm-conv2d.ts';
import type { KernelNormalizer } from '../../weights/kernel-normalizer.ts';
import { WeightAlign } from '../../weights/weight-align.ts';
import { WeightStandardization } from '../../weights/weight-standardization.ts';
import type { Subject } from './subject.ts';

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

export const weightSubjects: readonly Subject[] = [
  convolution('plain convolution', () => null),
  convolution('WeightAlign', () => new WeightAlign()),
  convolution('WeightAlign, one γ per layer', () => new WeightAlign({ scale: 'layer' })),
  convolution('WeightAlign without γ', () => new WeightAlign({ scale: 'none' })),
  convolution('WeightAlign, ε = 0', () => new WeightAlign({ epsilon: 0 })),
  ...(['pytorch', 'tensorflow', 'bcn-imagenet', 'google', 'timm'] as const).map((variant) =>
    convolution(`Weight Standardization, ${variant}`, () => new WeightStandardization({ variant })),
  ),
];
