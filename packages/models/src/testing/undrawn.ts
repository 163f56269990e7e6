import type { Recipe } from '@plumbline/norm';
import * as tfl from '@tensorflow/tfjs-layers';

/**
 * The recipe with convolutions that begin at zero, for models whose weights are set or only counted: drawing those of a
 * ResNet-50 takes seconds.
 */
export const undrawn = (recipe: Recipe): Recipe => ({
  ...recipe,
  conv: (options) => recipe.conv({ ...options, kernelInitializer: tfl.initializers.zeros() }),
});
