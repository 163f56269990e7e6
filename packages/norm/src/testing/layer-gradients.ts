// Finite-difference check of a layer's gradients with respect to its input and every trainable weight.

import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';

const PROBES = 6;
const STEP = 1e-2;

/** A scalar in which errors of single outputs cannot cancel: the outputs weighted by a fixed wave. */
export const weightedSum = (y: tf.Tensor): tf.Scalar => {
  const wave = Float32Array.from({ length: y.size }, (_, i) => Math.sin(1.3 * i + 0.7));
  return tf.sum(tf.mul(y, tf.tensor(wave, y.shape)));
};

/**
 * The largest |analytic − numeric| / max(1, |numeric|) over probes of the input and of every trainable weight, by
 * name. The layer must be built.
 */
export function layerGradientErrors(layer: tfl.layers.Layer, x: tf.Tensor): Record<string, number> {
  const input = tf.variable(x, true, `conformance/input_${layer.id}`);
  const loss = (): tf.Scalar => weightedSum(layer.apply(input, { training: true }) as tf.Tensor);
  const names = [input.name, ...layer.trainableWeights.map((weight) => weight.name)];
  const variables = names.map((name) => {
    const variable = tf.engine().registeredVariables[name];
    if (variable === undefined) throw new Error(`The layer's weight "${name}" is not a registered variable.`);
    return variable;
  });
  const { grads, value } = tf.variableGrads(loss, variables);
  value.dispose();
  const errors: Record<string, number> = {};
  for (const variable of variables) {
    const analytic = grads[variable.name]?.dataSync() ?? [];
    const original = variable.dataSync().slice();
    const evaluate = (element: number, delta: number): number =>
      tf.tidy(() => {
        const shifted = Float32Array.from(original);
        shifted[element] = (shifted[element] ?? 0) + delta;
        variable.assign(tf.tensor(shifted, variable.shape));
        return loss().dataSync()[0] ?? NaN;
      });
    let worst = 0;
    for (let probe = 0; probe < Math.min(PROBES, variable.size); probe++) {
      const element = Math.floor((probe * variable.size) / Math.min(PROBES, variable.size));
      const numeric = (evaluate(element, STEP) - evaluate(element, -STEP)) / (2 * STEP);
      const error = Math.abs((analytic[element] ?? NaN) - numeric) / Math.max(1, Math.abs(numeric));
      worst = Number.isNaN(error) ? NaN : Math.max(worst, error);
    }
    tf.tidy(() => {
      variable.assign(tf.tensor(original, variable.shape));
    });
    errors[variable.name] = worst;
  }
  tf.dispose(grads);
  input.dispose();
  return errors;
}
