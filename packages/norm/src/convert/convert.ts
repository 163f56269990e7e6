// An existing model with other normalizers: a Keras MobileNet with WeightAlign and group normalization, say.

import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { absorbingLayers, affineOf, isAffine } from '../fold/absorbed.ts';
import { isNormKernel, normKernel } from '../fold/norm-kernels.ts';
import { foldedLayer } from '../fold/plain-kernel.ts';
import { isStockBatchNorm, onLastAxis } from '../fold/stock-batch-norm.ts';
import { stockKernel, stockKernelClass } from '../fold/stock-kernels.ts';
import {
  applyTo,
  carryFrozenWeights,
  layerCalls,
  rewriteModel,
  unbuiltCopy,
  type LayerCall,
} from '../rebuild.ts';
import { parseRecipe, type Recipe } from '../recipe/recipe.ts';
import { convertKernel, leftOut, unconvertible } from './convert-kernel.ts';
import { copyNorm, copyNormFlags, isConvertibleNorm } from './convert-norm.ts';

/** What became of one layer with a kernel or a normalization. */
export interface ConvertedLayer {
  readonly layer: string;
  /** Class of the layer before. */
  readonly from: string;
  /** Class of the layer after; null where the layer before it took it in. */
  readonly to: string | null;
  /** Whether it is the same function in inference as before. */
  readonly keepsFunction: boolean;
  /** What was kept, and what must be learned again. */
  readonly note: string;
}

export interface ConvertResult {
  readonly model: tfl.LayersModel;
  readonly layers: readonly ConvertedLayer[];
  /** Whether the whole model computes in inference what it computed before. */
  readonly keepsFunction: boolean;
}

/** One run of `convert`. */
class Conversion {
  readonly layers: ConvertedLayer[] = [];
  private readonly successors = new Map<tfl.layers.Layer, readonly tfl.layers.Layer[]>();
  private readonly finishing: (() => void)[] = [];
  private readonly recipe: Recipe;
  private readonly kernelBefore: ReadonlyMap<tfl.layers.Layer, tfl.layers.Layer>;
  private readonly normAfter: ReadonlyMap<tfl.layers.Layer, tfl.layers.Layer>;

  constructor(model: tfl.LayersModel, recipe: Recipe) {
    this.recipe = recipe;
    this.kernelBefore = absorbingLayers(model, isNormKernel, isConvertibleNorm);
    this.normAfter = new Map([...this.kernelBefore].map(([norm, kernel]) => [kernel, norm]));
  }

  readonly rewrite = ({ layer, inputs, input }: LayerCall): tfl.SymbolicTensor[] => {
    let successors = this.successors.get(layer);
    if (successors === undefined) {
      successors = this.successorsOf(layer);
      this.successors.set(layer, successors);
    }
    const [first, ...rest] = successors;
    if (first === undefined) return [input(0)];
    return rest.reduce((outputs, next) => applyTo(next, outputs), applyTo(first, inputs()));
  };

  finish(): void {
    this.finishing.forEach((step) => step());
    for (const [from, successors] of this.successors) {
      if (!(from instanceof tfl.LayersModel)) successors.forEach((to) => carryFrozenWeights(from, to));
    }
  }

  private successorsOf(layer: tfl.layers.Layer): readonly tfl.layers.Layer[] {
    if (layer instanceof tfl.LayersModel) {
      const inner = convert(layer, this.recipe);
      this.layers.push(...inner.layers);
      return [inner.model];
    }
    if (isConvertibleNorm(layer)) return this.normOf(layer);
    const isKernel = stockKernelClass(layer) !== null || isNormKernel(layer);
    return isKernel ? this.kernelOf(layer) : [this.copyOf(layer)];
  }

  private normOf(layer: tfl.layers.Layer): tfl.layers.Layer[] {
    if (isStockBatchNorm(layer) && !onLastAxis(layer)) {
      return [
        this.copyOf(
          layer,
          'it normalizes another axis than the last, where this package has the channels: it stays',
        ),
      ];
    }
    const successor = this.recipe.norm({ name: layer.name });
    if (successor !== null) {
      copyNormFlags(layer, successor);
      this.finishing.push(() => {
        const { keepsFunction, note } = copyNorm(layer, successor);
        this.report(layer, successor, keepsFunction, note);
      });
      return [successor];
    }
    const kernelLayer = this.kernelBefore.get(layer);
    if (kernelLayer === undefined || !this.takesIn(kernelLayer, layer)) {
      return [this.copyOf(layer, 'no convolution before it can take it in: it stays')];
    }
    this.report(layer, null, true, `taken into "${kernelLayer.name}", whose kernel and bias do what it did`);
    return [];
  }

