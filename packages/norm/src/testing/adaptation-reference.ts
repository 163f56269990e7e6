// A small network with batch normalization, a domain for it, and what adaptation to that domain means, in float64.

import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { statisticLayers } from '../domains/statistic-layers.ts';
import { BatchNorm } from '../layers/batch-norm.ts';
import { largestDifference } from './golden.ts';

export const EPSILON = 1e-3;
const FEATURES = 4;

const normalized = (kind: 'ours' | 'stock', name: string): tfl.layers.Layer =>
  kind === 'ours'
    ? new BatchNorm({ name, epsilon: EPSILON, momentum: 0.3 })
    : tfl.layers.batchNormalization({ name, epsilon: EPSILON, momentum: 0.7 });

/** dense → batch norm → sigmoid, three times; the second normalization is TF.js's own, dropout stands in between. */
export function threeLayers(): tfl.LayersModel {
  const input = tfl.input({ shape: [3] });
  let x: tfl.SymbolicTensor = input;
  (['ours', 'stock', 'ours'] as const).forEach((kind, i) => {
    x = tfl.layers.dense({ name: `dense${i}`, units: FEATURES }).apply(x) as tfl.SymbolicTensor;
    x = normalized(kind, `bn${i}`).apply(x) as tfl.SymbolicTensor;
    x = tfl.layers.activation({ activation: 'sigmoid', name: `act${i}` }).apply(x) as tfl.SymbolicTensor;
    x = tfl.layers.dropout({ rate: 0.5, name: `drop${i}` }).apply(x) as tfl.SymbolicTensor;
  });
  const model = tfl.model({ inputs: input, outputs: x, name: 'net' });
  tf.tidy(() => {
    model.setWeights(
      model
        .getWeights()
        .map((w, i) => tf.randomUniform(w.shape, 0.2, i % 2 === 0 ? 2.2 : 1.2, 'float32', i + 1)),
    );
  });
  return model;
}

export type Rows = number[][];
export interface Moments {
  mean: number[];
  variance: number[];
}

export const momentsOf = (rows: Rows): Moments => {
  const channels = rows[0]?.map((_, c) => rows.map((row) => row[c] ?? NaN)) ?? [];
  const meanOf = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const mean = channels.map(meanOf);
  return { mean, variance: channels.map((v, c) => meanOf(v.map((x) => (x - (mean[c] ?? NaN)) ** 2))) };
};

const weightsOf = (model: tfl.LayersModel, layer: string): Rows =>
  model
    .getLayer(layer)
    .getWeights()
    .map((w) => Array.from(w.dataSync()));

export function dense(model: tfl.LayersModel, i: number, rows: Rows): Rows {
  const [kernel = [], bias = []] = weightsOf(model, `dense${i}`);
  return rows.map((row) =>
    bias.map((b, c) => row.reduce((sum, x, r) => sum + x * (kernel[r * FEATURES + c] ?? NaN), b)),
  );
}

function finish(model: tfl.LayersModel, i: number, rows: Rows, { mean, variance }: Moments): Rows {
  const [gamma = [], beta = []] = weightsOf(model, `bn${i}`);
  const value = (values: number[], c: number): number => values[c] ?? NaN;
  return rows.map((row) =>
    row.map((x, c) => {
      const z = (x - value(mean, c)) / Math.sqrt(value(variance, c) + EPSILON);
      return 1 / (1 + Math.exp(-(value(gamma, c) * z + value(beta, c))));
    }),
  );
}

const mixed = (old: Moments, found: Moments, alpha: number): Moments => {
  const mix = (a: number[], b: number[]): number[] =>
    a.map((v, c) => (1 - alpha) * v + alpha * (b[c] ?? NaN));
  return { mean: mix(old.mean, found.mean), variance: mix(old.variance, found.variance) };
};

export const oldOf = (model: tfl.LayersModel, i: number): Moments => {
  const [, , mean = [], variance = []] = weightsOf(model, `bn${i}`);
  return { mean, variance };
};

/** `exact` in float64: the statistics of every layer, from all rows at once. */
export function exactly(model: tfl.LayersModel, rows: Rows, alpha = 1): Moments[] {
  return [0, 1, 2].map((i) => {
    const inputs = dense(model, i, rows);
    const moments = mixed(oldOf(model, i), momentsOf(inputs), alpha);
    rows = finish(model, i, inputs, moments);
    return moments;
  });
}

/** `one-pass` in float64: behind the first layer everything has passed through its own batch's statistics. */
export function inOnePass(model: tfl.LayersModel, batches: Rows[]): Moments[] {
  return [0, 1, 2].map((i) => {
    const inputs = batches.map((rows) => dense(model, i, rows));
    batches = inputs.map((rows) => finish(model, i, rows, momentsOf(rows)));
    return momentsOf(inputs.flat());
  });
}

export const statisticsOf = (model: tfl.LayersModel): Moments[] =>
  statisticLayers(model).map(({ read }) => {
    const { mean, variance } = read();
    return { mean: Array.from(mean.dataSync()), variance: Array.from(variance.dataSync()) };
  });

export const difference = (a: Moments[], b: Moments[]): number => {
  const flat = (moments: Moments[]): number[] =>
    moments.flatMap(({ mean, variance }) => [...mean, ...variance]);
  return largestDifference(flat(a), flat(b));
};

/** Batches of 5, 3 and 2 samples, from different places. */
export const batchRows: Rows[] = [5, 3, 2].map((count, k) =>
  Array.from({ length: count }, (_, i) =>
    [0, 1, 2].map((c) => Math.sin(2.1 * i + 1.3 * c + 5 * k) + 0.6 * k),
  ),
);
