// A trained model as plain TensorFlow.js layers: weight normalizers become the kernels they compute, and normalizations
// that are affine maps in inference disappear into the convolution before them.

import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { GroupKalmanNorm } from '../kalman/group-kalman-norm.ts';
import { KalmanConv2D, type KalmanConv2DArgs } from '../kalman/kalman-conv2d.ts';
import { MomentAdd } from '../kalman/moment-add.ts';
import { momentFlowOf } from '../kalman/signal.ts';
import { BatchChannelNorm } from '../layers/batch-channel-norm.ts';
import type { ChannelAffine } from '../layers/channel-affine.ts';
import { GroupNorm } from '../layers/group-norm.ts';
import { Relu } from '../layers/relu.ts';
import { applyTo, layerCalls, rewriteModel, unbuiltCopy, type LayerCall } from '../rebuild.ts';
import { absorbingLayers, affineOf, isAffine } from './absorbed.ts';
import { isNormKernel, normKernel } from './norm-kernels.ts';
import { foldedLayer, zeroPadding } from './plain-kernel.ts';
import { remainsBecause } from './remaining.ts';
import { isStockBatchNorm } from './stock-batch-norm.ts';
import { stockKernel } from './stock-kernels.ts';

/** What became of one layer. */
export interface FoldedLayer {
  readonly layer: string;
  readonly className: string;
  /** The kernel layer that took it in, or null where it became a stock layer of its own name. */
  readonly into: string | null;
}

/** A layer that is as it was, and still needs this package. */
export interface RemainingLayer {
  readonly layer: string;
  readonly className: string;
  readonly reason: string;
}

export interface FoldResult {
  /** The same function in inference. It shares no weights with the original, and cannot be trained further as it was. */
  readonly model: tfl.LayersModel;
  readonly folded: readonly FoldedLayer[];
  /** Empty where the model loads with nothing but TensorFlow.js. */
  readonly remaining: readonly RemainingLayer[];
}

/** One run of `fold`: the new layers of each old one, and the weights to give them when the model is built. */
class Folding {
  readonly folded: FoldedLayer[] = [];
  readonly remaining: RemainingLayer[] = [];
  private readonly successors = new Map<tfl.layers.Layer, readonly tfl.layers.Layer[]>();
  private readonly weights: [layer: tfl.layers.Layer, weights: tf.Tensor[]][] = [];
  private readonly absorbing: ReadonlyMap<tfl.layers.Layer, tfl.layers.Layer>;
  private readonly absorbedBy: ReadonlyMap<tfl.layers.Layer, tfl.layers.Layer>;
  /** Whether a normalization that stays needs the moments of Kalman layers. */
  private readonly needsMoments: boolean;

  constructor(model: tfl.LayersModel) {
    this.needsMoments = layerCalls(model).some(
      ({ outboundLayer }) => outboundLayer instanceof GroupKalmanNorm,
    );
    const takesIn = (layer: tfl.layers.Layer): boolean => isNormKernel(layer) && !this.staysForMoments(layer);
    this.absorbing = absorbingLayers(model, takesIn, hasAffinePart);
    this.absorbedBy = new Map([...this.absorbing].map(([norm, kernel]) => [kernel, norm]));
  }

  private staysForMoments(layer: tfl.layers.Layer): boolean {
    return this.needsMoments && momentFlowOf(layer) !== null;
  }

  readonly rewrite = ({ layer, inputs, input }: LayerCall): tfl.SymbolicTensor[] => {
    // Nobody takes what it gives any more.
    if (momentFlowOf(layer) === 'apart' && !this.needsMoments) return [];
    let successors = this.successors.get(layer);
    if (successors === undefined) {
      successors = this.successorsOf(layer);
      this.successors.set(layer, successors);
      this.note(layer, successors);
    }
    const [first, ...rest] = successors;
    if (first === undefined) return [input(0)];
    const given = takesMoments(layer) && !takesMoments(first) ? activationInputs(layer).map(input) : inputs();
    return rest.reduce((outputs, next) => applyTo(next, outputs), applyTo(first, given));
  };

  setWeights(): void {
    for (const [layer, weights] of this.weights) {
      layer.setWeights(weights);
      tf.dispose(weights);
    }
  }

  /** The layers that stand for `layer`, one after the other; none if a kernel took it in. */
  private successorsOf(layer: tfl.layers.Layer): tfl.layers.Layer[] {
    if (layer instanceof tfl.LayersModel) {
      const inner = fold(layer);
      this.folded.push(...inner.folded);
      this.remaining.push(...inner.remaining);
      return [inner.model];
    }
    if (this.staysForMoments(layer)) return [this.keep(layer)];
    if (layer instanceof Relu) return [tfl.layers.reLU({ name: layer.name })];
    if (layer instanceof MomentAdd) return [tfl.layers.add({ name: layer.name })];
    if (layer instanceof BatchChannelNorm) return this.batchChannelOf(layer);
    if (this.absorbing.has(layer)) return [];
    return this.plainKernelOf(layer) ?? this.plainNormOf(layer) ?? [this.keep(layer)];
  }

