// A recipe is the choice of normalization for a whole network: how to make its convolutions, its normalization layers
// and its activations. Models take one and know nothing else about normalization.

import type { Padding } from '@plumbline/ops';
import type * as tfl from '@tensorflow/tfjs-layers';
import { layerSeed } from '../layer-seed.ts';
import type { Initializer, KernelNormalizer } from '../weights/kernel-normalizer.ts';
import {
  activationMethods,
  isActivationMethod,
  surroundings,
  type ActivationMethod,
  type ActivationMethodName,
  type NormLayerArgs,
} from './activation-methods.ts';
import type { RecipeOptions } from './options.ts';
import { combinationWarnings } from './warnings.ts';
import { isWeightMethod, weightMethods, type WeightMethod, type WeightMethodName } from './weight-methods.ts';

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
  /** In how many groups channels and filters are divided, each seeing its own alone. Default 1. */
  groups?: number;
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
  /** Sentences about what works against each other in it; `parseRecipe` has said them. */
  readonly warnings: readonly string[];
  /** A new normalizer of kernels, for layers that `conv` does not make; null where kernels are not normalized. */
  kernelNormalizer(): KernelNormalizer | null;
  /** Whether the normalization of activations relies on filters that sum to zero, without bias (`mabn`). */
  readonly needsCentredKernels: boolean;
  conv(options: ConvOptions): tfl.layers.Layer;
  /** Null where activations are not normalized. */
  norm(options: NormOptions): tfl.layers.Layer | null;
  /** Whether the layers of `norm` made with `activation` contain the activation, so that `act` must not follow them. */
  readonly normIncludesActivation: boolean;
  act(options: { name: string }): tfl.layers.Layer;
  /** Adds the branch of a residual block, the first input, to its shortcut. */
  add(options: { name: string }): tfl.layers.Layer;
}

/** The two halves of recipe names: methods for weights, and methods for activations. */
export const recipeMethods = (): { weights: WeightMethodName[]; activations: ActivationMethodName[] } => ({
  weights: Object.keys(weightMethods) as WeightMethodName[],
  activations: Object.keys(activationMethods) as ActivationMethodName[],
});

/** Every name `parseRecipe` knows. */
export function recipeNames(): string[] {
  const { weights, activations } = recipeMethods();
  return [...weights, ...activations, ...weights.flatMap((w) => activations.map((a) => `${w}+${a}`)), 'none'];
}

interface Methods {
  weights: WeightMethod | null;
  activations: ActivationMethod | null;
}

/** The weights' and the activations' method of a recipe name. */
function methodsOf(name: string): Methods {
  if (name === 'none') return { weights: null, activations: null };
  const [first = '', second, ...more] = name.split('+');
  if (more.length === 0) {
    if (second === undefined && isActivationMethod(first)) {
      const activations: ActivationMethod = activationMethods[first];
      const { weights } = activations;
      return { weights: weights === undefined ? null : weightMethods[weights], activations };
    }
    if (second === undefined && isWeightMethod(first)) {
      return { weights: weightMethods[first], activations: null };
    }
    if (second !== undefined && isWeightMethod(first) && isActivationMethod(second)) {
      return { weights: weightMethods[first], activations: activationMethods[second] };
    }
  }
  const { weights, activations } = recipeMethods();
  throw new Error(
    `There is no normalization recipe "${name}": use weights+activations, or one of the two, or none. Weights: ` +
      `${weights.join(', ')}. Activations: ${activations.join(', ')}.`,
  );
}

/**
 * The recipe of a name such as `wa+gn`: a method for weights and one for activations, either alone, or `none`. A
 * combination whose parts work against each other is made all the same, and said to `onWarning`.
 *
 * @throws if there is no such recipe.
 */
export function parseRecipe(name: string, options: RecipeOptions = {}): Recipe {
  const { weights, activations } = methodsOf(name);
  const { seed = 0, epsilon, onWarning = (warning: string) => console.warn(warning) } = options;
  const warnings = combinationWarnings(name, weights, activations, options);
  warnings.forEach((warning) => onWarning(warning));
  const around = surroundings(activations);
  const kernelNormalizer = (): KernelNormalizer | null =>
    weights?.make(options, activations?.undoesScale ?? false) ?? null;
  return {
    name,
    warnings,
    kernelNormalizer,
    needsCentredKernels: activations?.weights === 'wc',
    conv: (conv) =>
      around.conv(
        {
          useBias: activations === null,
          seed: layerSeed(seed, conv.name),
          ...conv,
          kernelNormalizer: kernelNormalizer(),
        },
        options,
      ),
    norm: ({ name: layerName, zeroInitGamma = false, activation = true }) => {
      if (activations === null) return null;
      const args: NormLayerArgs = { name: layerName, gammaInitializer: zeroInitGamma ? 'zeros' : 'ones' };
      return activations.norm(epsilon === undefined ? args : { ...args, epsilon }, options, activation);
    },
    normIncludesActivation: activations?.includesActivation ?? false,
    act: ({ name: layerName }) => around.act(layerName),
    add: ({ name: layerName }) => around.add(layerName),
  };
}