  /** Whether the recipe has no normalization, and `norm` becomes part of the kernel before it. */
  private takesIn(kernelLayer: tfl.layers.Layer, norm: tfl.layers.Layer): boolean {
    const hasNorm = this.recipe.norm({ name: norm.name }) !== null;
    return !hasNorm && isAffine(norm) && unconvertible(kernelLayer) === null;
  }

  private kernelOf(layer: tfl.layers.Layer): readonly tfl.layers.Layer[] {
    const norm = this.normAfter.get(layer);
    const absorbs = norm !== undefined && this.takesIn(layer, norm);
    if (!absorbs && this.recipe.kernelNormalizer() === null) return [this.copyOf(layer)];
    const obstacle =
      unconvertible(layer) ?? (norm === undefined ? 'no normalization follows it directly and alone' : null);
    if (obstacle !== null) return [this.copyOf(layer, `${obstacle}: it stays`)];
    const { kernelNormalizer, needsCentredKernels } = this.recipe;
    const kernels = kernelsOf(layer, absorbs ? norm : null);
    const { layers, finish } = convertKernel(layer, kernels, kernelNormalizer, needsCentredKernels);
    this.finishing.push(() => {
      const exact = finish() < 1e-4 && !needsCentredKernels;
      const [ours = layer] = layers;
      this.report(layer, ours, exact, kernelNote(exact, needsCentredKernels));
    });
    return layers;
  }

  private copyOf(layer: tfl.layers.Layer, note?: string): tfl.layers.Layer {
    const copy = unbuiltCopy(layer);
    this.finishing.push(() => {
      copy.setWeights(layer.getWeights());
      if (note !== undefined) this.report(layer, copy, true, note);
    });
    return copy;
  }

  private report(
    from: tfl.layers.Layer,
    to: tfl.layers.Layer | null,
    keepsFunction: boolean,
    note: string,
  ): void {
    const dropped = to === null || to.getClassName() === from.getClassName() ? [] : leftOut(from);
    this.layers.push({
      layer: from.name,
      from: from.getClassName(),
      to: to?.getClassName() ?? null,
      keepsFunction,
      note: dropped.length === 0 ? note : `${note}; left out: ${dropped.join(', ')}`,
    });
  }
}

function kernelNote(exact: boolean, centred: boolean): string {
  if (exact) {
    return 'the kernel it had is what it begins with, by a scale and an offset per filter that are kept and not trained';
  }
  return centred
    ? 'its filters were centred and its bias left out, as the normalization needs it: fine-tune the model'
    : 'a filter could not be kept as it was: fine-tune the model';
}

/** Kernels and bias of `layer`, with `norm` in them. */
function kernelsOf(layer: tfl.layers.Layer, norm: tfl.layers.Layer | null): tf.Tensor[] {
  return tf.tidy(() => {
    const plain = normKernel(layer) ?? stockKernel(layer);
    if (plain === null) throw new Error(`Layer "${layer.name}" has no kernel.`);
    return foldedLayer(plain, norm === null ? null : affineOf(norm)).weights;
  });
}

/**
 * A new model with the recipe's normalizers in the place of its own. Normalizations of activations become the recipe's, and
 * convolutions that one of them follows get its normalizer of weights; other layers are copied. Every kernel begins as it
 * was; what else is kept, and what must be learned again, is said layer by layer. ε, momentum and the like are the recipe's;
 * γ and β are set so that another ε changes nothing in inference.
 *
 * @param model Built, with its weights; stock layers or this package's. It is left as it is.
 * @throws for recipes that need more than an exchange of layers: `bkn` and `gkn`, whose convolutions hand on moments, and
 * EvoNorm, which contains the activation.
 */
export function convert(model: tfl.LayersModel, recipe: string | Recipe): ConvertResult {
  const chosen = typeof recipe === 'string' ? parseRecipe(recipe) : recipe;
  requireExchangeable(chosen);
  if (layerCalls(model).some((call) => call.outputTensors.length > 1)) {
    throw new Error(
      `The model "${model.name}" has layers with several outputs, such as Kalman normalizations with their moments, which ` +
        `convert cannot exchange: build it anew with the recipe "${chosen.name}".`,
    );
  }
  const conversion = new Conversion(model, chosen);
  const converted = rewriteModel(model, conversion.rewrite);
  conversion.finish();
  const { layers } = conversion;
  return { model: converted, layers, keepsFunction: layers.every(({ keepsFunction }) => keepsFunction) };
}

function requireExchangeable(recipe: Recipe): void {
  if (recipe.normIncludesActivation) {
    throw new Error(
      `convert cannot use the recipe "${recipe.name}", whose normalization contains the activation that the model has in ` +
        `layers of its own: build the model anew with it.`,
    );
  }
  const sum = recipe.add({ name: 'sum' });
  if (sum.getClassName() !== 'Add') {
    throw new Error(
      `convert cannot use the recipe "${recipe.name}", whose convolutions hand on moments beside the activations: build the ` +
        `model anew with it.`,
    );
  }
}
