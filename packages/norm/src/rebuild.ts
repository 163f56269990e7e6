// A LayersModel taken apart and put together again with some of its layers replaced.

import type * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { SyncBatchNorm } from './layers/sync-batch-norm.ts';

/** One use of a layer in a model; a shared layer has several. */
export interface LayerCall {
  /** The layer of the original model. */
  readonly layer: tfl.layers.Layer;
  /** What it is applied to, in the new model: all of it, or input `index`. */
  inputs(): tfl.SymbolicTensor[];
  input(index: number): tfl.SymbolicTensor;
}

export type LayerNode = tfl.layers.Layer['inboundNodes'][number];

/** The use of a layer that made `tensor`. */
function nodeOf(tensor: tfl.SymbolicTensor): LayerNode {
  const node = tensor.sourceLayer.inboundNodes[tensor.nodeIndex];
  if (node === undefined) throw new Error(`The symbolic tensor "${tensor.name}" belongs to no layer.`);
  return node;
}

const outputIn = (tensors: readonly tfl.SymbolicTensor[], tensor: tfl.SymbolicTensor): tfl.SymbolicTensor => {
  const found = tensors[tensor.tensorIndex];
  if (found === undefined) {
    throw new Error(
      `The new "${tensor.sourceLayer.name}" has ${tensors.length} outputs, but output ${tensor.tensorIndex} is used.`,
    );
  }
  return found;
};

const at = (tensors: tfl.SymbolicTensor[], index: number, layerName: string): tfl.SymbolicTensor => {
  const tensor = tensors[index];
  if (tensor === undefined) throw new Error(`Layer "${layerName}" has no input ${index}.`);
  return tensor;
};

const tensorsOf = (value: tfl.SymbolicTensor | tfl.SymbolicTensor[]): tfl.SymbolicTensor[] =>
  Array.isArray(value) ? value : [value];

/** `layer` applied to symbolic tensors; always a list. */
export const applyTo = (layer: tfl.layers.Layer, inputs: tfl.SymbolicTensor[]): tfl.SymbolicTensor[] => {
  const [only] = inputs;
  const outputs = layer.apply(only !== undefined && inputs.length === 1 ? only : inputs);
  return tensorsOf(outputs as tfl.SymbolicTensor | tfl.SymbolicTensor[]);
};

/** An unbuilt layer with the configuration of `layer`, its name included. */
export function unbuiltCopy(layer: tfl.layers.Layer): tfl.layers.Layer {
  const constructor = layer.constructor as tf.serialization.SerializableConstructor<tfl.layers.Layer>;
  const copy = constructor.fromConfig(constructor, layer.getConfig());
  // A configuration cannot hold it.
  if (layer instanceof SyncBatchNorm && copy instanceof SyncBatchNorm) copy.communicator = layer.communicator;
  return copy;
}

/**
 * Freezes the weights of `to` if those of `from` are: freezing a model changes its layers' weights and not the layers' own
 * `trainable`. Both are built.
 */
export function carryFrozenWeights(from: tfl.layers.Layer, to: tfl.layers.Layer): void {
  if (from.weights.length === 0 || from.trainableWeights.length > 0) return;
  for (const weight of to.weights) weight.trainable = false;
}

/** Every use of a layer in `model`, each before those that use its result. Input layers are left out. */
export function layerCalls(model: tfl.LayersModel): LayerNode[] {
  const calls = new Set<LayerNode>();
  const visit = (tensor: tfl.SymbolicTensor): void => {
    const node = nodeOf(tensor);
    if (calls.has(node) || node.inboundLayers.length === 0) return;
    node.inputTensors.forEach(visit);
    calls.add(node);
  };
  model.outputs.forEach(visit);
  return [...calls];
}

/** An input of a rewritten model. */
export interface RewrittenInput {
  readonly input: tfl.SymbolicTensor;
  /** What stands for the old input in the new model: the new one, or what layers have made of it. */
  readonly tensor: tfl.SymbolicTensor;
}

/** An input with the name, shape and type of `input`. */
function sameInput(input: tfl.SymbolicTensor): RewrittenInput {
  const { name } = input.sourceLayer;
  const fresh = tfl.input({ batchShape: input.shape, dtype: input.dtype, name });
  return { input: fresh, tensor: fresh };
}

/**
 * A new model whose every layer call is what `rewrite` makes of it: one new symbolic tensor for each original output
 * that is used. The model keeps its name.
 *
 * @param rewriteInput The new input for an old one. Default: one of the same name, shape and type.
 */
export function rewriteModel(
  model: tfl.LayersModel,
  rewrite: (call: LayerCall) => tfl.SymbolicTensor[],
  rewriteInput: (input: tfl.SymbolicTensor) => RewrittenInput = sameInput,
): tfl.LayersModel {
  const made = new Map<LayerNode, tfl.SymbolicTensor[]>();
  const translate = (tensor: tfl.SymbolicTensor): tfl.SymbolicTensor =>
    outputIn(made.get(nodeOf(tensor)) ?? [], tensor);
  const inputs = model.inputs.map((old) => {
    const { input, tensor } = rewriteInput(old);
    made.set(nodeOf(old), [tensor]);
    return input;
  });
  for (const node of layerCalls(model)) {
    const inputs = node.inputTensors;
    const call: LayerCall = {
      layer: node.outboundLayer,
      inputs: () => inputs.map(translate),
      input: (index) => translate(at(inputs, index, node.outboundLayer.name)),
    };
    made.set(node, rewrite(call));
  }
  const rewritten = tfl.model({ inputs, outputs: model.outputs.map(translate), name: model.name });
  // Freezing a model leaves its layers' own flags alone.
  if (!model.trainable) rewritten.trainable = false;
  return rewritten;
}

/**
 * A copy of `model` with some layers replaced. The weights of the other layers are copied; those of a replacement are
 * the caller's to set, once the model is built. Models inside the model are rebuilt alike.
 *
 * @param replace A fresh layer to stand in for `layer`, under the same name, or null to keep a copy of it.
 */
export function rebuildModel(
  model: tfl.LayersModel,
  replace: (layer: tfl.layers.Layer) => tfl.layers.Layer | null,
): tfl.LayersModel {
  const successors = new Map<tfl.layers.Layer, tfl.layers.Layer>();
  const kept: [from: tfl.layers.Layer, to: tfl.layers.Layer][] = [];
  const successorOf = (layer: tfl.layers.Layer): tfl.layers.Layer => {
    const known = successors.get(layer);
    if (known !== undefined) return known;
    let successor: tfl.layers.Layer;
    if (layer instanceof tfl.LayersModel) {
      successor = rebuildModel(layer, replace);
    } else {
      const replacement = replace(layer);
      successor = replacement ?? unbuiltCopy(layer);
      if (replacement === null) kept.push([layer, successor]);
    }
    successors.set(layer, successor);
    return successor;
  };
  const rebuilt = rewriteModel(model, ({ layer, inputs }) => applyTo(successorOf(layer), inputs()));
  for (const [from, to] of kept) to.setWeights(from.getWeights());
  for (const [from, to] of successors) if (!(from instanceof tfl.LayersModel)) carryFrozenWeights(from, to);
  return rebuilt;
}
