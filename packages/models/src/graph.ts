/** Small helpers that wire layers of a recipe into a functional TF.js model. */
import type { ConvOptions, NormOptions, Recipe } from '@plumbline/norm';
import type * as tfl from '@tensorflow/tfjs-layers';

/** Applies `layer` to symbolic tensors; the result of a layer with one output. */
export function connect(
  layer: tfl.layers.Layer,
  input: tfl.SymbolicTensor | tfl.SymbolicTensor[],
): tfl.SymbolicTensor {
  return layer.apply(input) as tfl.SymbolicTensor;
}

/** Names of the three layers of a unit: torchvision names them apart (`conv1`, `bn1`). */
export interface UnitOptions extends Omit<ConvOptions, 'name'> {
  convName: string;
  normName: string;
  /** Name of the activation layer; left out: no activation. */
  actName?: string;
  norm?: Omit<NormOptions, 'name' | 'activation'>;
}

/** conv → norm → act of one recipe; the norm is left out where the recipe has none. */
export function unit(recipe: Recipe, input: tfl.SymbolicTensor, options: UnitOptions): tfl.SymbolicTensor {
  const { convName, normName, actName, norm, ...conv } = options;
  let x = connect(recipe.conv({ ...conv, name: convName }), input);
  const normLayer = recipe.norm({ ...norm, name: normName, activation: actName !== undefined });
  if (normLayer !== null) x = connect(normLayer, x);
  const activated = normLayer !== null && recipe.normIncludesActivation;
  return actName === undefined || activated ? x : connect(recipe.act({ name: actName }), x);
}
