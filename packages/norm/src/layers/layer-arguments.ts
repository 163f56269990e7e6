// The small things every layer here needs around TF.js's Layer: its constructor arguments, its one input, its shape.

import type * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { checkInput } from './input-checks.ts';

/** What every TF.js layer accepts: name, trainable, inputShape and so on. */
export type LayerArguments = NonNullable<ConstructorParameters<typeof tfl.layers.Layer>[0]>;

/** The single tensor a layer was called with. */
export function onlyTensor(inputs: tf.Tensor | tf.Tensor[], layerName: string): tf.Tensor {
  if (!Array.isArray(inputs)) return inputs;
  const [input] = inputs;
  if (input !== undefined && inputs.length === 1) return input;
  throw new Error(`Layer "${layerName}" takes one input tensor, but was called with ${inputs.length}.`);
}

/** The single tensor `layer` was called with, looked at for NaN as `setInputChecks` says. */
export function layerInput(inputs: tf.Tensor | tf.Tensor[], layer: tfl.layers.Layer): tf.Tensor {
  const input = onlyTensor(inputs, layer.name);
  checkInput(input, layer);
  return input;
}

/** The single shape a layer is built with or asked about. */
export function onlyShape(shape: tfl.Shape | tfl.Shape[], layerName: string): tfl.Shape {
  if (!Array.isArray(shape[0])) return shape as tfl.Shape;
  const [first] = shape as tfl.Shape[];
  if (first !== undefined && shape.length === 1) return first;
  throw new Error(`Layer "${layerName}" takes one input tensor, but was connected to ${shape.length}.`);
}

/** The number of channels, the last axis of `shape`, which must be known when the layer is built. */
export function channelsOf(shape: tfl.Shape, layerName: string): number {
  const channels = shape[shape.length - 1];
  if (shape.length >= 2 && channels !== null && channels !== undefined) return channels;
  throw new Error(
    `Layer "${layerName}" needs an input [batch, …, channels] with a known number of channels, but got ` +
      `[${shape.map((size) => size ?? 'null').join(', ')}].`,
  );
}
