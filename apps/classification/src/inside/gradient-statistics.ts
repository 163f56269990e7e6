// How noisy the batch's statistics are, forwards and backwards, over batches of one size.
//
// Yan, Wan, Zhang, Zhang, Wei, Sun: "Towards Stabilizing Batch Statistics in Backward Propagation of Batch Normalization",
// ICLR 2020, arXiv:2001.06838. Batch normalization y = γ x̂ + β holds four statistics of the batch per channel: the mean and the
// variance of x in the forward pass, and in the backward pass, of the loss's gradient,
//
//   mean(dL/dy) = dL/dβ / m,     mean(dL/dy · x̂) = dL/dγ / m,     m = N · H · W
//
// so the latter two are found in the gradients of β and γ, in every layer that has them per channel, whatever it normalizes
// by. (The paper's are those of dL/dx̂ = γ dL/dy, whose noise relative to themselves is the same.) With L the sum of the images'
// losses, a larger batch does not make them smaller. Of a statistic s_b [C] of batch b, over the batches,
//
//   noise     = mean_c sd_b(s_b[c]) / sqrt(mean_b s_b[c]²)       from 0, where all batches agree, to about 1: pure noise
//   deviation = sqrt(mean_c var_b(s_b[c]))                       in the statistic's own unit, as the paper draws it
//   size      = sqrt(mean_c mean_b s_b[c]²)
//
// with unbiased deviations; channels whose statistic is always 0 have no noise. The first one stops at about 1, however small the
// batch; the deviation goes on growing, and is to be seen beside the size that the statistic has in large batches.

import { ChannelNorm, leafLayers, type PlacedLayer } from '@plumbline/norm';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { keptMoments, meanOf, readMoments, type KeptMoments } from './channel-moments.ts';
import { probeGradients, type LabelledBatch } from './gradient-probe.ts';

export const BATCH_STATISTICS = ['mean', 'variance', 'gradient', 'gradientProduct'] as const;

/** Mean and variance of the norm's input, mean(dL/dy) and mean(dL/dy · x̂). */
export type BatchStatistic = (typeof BATCH_STATISTICS)[number];

export interface StatisticNoise {
  /** NaN where no channel's statistic is other than 0. */
  readonly noise: number;
  readonly deviation: number;
  readonly size: number;
}

/** Of one normalization layer. */
export type LayerNoise = { readonly layer: string } & Readonly<Record<BatchStatistic, StatisticNoise>>;

export interface GradientStatistics {
  /** Images of a batch. */
  readonly batchSize: number;
  /** How many batches it is over. */
  readonly batches: number;
  /** Every trainable normalization with γ and β per channel, in the order of depth; none where the recipe has no such layers. */
  readonly layers: readonly LayerNoise[];
}

/** A layer and its weights γ and β, [C] each. */
type AffineNorm = PlacedLayer & { readonly gamma: tf.Variable; readonly beta: tf.Variable };

/**
 * The noise over `batches`, all of one size, in training mode. The model, which must give logits [N, K] alone, is left as it was.
 *
 * @throws if there are fewer than two batches, or they differ in size.
 */
export async function gradientStatistics(
  model: tfl.LayersModel,
  batches: readonly LabelledBatch[],
): Promise<GradientStatistics> {
  const sizes = [...new Set(batches.map(({ images }) => images.shape[0]))];
  const [batchSize] = sizes;
  if (batchSize === undefined || batches.length < 2 || sizes.length > 1) {
    throw new Error(
      `The noise of batch statistics was asked of ${batches.length} batches of ${sizes.join(' and ') || 'no'} images: give two or ` +
        `more batches of one size.`,
    );
  }
  const norms = affineNorms(model);
  const values = new Map(norms.map(({ layer }) => [layer, noValues()]));
  for (const batch of norms.length === 0 ? [] : batches) {
    for (const [layer, statistics] of await statisticsOf(model, norms, batch)) {
      for (const name of BATCH_STATISTICS) values.get(layer)?.[name].push(statistics[name]);
    }
  }
  const layers = norms.flatMap(({ name, layer }): LayerNoise[] => {
    const found = values.get(layer);
    if (found === undefined) return [];
    const { mean, variance, gradient, gradientProduct } = found;
    return [
      {
        layer: name,
        mean: noiseOver(mean),
        variance: noiseOver(variance),
        gradient: noiseOver(gradient),
        gradientProduct: noiseOver(gradientProduct),
      },
    ];
  });
  return { batchSize, batches: batches.length, layers };
}

