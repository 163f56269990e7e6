/**
 * The fully connected layer between backbone and classifier of an adaptation network, whose outputs are the features that
 * domains are compared by: dense → norm → relu → dropout, each but the first only where it is asked for.
 */
import {
  activationsOf,
  BatchChannelNorm,
  connect as connectSignal,
  FilterResponseNorm,
  GroupNorm,
  KeptAffine,
  largestGroupCount,
  layerSeed,
  NormDense,
  SeededDropout,
  WeightStandardization,
  type DropoutForm,
  type KernelNormalizer,
  type Recipe,
  type Signal,
} from '@plumbline/norm';
import type * as tfl from '@tensorflow/tfjs-layers';
import { connect } from './graph.ts';

export interface BottleneckOptions {
  /** Number of features. */
  width: number;
  /** Whether the recipe's normalization of activations follows, where it has one. */
  norm: boolean;
  /** Whether the recipe's activation follows. */
  relu: boolean;
  /** Share of the features that are set to zero in training, in [0, 1); 0 leaves the layer out. */
  dropout: number;
  /** What the kept features are scaled for; see `SeededDropoutArgs.form`. */
  dropoutForm: DropoutForm;
  /** Default: the network's. A backbone that came without normalization can have a bottleneck with one. */
  recipe?: Recipe;
}

/** Whether its filters have unit variance whatever their fan-in, which only a normalization after them makes up for. */
const needsNorm = (normalizer: KernelNormalizer | null): boolean =>
  normalizer instanceof WeightStandardization ||
  (normalizer instanceof KeptAffine && normalizer.inner instanceof WeightStandardization);

/** Whether it takes its statistics over the pixels of one channel of one image, of which features have one. */
const isOverPixelsAlone = (norm: tfl.layers.Layer): boolean =>
  (norm instanceof GroupNorm && norm.groups === 'channels') ||
  (norm instanceof FilterResponseNorm && !norm.learnedEpsilon);

/** How many features a group normalization takes its statistics over; infinite of other normalizations. */
const groupSize = (norm: tfl.layers.Layer, width: number): number => {
  const groups = norm instanceof GroupNorm || norm instanceof BatchChannelNorm ? norm.groups : 'channels';
  return groups === 'channels' ? Infinity : width / largestGroupCount(width, groups);
};

function normLayer(
  recipe: Recipe,
  name: string,
  { width, relu }: BottleneckOptions,
): tfl.layers.Layer | null {
  const layer = recipe.norm({ name, activation: relu });
  if (layer === null) return null;
  if (isOverPixelsAlone(layer)) {
    throw new Error(
      `The bottleneck got norm true with recipe ${recipe.name}, whose normalization takes its statistics over the pixels of a ` +
        'channel, and a feature has one: set bottleneck.norm false, or take a recipe such as gn.',
    );
  }
  if (groupSize(layer, width) < 3) {
    throw new Error(
      `The bottleneck got width ${width} with recipe ${recipe.name}, whose groups of two features or one keep nothing but ` +
        'their order: take a greater width, fewer groups, or set bottleneck.norm false.',
    );
  }
  return layer;
}

/**
 * Wires a bottleneck onto flat features, [N,C] → [N,width]. Its kernel is drawn from He's normal distribution by fan-in, its
 * bias begins at zero; it has none where a normalization follows.
 *
 * Weight Standardization without a normalization behind it would make features of √C times their size: there the kernel is
 * plain.
 *
 * @throws if a normalization would see one feature, or two, at a time.
 */
export function bottleneck(
  features: tfl.SymbolicTensor,
  options: BottleneckOptions,
  { recipe: ofNetwork, prefix, seed }: { recipe: Recipe; prefix: string; seed: number },
): tfl.SymbolicTensor {
  const { width, norm, relu, dropout, dropoutForm, recipe = ofNetwork } = options;
  if (!Number.isInteger(width) || width < 1) {
    throw new Error(`The bottleneck got width ${width}; give a whole number of features from 1 on.`);
  }
  const normalization = norm ? normLayer(recipe, `${prefix}norm`, options) : null;
  const normalizer = recipe.kernelNormalizer();
  const dense = new NormDense({
    name: `${prefix}fc`,
    units: width,
    useBias: normalization === null,
    kernelNormalizer: normalization === null && needsNorm(normalizer) ? null : normalizer,
    seed: layerSeed(seed, `${prefix}fc`),
  });
  let x: Signal = connectSignal(dense, features);
  if (normalization !== null) x = connectSignal(normalization, x);
  const isActivated = normalization !== null && recipe.normIncludesActivation;
  if (relu && !isActivated) x = connectSignal(recipe.act({ name: `${prefix}relu` }), x);
  if (dropout === 0) return activationsOf(x);
  return connect(
    new SeededDropout({
      name: `${prefix}dropout`,
      rate: dropout,
      form: dropoutForm,
      seed: layerSeed(seed, `${prefix}dropout`),
    }),
    x,
  );
}
