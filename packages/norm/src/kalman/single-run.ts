// TF.js runs a layer of a model once for every one of its outputs that is used. A layer with two would compute twice, and
// advance its state twice a step.

import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';

type Kwargs = Record<string, unknown>;

interface Run {
  /** The data the outputs were computed from: of the inputs, and of the weights as the run left them. */
  readonly data: readonly unknown[];
  readonly kwargs: Kwargs;
  readonly outputs: readonly tf.Tensor[];
}

/**
 * Lets a layer with several outputs run once where TF.js calls it again for the next one: the same inputs and weights, and
 * the same `kwargs` object, which one execution of a model hands to all its layers.
 */
export class SingleRun {
  private last: Run | null = null;

  /** The outputs of `body`, or those of the run before this one where this one only repeats it. */
  outputs(
    layer: tfl.layers.Layer,
    inputs: readonly tf.Tensor[],
    kwargs: Kwargs,
    body: () => tf.Tensor[],
  ): tf.Tensor[] {
    const { last } = this;
    this.last = null;
    if (last !== null && repeats(last, dataOf(layer, inputs), kwargs)) {
      return last.outputs.map((output) => tf.clone(output));
    }
    const outputs = body();
    this.last = { data: dataOf(layer, inputs), kwargs, outputs };
    return outputs;
  }
}

const repeats = (last: Run, data: readonly unknown[], kwargs: Kwargs): boolean =>
  last.kwargs === kwargs &&
  last.data.length === data.length &&
  last.data.every((value, i) => value === data[i]) &&
  last.outputs.every((output) => !output.isDisposed);

/** What identifies the values now: TF.js never changes data, a variable gets other data when it is assigned to. */
const dataOf = (layer: tfl.layers.Layer, inputs: readonly tf.Tensor[]): unknown[] =>
  [...inputs, ...layer.weights.map((weight) => weight.read())].map((tensor) => tensor.dataId);
