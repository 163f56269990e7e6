// A recipe is the choice of normalization for a whole network: how to make its convolutions, its normalization layers
// and its activations. Models take one and know nothing else about normalization.

import type { Padding } from '@plumbline/ops';
import * as tfl from '@tensorflow/tfjs-layers';
import type { Initializer, KernelNormalizer } from './weights/kernel-normalizer.ts';
import { layerSeed } from './layer-seed.ts';
import { BatchNorm } from './layers/batch-norm.ts';
import { GroupNorm } from './layers/group-norm.ts';
import { NormConv2D } from './layers/norm-conv2d.ts';
import { Relu } from './layers/relu.ts';
import { WeightAlign, type WeightAlignArgs } from './weights/weight-align.ts';
import {
  WeightStandardization,
  type WeightStandardizationVariant,
} from './weights/weight-standardization.ts';

export interface ConvOptions {
  /** Unique in the model; the initial weights depend on it and on the recipe's seed. */
  name: string;
  filters: number;
  /** Taps on each side of the square kernel. */
  kernelSize: number;
  /** Default 1. */
  strides?: number;
  /** Default 1. */
  dilation?: number;
  /** `same` (default), `valid`, or pixels on every side. */
  padding?: Padding;
  /** Default: He's normal distribution by fan-out. */
  kernelInitializer?: Initializer;
  /** Default: true where the recipe has no normalization layer, whose β would make it redundant. */
  useBias?: boolean;
}

export interface NormOptions {
  /** Unique in the model. */
  name: string;
  /** Start with γ = 0, for the last normalization of a residual branch. Default false. */
  zeroInitGamma?: boolean;
  /** Whether an activation follows, which some normalizations (EvoNorm) contain. Default true. */
  activation?: boolean;
}

/** How a network's convolutions, normalization layers and activations are made. */
export interface Recipe {
  /** As `parseRecipe` takes it. */
  readonly name: string;
  conv(options: ConvOptions): tfl.layers.Layer;
  /** Null where activations are not normalized. */
  norm(options: NormOptions): tfl.layers.Layer | null;
  /** Whether the layers of `norm` made with `activation` contain the activation, so that `act` must not follow them. */
  readonly normIncludesActivation: boolean;
  act(options: { name: string }): tfl.layers.Layer;
  /** Adds the branch of a residual block, the first input, to its shortcut. */
  add(options: { name: string }): tfl.layers.Layer;
}

export interface RecipeOptions {
  /** Groups of `gn`. Default 32; where they do not divide the channels, the largest fitting smaller number is used. */
  groups?: number;
  /** ε of the activations' normalization. Default 1e-5. */
  epsilon?: number;
  /** Share of the new batch in `bn`'s running averages. Default 0.1. */
  momentum?: number;
  /** ε, and granularity of γ, of `wa`. Default 1e-5, one γ per filter. */
  weightAlign?: WeightAlignArgs;
  /** Which published Weight Standardization `ws` is. Default `pytorch`, the authors' own. */
  weightStandardization?: WeightStandardizationVariant;
  /** Seed of all initial kernels. Default 0. */
  seed?: number;
}

type WeightMethod = 'wa' | 'ws';
type ActivationMethod = 'bn' | 'gn' | 'ln' | 'in';

const weightMethods: Readonly<Record<WeightMethod, (options: RecipeOptions) => KernelNormalizer>> = {
  wa: ({ weightAlign }) => new WeightAlign(weightAlign),
  ws: ({ weightStandardization }) =>
    new WeightStandardization(weightStandardization === undefined ? {} : { variant: weightStandardization }),
};

interface NormLayerArgs {
  name: string;
  gammaInitializer: 'ones' | 'zeros';
  epsilon?: number;
}

const activationMethods: Readonly<
  Record<ActivationMethod, (args: NormLayerArgs, options: RecipeOptions) => tfl.layers.Layer>
> = {
  bn: (args, { momentum }) => new BatchNorm({ ...args, ...(momentum === undefined ? {} : { momentum }) }),
  gn: (args, { groups }) =>
    new GroupNorm({ ...args, ...(groups === undefined ? {} : { groups }), unevenGroups: 'fit' }),
  ln: (args) => new GroupNorm({ ...args, groups: 1 }),
  in: (args) => new GroupNorm({ ...args, groups: 'channels' }),
};

const isWeightMethod = (name: string): name is WeightMethod => Object.hasOwn(weightMethods, name);
const isActivationMethod = (name: string): name is ActivationMethod => Object.hasOwn(activationMethods, name);

/** Every name `parseRecipe` knows. */
export function recipeNames(): string[] {
  const weights = Object.keys(weightMethods);
  const activations = Object.keys(activationMethods);
  return [...weights, ...activations, ...weights.flatMap((w) => activations.map((a) => `${w}+${a}`)), 'none'];
}

/** The weights' and the activations' method of a recipe name. */
function parseName(name: string): { weights: WeightMethod | null; activations: ActivationMethod | null } {
  if (name === 'none') return { weights: null, activations: null };
  const [first = '', second, ...more] = name.split('+');
  if (more.length === 0) {
    if (second === undefined && isActivationMethod(first)) return { weights: null, activations: first };
    if (second === undefined && isWeightMethod(first)) return { weights: first, activations: null };
    if (second !== undefined && isWeightMethod(first) && isActivationMethod(second)) {
      return { weights: first, activations: second };
    }
  }
  throw new Error(
    `There is no normalization recipe "${name}": use weights+activations or one of the two, that is one of ` +
      `${recipeNames().join(', ')}.`,
  );
}

/**
 * The recipe of a name such as `wa+gn`: weights `wa` (WeightAlign) or `ws` (Weight Standardization), activations `bn`,
 * `gn`, `ln` or `in` (Batch, Group, Layer, Instance Normalization), either alone, or `none`.
 */
export function parseRecipe(name: string, options: RecipeOptions = {}): Recipe {
  const { weights, activations } = parseName(name);
  const { seed = 0, epsilon } = options;
  return {
    name,
    conv: (conv) =>
      new NormConv2D({
        useBias: activations === null,
        seed: layerSeed(seed, conv.name),
        ...conv,
        kernelNormalizer: weights === null ? null : weightMethods[weights](options),
      }),
    norm: ({ name: layerName, zeroInitGamma = false }) => {
      if (activations === null) return null;
      const args: NormLayerArgs = { name: layerName, gammaInitializer: zeroInitGamma ? 'zeros' : 'ones' };
      return activationMethods[activations](epsilon === undefined ? args : { ...args, epsilon }, options);
    },
    normIncludesActivation: false,
    act: ({ name: layerName }) => new Relu({ name: layerName }),
    add: ({ name: layerName }) => tfl.layers.add({ name: layerName }),
  };
}
