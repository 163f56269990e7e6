// A layer's weights by their names inside the layer.

import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';

/**
 * The weight called `name` inside a built layer, or null if it has none. A model that builds the layer late puts its own
 * name before the layer's.
 */
export const weightOf = (layer: tfl.layers.Layer, name: string): tfl.LayerVariable | null =>
  layer.weights.find(({ originalName }) => `/${originalName}`.endsWith(`/${layer.name}/${name}`)) ?? null;

/** The weight called `name`, which the layer must have. */
export function requireWeight(layer: tfl.layers.Layer, name: string): tfl.LayerVariable {
  const weight = weightOf(layer, name);
  if (weight !== null) return weight;
  throw new Error(`${layer.getClassName()} "${layer.name}" has no weight "${name}".`);
}

/** Sets the weight called `name`, repeating `values` along leading axes that only the weight has. */
export function writeWeight(layer: tfl.layers.Layer, name: string, values: tf.Tensor): void {
  const weight = requireWeight(layer, name);
  tf.tidy(() => {
    weight.write(tf.broadcastTo(values, weight.shape as number[]));
  });
}
