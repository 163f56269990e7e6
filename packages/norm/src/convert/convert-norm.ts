// One normalization of activations in the place of another, with as much of it as both have in common.

import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { BatchNormState } from '../activations/batch-norm.ts';
import { affineOf } from '../fold/absorbed.ts';
import { isStockBatchNorm } from '../fold/stock-batch-norm.ts';
import { BatchNorm } from '../layers/batch-norm.ts';
import { isAffineInInference, type AffineInInference, type ChannelAffine } from '../layers/channel-affine.ts';
import { ChannelNorm } from '../layers/channel-norm.ts';
import { weightOf, writeWeight } from '../layers/named-weight.ts';
import { hasRunningStatistics } from '../layers/running-statistics.ts';
import { SyncBatchNorm } from '../layers/sync-batch-norm.ts';

/** Whether `layer` is a normalization of activations. */
export const isConvertibleNorm = (layer: tfl.layers.Layer): boolean =>
  isStockBatchNorm(layer) || layer instanceof ChannelNorm;

/** What became of a normalization's weights. */
export interface CopiedNorm {
  /** Whether it is the same function in inference. */
  readonly keepsFunction: boolean;
  /** What was kept, in words. */
  readonly note: string;
}

/** Hands what a layer holds beside its weights to the layer in its place, before that is built. */
export function copyNormFlags(from: tfl.layers.Layer, to: tfl.layers.Layer): void {
  to.trainable = from.trainable;
  if (from instanceof BatchNorm && to instanceof BatchNorm) to.freezeStatistics = from.freezeStatistics;
  if (from instanceof SyncBatchNorm && to instanceof SyncBatchNorm) to.communicator = from.communicator;
}

/** Hands γ, β and running statistics of `from` to `to`, as far as both have them. `to` is built. */
export function copyNorm(from: tfl.layers.Layer, to: tfl.layers.Layer): CopiedNorm {
  if (sameLayer(from, to)) {
    to.setWeights(from.getWeights());
    return { keepsFunction: true, note: 'all of it was kept' };
  }
  return tf.tidy(() => {
    const wanted = affineOf(from);
    if (wanted !== null && isAffineInInference(to)) {
      const statistics = statisticsOf(from);
      if (statistics !== null) writeStatistics(to, statistics);
      matchAffine(to, wanted);
      const kept = statistics === null ? 'γ and β' : 'γ, β and running statistics';
      return { keepsFunction: true, note: `${kept} were kept` };
    }
    const names = (['gamma', 'beta'] as const).filter((name) => copyPerChannel(from, to, name));
    const kept = names.length === 0 ? 'nothing was kept' : 'γ and β were kept';
    const note = `${kept}; ${to.getClassName()} normalizes by other statistics, to which the model must be fine-tuned`;
    return { keepsFunction: false, note };
  }) as unknown as CopiedNorm;
}

/** Whether two layers are of one class, configured and shaped alike. */
function sameLayer(from: tfl.layers.Layer, to: tfl.layers.Layer): boolean {
  const configOf = (layer: tfl.layers.Layer): string => JSON.stringify({ ...layer.getConfig(), name: '' });
  const shapesOf = (layer: tfl.layers.Layer): string =>
    JSON.stringify(layer.weights.map(({ shape }) => shape));
  return (
    from.constructor === to.constructor && configOf(from) === configOf(to) && shapesOf(from) === shapesOf(to)
  );
}

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The weight of `from` under either library's name, one value per channel; null where it has none. */
function valuesOf(from: tfl.layers.Layer, name: string): tf.Tensor1D | null {
  const value = (weightOf(from, name) ?? weightOf(from, snakeCase(name)))?.read();
  return value?.rank === 1 ? (value as tf.Tensor1D) : null;
}

/** The mean and variance that `from` infers with; null where it has no such pair. */
function statisticsOf(from: tfl.layers.Layer): BatchNormState | null {
  if (hasRunningStatistics(from)) return from.runningStatistics();
  const [mean, variance] = [valuesOf(from, 'movingMean'), valuesOf(from, 'movingVariance')];
  return mean === null || variance === null ? null : { mean, variance };
}

/** Gives `to` running statistics, for every domain that it has. */
function writeStatistics(to: tfl.layers.Layer, { mean, variance }: BatchNormState): void {
  const epsilon = Number(to.getConfig()['epsilon']);
  const values = {
    movingMean: mean,
    movingVariance: variance,
    movingDeviation: tf.sqrt(tf.add(variance, epsilon)),
    movingSecondMoment: variance,
  };
  for (const [name, value] of Object.entries(values)) {
    if (weightOf(to, name) !== null) writeWeight(to, name, value);
  }
}

/** Sets γ and β of `to` so that in inference it is `wanted`, whatever its statistics and ε are. */
function matchAffine(to: AffineInInference, wanted: ChannelAffine): void {
  const [ones, zeros] = [tf.onesLike(wanted.scale), tf.zerosLike(wanted.scale)];
  const at = (gamma: tf.Tensor, beta: tf.Tensor): ChannelAffine => {
    writeWeight(to, 'gamma', gamma);
    writeWeight(to, 'beta', beta);
    return to.inferenceAffine();
  };
  const unit = at(ones, zeros);
  const perBeta = tf.sub(at(ones, ones).shift, unit.shift);
  const gamma = tf.div(wanted.scale, unit.scale);
  at(gamma, tf.div(tf.sub(wanted.shift, tf.mul(gamma, unit.shift)), perBeta));
}

function copyPerChannel(from: tfl.layers.Layer, to: tfl.layers.Layer, name: 'gamma' | 'beta'): boolean {
  const values = valuesOf(from, name);
  if (values === null || weightOf(to, name) === null) return false;
  writeWeight(to, name, values);
  return true;
}
