// What enters and leaves the layers of a model while it runs.

import type * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';

/**
 * Looks at what a layer made of its input, the first ones where it has several (those after them are the moments of Kalman
 * Normalization). It must keep what is to outlive the run.
 */
export type LayerWatcher = (layer: tfl.layers.Layer, input: tf.Tensor, output: tf.Tensor) => void;

/**
 * What `work` returns, which runs a model; `watch` is shown each of `layers` once, at its first call: TF.js calls a layer
 * again for every further output, and a layer that a model uses twice counts where it is used first.
 */
export function watchingLayers<T>(
  layers: readonly tfl.layers.Layer[],
  watch: LayerWatcher,
  work: () => T,
): T {
  const restorers: (() => void)[] = [];
  for (const layer of layers) {
    const own = Object.getOwnPropertyDescriptor(layer, 'call');
    const call = layer.call.bind(layer);
    restorers.push(() => {
      delete (layer as Partial<Pick<tfl.layers.Layer, 'call'>>).call;
      if (own !== undefined) Object.defineProperty(layer, 'call', own);
    });
    let isSeen = false;
    // The instance's own `call` hides the class's until it is deleted.
    layer.call = (inputs, kwargs) => {
      const outputs = call(inputs, kwargs);
      const [[input], [output]] = [asList(inputs), asList(outputs)];
      if (!isSeen && input !== undefined && output !== undefined) watch(layer, input, output);
      isSeen = true;
      return outputs;
    };
  }
  try {
    return work();
  } finally {
    for (const restore of restorers) restore();
  }
}

const asList = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);
