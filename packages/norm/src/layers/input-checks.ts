// Whether a layer looks at its input's values. A NaN that enters a normalization spreads over everything that is
// normalized together with it, and shows up far from where it came from.

import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';

/**
 * When the layers of this package look for NaN and infinity in their input:
 * - `first` (default): in the first input each layer gets, which catches broken preprocessing and broken weights;
 * - `always`: in every input, which finds where a training run diverges and costs a read of every map;
 * - `never`.
 */
export type InputChecks = 'first' | 'always' | 'never';

let mode: InputChecks = 'first';
let looked = new WeakSet<tfl.layers.Layer>();

/** Sets when all layers of this package look for NaN and infinity in their input; `first` makes each look once more. */
export function setInputChecks(checks: InputChecks): void {
  mode = checks;
  looked = new WeakSet();
}

/** Refuses, if it is time to look, an `input` of `layer` that holds NaN or infinity. */
export function checkInput(input: tf.Tensor, layer: tfl.layers.Layer): void {
  if (mode === 'never' || (mode === 'first' && looked.has(layer))) return;
  // WebGPU cannot read a tensor back while the caller waits.
  if (tf.getBackend() === 'webgpu') return;
  looked.add(layer);
  const finite = tf.tidy(() => tf.all(tf.isFinite(input)).dataSync()[0]);
  if (finite !== 0) return;
  throw new Error(
    `${layer.getClassName()} "${layer.name}" got NaN or infinity in its input of shape [${input.shape.join(', ')}]: ` +
      `look at the data, at the layers before it and at the learning rate; setInputChecks('always') finds the first ` +
      `layer that gets one.`,
  );
}
