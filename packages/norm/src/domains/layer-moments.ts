// The statistics of a model's batch normalizations on their way between device and host.

import * as tf from '@tensorflow/tfjs-core';
import type { BatchNormState } from '../activations/batch-norm.ts';
import type { ChannelMoments } from './pooled-moments.ts';
import type { StatisticLayer } from './statistic-layers.ts';

/** A batch's moments at one layer. Kept: whoever takes the observation disposes them, or `collect` does. */
export interface Observation {
  readonly layer: StatisticLayer;
  /** Values per channel. */
  readonly count: number;
  /** [C] each, the variance biased. */
  readonly moments: BatchNormState;
}

/** The moments of `x`, an input of `layer`. */
export function observe(layer: StatisticLayer, x: tf.Tensor): Observation {
  const channelAxis = layer.channelAxis < 0 ? layer.channelAxis + x.rank : layer.channelAxis;
  const axes = x.shape.map((_, axis) => axis).filter((axis) => axis !== channelAxis);
  const { mean, variance } = tf.tidy(() => tf.moments(x, axes));
  return {
    layer,
    count: x.size / (x.shape[channelAxis] ?? 1),
    moments: { mean: tf.keep(mean as tf.Tensor1D), variance: tf.keep(variance as tf.Tensor1D) },
  };
}

/** Reads the observed moments, hands them to `take`, and disposes them. */
export async function collect(
  observed: readonly Observation[],
  take: (layer: StatisticLayer, moments: ChannelMoments, count: number) => void,
): Promise<void> {
  try {
    for (const { layer, moments, count } of observed) take(layer, await onHost(moments), count);
  } finally {
    discard(observed);
  }
}

export const discard = (observed: readonly Observation[]): void => {
  for (const { moments } of observed) tf.dispose([moments.mean, moments.variance]);
};

async function onHost({ mean, variance }: BatchNormState): Promise<ChannelMoments> {
  return { mean: await mean.data(), variance: await variance.data() };
}

/** The running statistics of `layer`. */
export async function readStatistics(layer: StatisticLayer): Promise<ChannelMoments> {
  const [mean, variance] = tf.tidy(() => {
    const statistics = layer.read();
    return [tf.clone(statistics.mean), tf.clone(statistics.variance)];
  }) as [tf.Tensor1D, tf.Tensor1D];
  const moments = await onHost({ mean, variance });
  tf.dispose([mean, variance]);
  return moments;
}

/** Makes `moments` the running statistics of `layer`. */
export function writeStatistics(layer: StatisticLayer, { mean, variance }: ChannelMoments): void {
  tf.tidy(() => {
    layer.write({
      mean: tf.tensor1d(Float32Array.from(mean)),
      variance: tf.tensor1d(Float32Array.from(variance)),
    });
  });
}

/** (1 − share) · old + share · found. */
export function mix(old: ChannelMoments, found: ChannelMoments, share: number): ChannelMoments {
  const blend = (a: ArrayLike<number>, b: ArrayLike<number>): number[] =>
    Array.from(a, (value, c) => (1 - share) * value + share * (b[c] ?? NaN));
  return { mean: blend(old.mean, found.mean), variance: blend(old.variance, found.variance) };
}

/** The same with `found` on the device. To be called inside `tf.tidy`. */
export function mixOnDevice(old: ChannelMoments, found: BatchNormState, share: number): BatchNormState {
  const blend = (a: ArrayLike<number>, b: tf.Tensor1D): tf.Tensor1D =>
    tf.add(tf.mul(tf.tensor1d(Float32Array.from(a)), 1 - share), tf.mul(b, share));
  return { mean: blend(old.mean, found.mean), variance: blend(old.variance, found.variance) };
}

/** How far a layer's statistics moved. Both are root mean squares over the channels, and 0 where nothing changed. */
export interface StatisticShift {
  /** Of the mean, in the old standard deviations. */
  readonly mean: number;
  /** Of the natural logarithm of the variance. */
  readonly variance: number;
}

/** The way from the moments `old` to `now`; `epsilon` is added to the variances. */
export function shiftOf(old: ChannelMoments, now: ChannelMoments, epsilon: number): StatisticShift {
  const rootMeanSquare = (term: (channel: number) => number): number =>
    Math.sqrt(Array.from(old.mean, (_, c) => term(c) ** 2).reduce((a, b) => a + b, 0) / old.mean.length);
  const value = (values: ArrayLike<number>, c: number): number => values[c] ?? NaN;
  return {
    mean: rootMeanSquare(
      (c) => (value(now.mean, c) - value(old.mean, c)) / Math.sqrt(value(old.variance, c) + epsilon),
    ),
    variance: rootMeanSquare((c) =>
      Math.log((value(now.variance, c) + epsilon) / (value(old.variance, c) + epsilon)),
    ),
  };
}
