/**
 * The residual block with its normalizations and rectifiers before the convolutions (He, Zhang, Ren, Sun 2016,
 * arXiv:1603.05027): the sum is not rectified, so that what enters a network of such blocks reaches its end unchanged.
 *
 * Where the shape changes, the shortcut begins behind the first rectifier, and its convolution has no normalization. With a
 * recipe that does not normalize activations this is the block of Parametric Weights Standardization (Liu, Ge, Li, Gui, AAAI
 * 2021, arXiv:2103.11590): a branch of rectifiers and convolutions beside a sum that keeps its sign.
 */
import { activationsOf, connect as connectSignal, type Recipe, type Signal } from '@plumbline/norm';
import { connect } from './graph.ts';
import { PaddedShortcut } from './layers/padded-shortcut.ts';
import type { Shortcut } from './residual-block.ts';

export interface PreActivationBlockOptions {
  recipe: Recipe;
  name: string;
  /** Channels of its two 3×3 convolutions. */
  width: number;
  /** Of the first. */
  strides: number;
  shortcut: Shortcut;
}

/** norm → act of a recipe, as they stand before a convolution. */
export function normAct(recipe: Recipe, input: Signal, names: { norm: string; act: string }): Signal {
  const norm = recipe.norm({ name: names.norm, activation: true });
  const x = norm === null ? input : connectSignal(norm, input);
  return norm !== null && recipe.normIncludesActivation
    ? x
    : connectSignal(recipe.act({ name: names.act }), x);
}

/** Wires a block onto `x`. */
export function preActivationBlock(x: Signal, options: PreActivationBlockOptions): Signal {
  const { recipe, name, width: filters, strides, shortcut: kind } = options;
  const around = { filters, kernelSize: 3, padding: 1 };
  const activated = (input: Signal, k: number): Signal =>
    normAct(recipe, input, { norm: `${name}.bn${k}`, act: `${name}.relu${k}` });

  const first = activated(x, 1);
  let branch = connectSignal(recipe.conv({ name: `${name}.conv1`, ...around, strides }), first);
  branch = connectSignal(recipe.conv({ name: `${name}.conv2`, ...around }), activated(branch, 2));

  const shortcutOf = (): Signal => {
    if (strides === 1 && activationsOf(x).shape[3] === filters) return x;
    return kind === 'pad'
      ? connect(new PaddedShortcut({ name: `${name}.shortcut`, strides, filters }), first)
      : connectSignal(recipe.conv({ name: `${name}.downsample.0`, filters, kernelSize: 1, strides }), first);
  };
  return connectSignal(recipe.add({ name: `${name}.add` }), [branch, shortcutOf()]);
}