  private plainKernelOf(layer: tfl.layers.Layer): tfl.layers.Layer[] | null {
    let successors: tfl.layers.Layer[] | null = null;
    tf.tidy(() => {
      const plain = normKernel(layer) ?? stockKernel(layer);
      if (plain === null) return;
      const norm = this.absorbedBy.get(layer);
      const { layer: stock, weights } = foldedLayer(plain, norm === undefined ? null : affinePartOf(norm));
      this.weights.push([stock, weights.map((weight) => tf.keep(weight))]);
      const padding =
        plain.zeroPadding === null ? [] : [zeroPadding(`${layer.name}_padding`, plain.zeroPadding)];
      successors = [...padding, stock];
    });
    return successors;
  }

  /** A normalization that no kernel takes in, as TensorFlow.js's own batch normalization. */
  private plainNormOf(layer: tfl.layers.Layer, name = layer.name): tfl.layers.Layer[] | null {
    const affine = isStockBatchNorm(layer) ? null : affinePartOf(layer);
    if (affine === null) return null;
    const { scale, shift } = affine;
    const stock = tfl.layers.batchNormalization({ name, epsilon: 0 });
    this.weights.push([stock, [scale, shift, tf.zerosLike(scale), tf.onesLike(scale)]]);
    return [stock];
  }

  /** The group step alone where a kernel takes in the batch step, else after it. */
  private batchChannelOf(layer: BatchChannelNorm): tfl.layers.Layer[] {
    const { groups, epsilon, gamma, beta } = layer.groupStep();
    const groupStep = new GroupNorm({ name: layer.name, groups, epsilon });
    this.weights.push([groupStep, [gamma, beta]]);
    const batchStep = this.absorbing.has(layer) ? [] : this.plainNormOf(layer, `${layer.name}_batch`);
    return [...(batchStep ?? []), groupStep];
  }

  private keep(layer: tfl.layers.Layer): tfl.layers.Layer {
    if (layer instanceof KalmanConv2D && layer.prediction === 'consistent') return this.keepKalman(layer);
    const copy = unbuiltCopy(layer);
    this.weights.push([copy, layer.getWeights().map((weight) => tf.clone(weight))]);
    return copy;
  }

  /** A convolution that hands on moments, with its effective kernel and no normalizer. */
  private keepKalman(layer: KalmanConv2D): tfl.layers.Layer {
    const config = layer.getConfig() as unknown as KalmanConv2DArgs;
    const copy = new KalmanConv2D({ ...config, kernelNormalizer: null });
    const bias = layer.effectiveBias();
    this.weights.push([copy, [layer.effectiveKernel(), ...(bias === null ? [] : [bias])]]);
    return copy;
  }

  private note(layer: tfl.layers.Layer, successors: readonly tfl.layers.Layer[]): void {
    if (layer instanceof tfl.LayersModel) return;
    const entry = { layer: layer.name, className: layer.getClassName() };
    const into = this.absorbing.get(layer)?.name ?? null;
    const reason = successors.map(remainsBecause).find((sentence) => sentence !== null);
    if (reason !== undefined) this.remaining.push({ ...entry, reason });
    else if (!successors.some((successor) => successor.getClassName() === entry.className)) {
      this.folded.push({ ...entry, into });
    }
  }
}

/** Scale and shift that a kernel can take in; the caller disposes them. */
const affinePartOf = (layer: tfl.layers.Layer): ChannelAffine | null =>
  layer instanceof BatchChannelNorm ? layer.batchStepAffine() : affineOf(layer);

const hasAffinePart = (layer: tfl.layers.Layer): boolean =>
  layer instanceof BatchChannelNorm || isAffine(layer);

const takesMoments = (layer: tfl.layers.Layer): boolean => momentFlowOf(layer) === 'mapped';

/** Which inputs of a layer with moments are activations. */
const activationInputs = (layer: tfl.layers.Layer): number[] => (layer instanceof MomentAdd ? [0, 1] : [0]);

/**
 * The same function in inference with stock TensorFlow.js layers: effective kernels stored, batch statistics folded into
 * the kernel before them, or into stock batch normalization where there is none. Outputs agree up to rounding.
 * Statistics of single samples (group normalization and its kin) cannot be folded; those layers stay and are reported, as do
 * convolutions in groups, with their effective kernels.
 *
 * @param model Built, with its weights. It is left as it is.
 */
export function fold(model: tfl.LayersModel): FoldResult {
  const folding = new Folding(model);
  const folded = rewriteModel(model, folding.rewrite);
  folding.setWeights();
  return { model: folded, folded: folding.folded, remaining: folding.remaining };
}
