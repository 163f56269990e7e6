// Measurements in training mode that leave a model as it was.

import { leafLayers, MovingAverageBatchNorm } from '@plumbline/norm';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';

/** What `work` returns; weights, running statistics and counters of `model` are then what they were before. Nothing is copied. */
export function leavingUnchanged<T>(model: tfl.LayersModel, work: () => T): T {
  const kept = model.weights.map((weight) => {
    // LayerVariable.read() hands out its tf.Variable, typed as a plain tensor.
    const variable = weight.read() as tf.Variable;
    return { variable, value: tf.keep(tf.clone<tf.Tensor>(variable)) };
  });
  try {
    return work();
  } finally {
    for (const { variable, value } of kept) {
      // A variable gets other data when it is assigned to.
      if (variable.dataId !== value.dataId) variable.assign(value);
      value.dispose();
    }
    for (const { layer } of leafLayers(model)) {
      if (layer instanceof MovingAverageBatchNorm) layer.forgetForward();
    }
  }
}
