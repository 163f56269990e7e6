/** Small helpers that wire layers of a recipe into a functional TF.js model. */
import {
  activationsOf,
  connect as connectSignal,
  type ConvOptions,
  type NormOptions,
  type Recipe,
  type Signal,
} from '@plumbline/norm';
import type * as tfl from '@tensorflow/tfjs-layers';

/** Applies a layer that no recipe makes to activations: moments that travel with them end here. */
export function connect(layer: tfl.layers.Layer, input: Signal | readonly Signal[]): tfl.SymbolicTensor {
  return activationsOf(connectSignal(layer, input));
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
export function unit(recipe: Recipe, input: Signal, options: UnitOptions): Signal {
  const { convName, normName, actName, norm, ...conv } = options;
  let x = connectSignal(recipe.conv({ ...conv, name: convName }), input);
  const normLayer = recipe.norm({ ...norm, name: normName, activation: actName !== undefined });
  if (normLayer !== null) x = connectSignal(normLayer, x);
  const activated = normLayer !== null && recipe.normIncludesActivation;
  return actName === undefined || activated ? x : connectSignal(recipe.act({ name: actName }), x);
}
