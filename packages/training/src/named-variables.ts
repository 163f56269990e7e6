// Names of a model's weights that are the same in every process.
//
// TensorFlow.js makes variable names unique within a process by appending `_1`, `_2`, …; a checkpoint keyed by
// them could not be loaded where another model had been built first. The name before that suffix (the layer's
// name and the weight's name) depends on the model alone, as long as its layers are named by its author.

import type * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

/** A variable under a name that does not depend on the process. */
export interface NamedVariable {
  /** `layer/weight`, for example `layer1.0.conv1/kernel`. */
  readonly name: string;
  readonly variable: tf.Variable;
  /** Whether the optimizer may change it: false for moving statistics, seeds and frozen layers. */
  readonly trainable: boolean;
}

/**
 * All weights of `model` in layer order, nested models included, each once even if a layer is shared.
 *
 * @throws if two different weights have the same name: their layers need different names.
 */
export function namedVariables(model: tfl.LayersModel): NamedVariable[] {
  const found = new Map<string, NamedVariable>();
  const seen = new Set<tf.Tensor>();
  const visit = (layer: tfl.layers.Layer): void => {
    if (layer instanceof tfl.LayersModel) {
      for (const inner of layer.layers) visit(inner);
      return;
    }
    const trainable = new Set(layer.trainableWeights);
    for (const weight of layer.weights) {
      // LayerVariable.read() hands out its tf.Variable, typed as a plain tensor.
      const variable = weight.read() as tf.Variable;
      if (seen.has(variable)) continue;
      seen.add(variable);
      const name = weight.originalName.startsWith(`${layer.name}/`)
        ? weight.originalName
        : `${layer.name}/${weight.originalName}`;
      if (found.has(name))
        throw new Error(
          `Two weights of model "${model.name}" are called "${name}": give their layers different names, or they cannot be told apart in a checkpoint.`,
        );
      found.set(name, { name, variable, trainable: trainable.has(weight) });
    }
  };
  visit(model);
  return [...found.values()];
}
