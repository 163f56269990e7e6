// Layers whose kernel passes through a normalizer: every normalizer in a convolution, and every other kind of layer.

import type * as tfl from '@tensorflow/tfjs-layers';
import { NormConv2D } from '../../layers/norm-conv2d.ts';
import { NormConv2DTranspose } from '../../layers/norm-conv2d-transpose.ts';
import { NormDense } from '../../layers/norm-dense.ts';
import { NormDepthwiseConv2D } from '../../layers/norm-depthwise-conv2d.ts';
import { NormSeparableConv2D } from '../../layers/norm-separable-conv2d.ts';
import { CenteredWeightNormalization } from '../../weights/centered-weight-normalization.ts';
import { KeptAffine } from '../../weights/kept-affine.ts';
import type { KernelNormalizer } from '../../weights/kernel-normalizer.ts';
import { ParametricWeightStandardization } from '../../weights/parametric-weight-standardization.ts';
import { ScaledWeightStandardization } from '../../weights/scaled-weight-standardization.ts';
import { WeightAlign } from '../../weights/weight-align.ts';
import { WeightCentring } from '../../weights/weight-centring.ts';
import { WeightNormalization } from '../../weights/weight-normalization.ts';
import { WeightStandardization } from '../../weights/weight-standardization.ts';
import type { Subject } from './subject.ts';

const convolution = (
  title: string,
  kernelNormalizer: () => KernelNormalizer | null,
  traits: Partial<Subject> = {},
): Subject => ({
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
  ...traits,
});

interface LayerOptions {
  name: string;
  seed: number;
  kernelNormalizer: KernelNormalizer;
}

const layerKinds: Readonly<Record<string, (options: LayerOptions) => tfl.layers.Layer>> = {
  'NormConv2D in groups': (options) =>
    new NormConv2D({ ...options, filters: 14, groups: 7, kernelSize: 3, padding: 1 }),
  NormDepthwiseConv2D: (options) =>
    new NormDepthwiseConv2D({ ...options, kernelSize: 3, depthMultiplier: 2, dilation: 2 }),
  NormSeparableConv2D: ({ kernelNormalizer, ...options }) =>
    new NormSeparableConv2D({
      ...options,
      filters: 5,
      kernelSize: 3,
      strides: 2,
      depthwiseNormalizer: kernelNormalizer,
      pointwiseNormalizer: kernelNormalizer,
    }),
  NormConv2DTranspose: (options) =>
    new NormConv2DTranspose({ ...options, filters: 5, kernelSize: 3, strides: 2, padding: 'valid' }),
  NormDense: (options) => new NormDense({ ...options, units: 5 }),
};

const onLayer = (kind: string, title: string, kernelNormalizer: () => KernelNormalizer): Subject => ({
  title: `${kind} with ${title}`,
  make: (name) => {
    const make = layerKinds[kind];
    if (make === undefined) throw new Error(`There is no layer kind "${kind}".`);
    return make({ name, seed: 7, kernelNormalizer: kernelNormalizer() });
  },
  batchIndependent: true,
  state: [],
  ignoresOffsetOf: 'filters',
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
  convolution('PWS', () => new ParametricWeightStandardization()),
  convolution(
    'PWS, fan-out, equivalent ε',
    () => new ParametricWeightStandardization({ fanMode: 'fanOut', equivalent: true }),
  ),
  convolution('Weight Normalization', () => new WeightNormalization(), { ignoresOffsetOf: 'nothing' }),
  convolution('Centered Weight Normalization', () => new CenteredWeightNormalization()),
  convolution(
    'Centered Weight Normalization, lua, learned scale',
    () => new CenteredWeightNormalization({ variant: 'lua', adjustScale: true }),
  ),
  convolution('Scaled Weight Standardization', () => new ScaledWeightStandardization()),
  convolution(
    'Scaled Weight Standardization, timm, ReLU gain',
    () => new ScaledWeightStandardization({ variant: 'timm', reluGain: true }),
  ),
  convolution('weight centring', () => new WeightCentring()),
  convolution(
    'Weight Standardization, kept affine',
    () => new KeptAffine({ inner: new WeightStandardization() }),
    {
      constants: ['keptScale', 'keptOffset'],
    },
  ),
  ...Object.keys(layerKinds).flatMap((kind) => [
    onLayer(kind, 'WeightAlign', () => new WeightAlign()),
    onLayer(kind, 'Weight Standardization', () => new WeightStandardization()),
  ]),
];
