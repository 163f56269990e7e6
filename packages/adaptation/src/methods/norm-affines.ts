// The scales γ and offsets β of a network's normalizations of activations: what test-time adaptation may change.

import { ChannelNorm, leafLayers, TransNorm } from '@plumbline/norm';
import { namedVariables, type NamedVariable } from '@plumbline/training';
import type * as tfl from '@tensorflow/tfjs-layers';

const isAffine = (weightName: string): boolean => /(^|\/)(gamma|beta|groupGamma|groupBeta)$/.test(weightName);

/** Every γ and β that is not frozen, by its name in the model. */
export function normAffines(model: tfl.LayersModel): NamedVariable[] {
  const norms = leafLayers(model).filter(({ layer }) => layer instanceof ChannelNorm);
  const ofNorms = new Set(norms.flatMap(({ layer }) => layer.weights.map((weight) => weight.read())));
  return namedVariables(model).filter(
    ({ name, variable, trainable }) => trainable && isAffine(name) && ofNorms.has(variable),
  );
}

/** Why entropy cannot be minimized by γ and β in this network; null if it can. */
export function withoutNormAffines(model: tfl.LayersModel): string | null {
  const compares = leafLayers(model).find(({ layer }) => layer instanceof TransNorm);
  if (compares !== undefined)
    return (
      `TENT normalizes by the target's batch alone, and layer "${compares.name}" is a TransNorm, which compares both ` +
      `domains: use batch or group normalization.`
    );
  return normAffines(model).length > 0
    ? null
    : 'TENT trains γ and β of normalizations of activations, and this network has none that can learn: use a recipe ' +
        'such as bn or gn, or wa+bn, and freeze less.';
}