type Values = Record<BatchStatistic, ArrayLike<number>[]>;

const noValues = (): Values => ({ mean: [], variance: [], gradient: [], gradientProduct: [] });

function affineNorms(model: tfl.LayersModel): AffineNorm[] {
  return leafLayers(model).flatMap(({ name, layer }): AffineNorm[] => {
    if (!(layer instanceof ChannelNorm)) return [];
    const weightOf = (own: string): tf.Variable | undefined =>
      layer.trainableWeights.find((weight) => weight.originalName.split('/').at(-1) === own)?.read() as
        tf.Variable | undefined;
    const [gamma, beta] = [weightOf('gamma'), weightOf('beta')];
    return gamma?.rank === 1 && beta?.rank === 1 ? [{ name, layer, gamma, beta }] : [];
  });
}

/** What one batch says at every norm, [C] each. */
async function statisticsOf(
  model: tfl.LayersModel,
  norms: readonly AffineNorm[],
  batch: LabelledBatch,
): Promise<Map<tfl.layers.Layer, Record<BatchStatistic, ArrayLike<number>>>> {
  const found = new Map<tfl.layers.Layer, Record<BatchStatistic, ArrayLike<number>>>();
  const seen = new Map<tfl.layers.Layer, KeptMoments & { readonly positions: number }>();
  const images = batch.images.shape[0];
  const watched = new Set<tfl.layers.Layer>(norms.map(({ layer }) => layer));
  const probed = probeGradients(model, [batch], (layer, x) => {
    if (!watched.has(layer)) return;
    const positions = x.size / (x.shape.at(-1) ?? 1) / images;
    seen.set(layer, { ...keptMoments(x), positions });
  });
  try {
    for (const { layer, gamma, beta } of norms) {
      const moments = seen.get(layer);
      if (moments === undefined) continue;
      const { means: mean, variances: variance } = await readMoments(moments);
      const { positions } = moments;
      const gradient = await perPosition(probed.byVariable, beta, positions);
      const gradientProduct = await perPosition(probed.byVariable, gamma, positions);
      found.set(layer, { mean, variance, gradient, gradientProduct });
    }
    return found;
  } finally {
    probed.dispose();
    for (const { mean, variance } of seen.values()) tf.dispose([mean, variance]);
  }
}

/**
 * The gradient of the sum of the losses over m = images · positions: the loss is their mean, so the images are divided out. Zeros
 * where the loss does not depend on the weight.
 */
async function perPosition(
  gradients: tf.NamedTensorMap,
  weight: tf.Variable,
  positions: number,
): Promise<Float64Array> {
  const gradient = await gradients[weight.name]?.data();
  return Float64Array.from(gradient ?? new Float64Array(weight.size), (value) => value / positions);
}

function noiseOver(batches: readonly ArrayLike<number>[]): StatisticNoise {
  const channels = Array.from({ length: batches[0]?.length ?? 0 }, (_, c) => {
    const values = batches.map((statistic) => statistic[c] ?? NaN);
    const mean = meanOf(values);
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    return { variance: squares / (values.length - 1), square: meanOf(values.map((value) => value ** 2)) };
  });
  const known = channels.filter(({ square }) => square !== 0);
  return {
    noise: meanOf(known.map(({ variance, square }) => Math.sqrt(variance / square))),
    deviation: Math.sqrt(meanOf(channels.map(({ variance }) => variance))),
    size: Math.sqrt(meanOf(channels.map(({ square }) => square))),
  };
}
