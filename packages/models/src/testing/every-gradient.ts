import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'vitest';

/**
 * Expects the gradient of a sum of the model's outputs in training mode, weighted by fixed noise, to be finite for every
 * trainable weight, and not zero but for those that `mayVanish`.
 */
export function expectEveryGradient(
  model: tfl.LayersModel,
  images: tf.Tensor,
  mayVanish: (weight: string) => boolean = () => false,
): void {
  const { grads } = tf.variableGrads(() => {
    const outputs = [model.apply(images, { training: true }) as tf.Tensor | tf.Tensor[]].flat();
    const sums = outputs.map((output, index) =>
      tf.mean(tf.mul(output, tf.randomNormal(output.shape, 0, 1, 'float32', index + 4))),
    );
    return tf.addN(sums) as tf.Scalar;
  });
  const names = Object.keys(grads);
  expect(names).toHaveLength(model.trainableWeights.length);
  for (const name of names) {
    const norm = tf.norm(grads[name] as tf.Tensor).dataSync()[0] ?? NaN;
    expect(norm, name).toBeLessThan(1e6);
    if (!mayVanish(name)) expect(norm, name).toBeGreaterThan(0);
  }
}
