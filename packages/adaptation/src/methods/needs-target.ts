// Networks that cannot be trained on the source alone.

import { DomainSpecificBatchNorm, leafLayers, TransNorm } from '@plumbline/norm';
import type * as tfl from '@tensorflow/tfjs-layers';

/**
 * Why a stage without target images (the source alone, SHOT's first) is of no use to this network, in a sentence; null if
 * it is.
 */
export function needsTarget(model: tfl.LayersModel): string | null {
  for (const { layer } of leafLayers(model)) {
    if (layer instanceof TransNorm)
      return (
        `Layer "${layer.name}" is a TransNorm, which compares both domains in every step, and the method has steps on one ` +
        `of them: use a method that sees both, or another recipe.`
      );
    if (layer instanceof DomainSpecificBatchNorm)
      return (
        `Layer "${layer.name}" normalizes the target by a branch of its own, which training on the source alone leaves ` +
        `as it began: use a method that sees both domains, or another recipe.`
      );
  }
  return null;
}
