// One normalization of activations in the place of another, with as much of it as both have in common.

import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { affineOf, isStockBatchNorm } from '../fold/absorbed.ts';
import { ChannelNorm } from '../layers/channel-norm.ts';
import { GroupNorm } from '../layers/group-norm.ts';
import { TransNorm } from '../layers/trans-norm.ts';
import { weightOf, writeWeight } from '../layers/named-weight.ts';

/** Whether `layer` is a normalization of activations that can be replaced. */
export const isConvertibleNorm = (layer: tfl.layers.Layer): boolean =>
  isStockBatchNorm(layer) || layer instanceof ChannelNorm;

/** ε of a normalization. */
export const epsilonOf = (layer: tfl.layers.Layer): number => Number(layer.getConfig()['epsilon']);

/** The weight of `from` under either library's name, one value per channel; null where it has none. */
function valuesOf(from: tfl.layers.Layer, name: string): tf.Tensor | null {
  const value = weightOf(from, name)?.read() ?? weightOf(from, snakeCase(name))?.read() ?? null;
  return value?.rank === 1 ? value : null;
}

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Hands γ, β and running statistics of `from` to `to`, as far as both have them. `to` is built. */
export function copyNorm(from: tfl.layers.Layer, to: tfl.layers.Layer): void {
  tf.tidy(() => {
    // At equal statistics of both domains, TransNorm doubles what batch normalization gives.
    const factor = to instanceof TransNorm ? 0.5 : 1;
    for (const name of ['gamma', 'beta'] as const) {
      const values = valuesOf(from, name);
      if (weightOf(to, name) === null) continue;
      if (values !== null) writeWeight(to, name, tf.mul(values, factor));
      else if (factor !== 1 && name === 'gamma') writeWeight(to, name, tf.scalar(factor));
    }
    const [mean, variance] = [valuesOf(from, 'movingMean'), valuesOf(from, 'movingVariance')];
    if (mean !== null && weightOf(to, 'movingMean') !== null) writeWeight(to, 'movingMean', mean);
    if (variance === null) return;
    if (weightOf(to, 'movingVariance') !== null) writeWeight(to, 'movingVariance', variance);
    if (weightOf(to, 'movingDeviation') !== null) {
      writeWeight(to, 'movingDeviation', tf.sqrt(tf.add(variance, epsilonOf(to))));
    }
  });
}

/** Whether two normalizations are the same function in inference. */
export function sameInInference(from: tfl.layers.Layer, to: tfl.layers.Layer): boolean {
  if (from instanceof GroupNorm && to instanceof GroupNorm) {
    const [a, b] = [from, to].map((layer) => JSON.stringify({ ...layer.getConfig(), name: '' }));
    return a === b;
  }
  return tf.tidy(() => {
    const [wanted, got] = [affineOf(from), affineOf(to)];
    if (wanted === null || got === null) return false;
    const close = (a: tf.Tensor, b: tf.Tensor): boolean =>
      tf.all(tf.lessEqual(tf.abs(tf.sub(a, b)), tf.add(tf.mul(tf.abs(a), 1e-4), 1e-5))).dataSync()[0] === 1;
    return (close(wanted.scale, got.scale) && close(wanted.shift, got.shift)) as unknown as number;
  }) as unknown as boolean;
}
