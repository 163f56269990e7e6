// What a model's layers get as input while it runs, also in the middle of the model and in models inside it.

import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';

/** Looks at a layer's input before the layer does. `enough` ends the run there. */
export type InputWatcher = (input: tf.Tensor) => 'go on' | 'enough';

class EnoughSeen extends Error {}

/** Runs `model` on `input` in inference mode and shows the inputs of some layers to their watchers. */
export function watchInputs(
  model: tfl.LayersModel,
  input: tf.Tensor | tf.Tensor[],
  watchers: ReadonlyMap<tfl.layers.Layer, InputWatcher>,
): void {
  const restorers: (() => void)[] = [];
  for (const [layer, watcher] of watchers) {
    const own = Object.getOwnPropertyDescriptor(layer, 'call');
    const call = layer.call.bind(layer);
    restorers.push(() => {
      delete (layer as Partial<Pick<tfl.layers.Layer, 'call'>>).call;
      if (own !== undefined) Object.defineProperty(layer, 'call', own);
    });
    // The instance's own `call` hides the class's until it is deleted.
    layer.call = (inputs, kwargs) => {
      const [first] = Array.isArray(inputs) ? inputs : [inputs];
      if (first !== undefined && watcher(first) === 'enough') throw new EnoughSeen();
      return call(inputs, kwargs);
    };
  }
  try {
    tf.tidy(() => {
      model.apply(input, { training: false });
    });
  } catch (error) {
    if (!(error instanceof EnoughSeen)) throw error;
  } finally {
    for (const restore of restorers) restore();
  }
}
