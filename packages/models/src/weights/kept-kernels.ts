/** A recipe for fine-tuning: its normalizers of weights begin at the kernels that are loaded. */
import { KeptAffine, type KernelNormalizer, type Recipe } from '@plumbline/norm';
import type * as tfl from '@tensorflow/tfjs-layers';

type LayerClass = new (config: object) => tfl.layers.Layer;

/**
 * The recipe with each of its normalizers of weights in a `KeptAffine`: every filter has a scale and an offset beside the
 * normalizer, 1 and 0 until `importWeights` sets them so that the loaded kernel is the effective one. They are not trained,
 * and depend on no later value of the kernel. A recipe without a method for weights stays as it is.
 *
 * Without it the normalizer takes mean and scale off the kernels it is given: of a depthwise filter, often a blur, that is
 * most of it.
 */
export function keepingKernels(recipe: Recipe): Recipe {
  if (recipe.kernelNormalizer() === null) return recipe;
  const wrapped = (inner: KernelNormalizer | null): KernelNormalizer | null =>
    inner === null ? null : new KeptAffine({ inner });
  return {
    ...recipe,
    kernelNormalizer: () => wrapped(recipe.kernelNormalizer()),
    conv: (options) => {
      const layer = recipe.conv(options);
      const kernelNormalizer = wrapped(recipe.kernelNormalizer());
      return new (layer.constructor as unknown as LayerClass)({ ...layer.getConfig(), kernelNormalizer });
    },
  };
}
