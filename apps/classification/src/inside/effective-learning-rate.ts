// The effective learning rate of filters whose scale has no effect.
//
// What a filter gives out does not change with the scale of its raw weights w where the kernel is normalized, or where
// every channel is divided by a deviation of its own afterwards. Then the gradient is orthogonal to w and shrinks as 1/‖w‖, so that a step
// of rate η turns the filter as one of rate
//
//   η / ‖w‖²
//
// does on the unit sphere: van Laarhoven 2017, arXiv:1706.05350; Hoffer, Banner, Golan, Soudry 2018, arXiv:1803.01814. Every
// step makes ‖w‖ longer, weight decay makes it shorter. For other filters the plain rate η holds. Group and layer
// normalization undo the scale of many filters together, not of one, which counts as not invariant here.

import {
  BatchKalmanNorm,
  BatchChannelNorm,
  BatchNorm,
  BatchRenorm,
  EvoNormB0,
  FilterResponseNorm,
  GroupNorm,
  layerCalls,
  MovingAverageBatchNorm,
  TransNorm,
  WeightCentring,
} from '@plumbline/norm';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { filterColumns, kernelsOf, normalizerOf, type Kernel } from './kernels.ts';
import { quantile } from './quantile.ts';

export interface Quartiles {
  readonly lower: number;
  readonly median: number;
  readonly upper: number;
}

export interface EffectiveRate extends Quartiles {
  /** The convolution's name. */
  readonly layer: string;
  /** Whether the scale of its filters has no effect. If not, all three are the plain rate. */
  readonly isInvariant: boolean;
}

export interface EffectiveRates {
  /** Of every trainable convolution, in the order of depth; quartiles over its filters. */
  readonly layers: readonly EffectiveRate[];
  /** Over all filters that are invariant; null without one: the plain rate holds. */
  readonly allFilters: Quartiles | null;
}

export async function effectiveLearningRates(
  model: tfl.LayersModel,
  learningRate: number,
): Promise<EffectiveRates> {
  const followers = followersIn(model);
  const layers: EffectiveRate[] = [];
  const all: number[] = [];
  for (const kernel of kernelsOf(model)) {
    if (kernel.kind !== 'convolution' || !kernel.isTrainable) continue;
    const isInvariant = isScaleInvariant(kernel, followers.get(kernel.layer) ?? []);
    const rates = isInvariant
      ? (await squaredNorms(kernel)).map((square) => learningRate / square)
      : [learningRate];
    if (isInvariant) all.push(...rates);
    layers.push({ layer: kernel.name, isInvariant, ...quartiles(rates) });
  }
  return { layers, allFilters: all.length === 0 ? null : quartiles(all) };
}

/** ‖w‖² of every filter. */
async function squaredNorms({ raw, filterAxes }: Kernel): Promise<number[]> {
  const squares = tf.tidy(() => tf.sum(tf.square(filterColumns(raw, filterAxes)), 0));
  const values = [...(await squares.data())];
  squares.dispose();
  return values;
}

const quartiles = (values: readonly number[]): Quartiles => ({
  lower: quantile(values, 0.25),
  median: quantile(values, 0.5),
  upper: quantile(values, 0.75),
});

function isScaleInvariant(kernel: Kernel, followers: readonly tfl.layers.Layer[]): boolean {
  const normalizer = normalizerOf(kernel);
  // Of all normalizers, centring alone leaves the scale as it is.
  if (normalizer !== null && !(normalizer instanceof WeightCentring)) return true;
  return followers.length > 0 && followers.every(undoesChannelScale);
}

/** Whether `layer` divides every channel by a deviation of its own. */
function undoesChannelScale(layer: tfl.layers.Layer): boolean {
  if (layer instanceof GroupNorm) return layer.groups === 'channels';
  if (layer instanceof EvoNormB0) return layer.nonlinearity;
  // The authors' hands on the moments of what it got, in which the next convolution's prediction sees the scale.
  if (layer instanceof BatchKalmanNorm) return layer.prediction === 'consistent';
  return (
    [BatchNorm, BatchRenorm, MovingAverageBatchNorm, BatchChannelNorm, FilterResponseNorm, TransNorm].some(
      (norm) => layer instanceof norm,
    ) || layer.getClassName() === 'BatchNormalization'
  );
}

/** The layers that take what each layer gives. */
function followersIn(model: tfl.LayersModel): Map<tfl.layers.Layer, tfl.layers.Layer[]> {
  const models = [model, ...modelsIn(model)];
  const found = new Map<tfl.layers.Layer, tfl.layers.Layer[]>();
  for (const { inboundLayers, outboundLayer } of models.flatMap((one) => layerCalls(one))) {
    for (const layer of inboundLayers) found.set(layer, [...(found.get(layer) ?? []), outboundLayer]);
  }
  return found;
}

/** The models inside `model`. */
const modelsIn = (model: tfl.LayersModel): tfl.LayersModel[] =>
  model.layers.flatMap((layer) => (layer instanceof tfl.LayersModel ? [layer, ...modelsIn(layer)] : []));
