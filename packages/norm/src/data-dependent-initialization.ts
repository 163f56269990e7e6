// Data-dependent initialization: one batch goes through the network, and each layer in turn sets its scales, and its bias
// where the method does, by what arrives at it from the layers already set.
//
// Salimans, Kingma, 2016, arXiv 1602.07868 (Weight Normalization: zero mean and unit variance per channel); Liu, Ge, Li,
// Gui, AAAI 2021, arXiv 2103.11590 (Parametric Weights Standardization: a variance of 2 over a layer's outputs).

import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { isDataDependentLayer, type DataDependentLayer } from './layers/data-dependent-layer.ts';
import { layerInput } from './layers/layer-arguments.ts';
import { isFrozen } from './layers/frozen.ts';
import { MovingAverageBatchNorm } from './layers/moving-average-batch-norm.ts';

export interface InitializeFromDataOptions {
  /**
   * Which of the layers that can be initialized are. Default: all of them that are trainable.
   *
   * Weight Normalization means all layers. Parametric Weights Standardization means the stem, the first convolution of
   * every residual block and the convolutions of its shortcut ("downsample"), and never a block's second and third
   * convolution.
   */
  select?: (layer: tfl.layers.Layer) => boolean;
}

/** The layers of `model` that are not models themselves, in the order they are listed. */
const innerLayers = (model: tfl.LayersModel): tfl.layers.Layer[] =>
  model.layers.flatMap((layer) =>
    Array.isArray((layer as Partial<tfl.LayersModel>).layers)
      ? innerLayers(layer as tfl.LayersModel)
      : [layer],
  );

/** Calls `body` while each layer of `layers` sets itself by its first input, before it answers it. */
function whileStartingFromData(layers: readonly DataDependentLayer[], body: () => void): string[] {
  const started = new Set<DataDependentLayer>();
  for (const layer of layers) {
    const call = layer.call.bind(layer);
    layer.call = (inputs, kwargs) => {
      if (!started.has(layer)) {
        layer.startFromData(layerInput(inputs, layer));
        requireFinite(layer);
        started.add(layer);
      }
      return call(inputs, kwargs);
    };
  }
  try {
    body();
  } finally {
    // The layers' own method is their class's; what was put before it goes.
    for (const layer of layers) Reflect.deleteProperty(layer, 'call');
  }
  return [...started].map(({ name }) => name);
}

/**
 * Initializes layers of `model` from one batch, in one forward pass in training mode: each selected layer whose normalizer
 * has a data-dependent initialization (`WeightNormalization`, `ParametricWeightStandardization`) sets its weights by its
 * own input and goes on with the new output. A layer that is used several times is set by the use that runs first. Frozen
 * layers, other layers' weights and all running statistics stay as they are.
 *
 * @param inputs What the model takes: one batch, or a list of them for several inputs. Larger batches give better
 * statistics; the batch of a training step is what the papers use.
 * @returns The names of the layers that were initialized, in the order they were.
 * @throws if there is no such layer, or if a weight would become NaN or infinite; nothing is changed then.
 */
export function initializeFromData(
  model: tfl.LayersModel,
  inputs: tf.Tensor | tf.Tensor[],
  { select = () => true }: InitializeFromDataOptions = {},
): string[] {
  const able = [...new Set(innerLayers(model))].filter(isDataDependentLayer);
  const layers = able.filter((layer) => !isFrozen(layer) && select(layer));
  if (layers.length === 0) {
    throw new Error(
      `initializeFromData found no layer to initialize in the model "${model.name}", where ${able.length} have a ` +
        `normalizer with a data-dependent initialization: use WeightNormalization or ParametricWeightStandardization, ` +
        `select some of their layers, and let them be trainable.`,
    );
  }
  const before = model.weights.map((weight) => tf.clone(weight.read()));
  const restore = (weights: readonly tfl.LayerVariable[]): void => {
    model.weights.forEach((weight, i) => {
      const value = before[i];
      if (value !== undefined && weights.includes(weight)) weight.write(value);
    });
  };
  try {
    const started = whileStartingFromData(layers, () => {
      tf.dispose(model.apply(inputs, { training: true }) as tf.Tensor | tf.Tensor[]);
    });
    restore(model.nonTrainableWeights);
    // This pass is taken back, so no backward pass belongs to it.
    for (const layer of innerLayers(model))
      if (layer instanceof MovingAverageBatchNorm) layer.forgetForward();
    return started;
  } catch (error) {
    restore(model.weights);
    throw error;
  } finally {
    tf.dispose(before);
  }
}

/** Refuses what a batch did to a layer whose outputs have no variance, and so no finite scale. */
function requireFinite(layer: tfl.layers.Layer): void {
  // WebGPU cannot read a tensor back while the caller waits.
  if (tf.getBackend() === 'webgpu') return;
  const finite = layer.trainableWeights.every(
    (weight) => tf.tidy(() => tf.all(tf.isFinite(weight.read())).dataSync()[0]) !== 0,
  );
  if (finite) return;
  throw new Error(
    `initializeFromData got NaN or infinite weights for ${layer.getClassName()} "${layer.name}": its outputs have no ` +
      `finite variance above 0 on this batch, so use another one, such as the first batch of training.`,
  );
}
