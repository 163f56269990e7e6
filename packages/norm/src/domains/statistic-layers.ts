// The batch normalizations of a model, this package's and TF.js's own, behind one interface.

import type * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { BatchNormState } from '../activations/batch-norm.ts';
import { isStockBatchNorm } from '../fold/stock-batch-norm.ts';
import { BatchNorm } from '../layers/batch-norm.ts';
import { ChannelNorm } from '../layers/channel-norm.ts';
import { hasRunningStatistics, type StatisticsAveraging } from '../layers/running-statistics.ts';
import { isFrozen } from '../layers/frozen.ts';
import { requireWeight } from '../layers/named-weight.ts';
import { layerCalls } from '../rebuild.ts';

/** A batch normalization in a model. */
export interface StatisticLayer {
  /** The layer's name; in a model inside the model, after that model's name and a slash. */
  readonly name: string;
  readonly layer: tfl.layers.Layer;
  /** Which axis of its input the channels are; −1 is the last. */
  readonly channelAxis: number;
  readonly epsilon: number;
  readonly averaging: StatisticsAveraging;
  /** Whether it is to leave its statistics alone in training. */
  readonly frozen: boolean;
  /** How often the model applies it. */
  readonly calls: number;
  /** The running statistics. To be called inside `tf.tidy`. */
  read(): BatchNormState;
  write(statistics: BatchNormState): void;
}

/** A layer and where it stands. */
export interface PlacedLayer {
  readonly name: string;
  readonly layer: tfl.layers.Layer;
}

/** Every call of a layer in `model`, each after those whose result it uses, with models inside it opened. */
export function leafCalls(model: tfl.LayersModel, prefix = ''): PlacedLayer[] {
  return layerCalls(model).flatMap(({ outboundLayer: layer }) => {
    const name = `${prefix}${layer.name}`;
    return layer instanceof tfl.LayersModel ? leafCalls(layer, `${name}/`) : [{ name, layer }];
  });
}

/** Every layer of `model` once, in the order of its first call, with models inside it opened. */
export const leafLayers = (model: tfl.LayersModel): PlacedLayer[] => {
  const seen = new Set<tfl.layers.Layer>();
  return leafCalls(model).filter(({ layer }) => !seen.has(layer) && seen.add(layer));
};

/** Whether a layer of this package averages batch statistics, of whatever kind, while it trains. */
export const averagesStatistics = (layer: tfl.layers.Layer): boolean =>
  hasRunningStatistics(layer) ||
  (layer instanceof ChannelNorm && layer.weights.some((weight) => isAverage(weight.originalName)));

const isAverage = (weightName: string): boolean => /(^|\/)(moving|running)[A-Z][^/]*$/.test(weightName);

/** The batch normalizations of `model`, each after those that its input depends on. */
export function statisticLayers(model: tfl.LayersModel): StatisticLayer[] {
  const calls = new Map<tfl.layers.Layer, number>();
  for (const { layer } of leafCalls(model)) calls.set(layer, (calls.get(layer) ?? 0) + 1);
  return leafLayers(model).flatMap(({ name, layer }): StatisticLayer[] => {
    const frozen = isFrozen(layer) || (layer instanceof BatchNorm && layer.freezeStatistics);
    const place = { name, layer, frozen, calls: calls.get(layer) ?? 0 };
    if (hasRunningStatistics(layer)) {
      return [
        {
          ...place,
          channelAxis: -1,
          epsilon: layer.epsilon,
          averaging: layer.averaging,
          read: () => layer.runningStatistics(),
          write: (statistics) => {
            layer.setRunningStatistics(statistics);
          },
        },
      ];
    }
    return isStockBatchNorm(layer) ? [{ ...place, ...stockStatistics(layer) }] : [];
  });
}

function stockStatistics(
  layer: tfl.layers.Layer,
): Omit<StatisticLayer, keyof PlacedLayer | 'frozen' | 'calls'> {
  const config = layer.getConfig() as { axis: number; epsilon: number; momentum: number };
  const mean = requireWeight(layer, 'moving_mean');
  const variance = requireWeight(layer, 'moving_variance');
  return {
    channelAxis: config.axis,
    epsilon: config.epsilon,
    averaging: { batchShare: 1 - config.momentum, variance: 'biased' },
    read: () => ({ mean: mean.read() as tf.Tensor1D, variance: variance.read() as tf.Tensor1D }),
    write: (statistics) => {
      mean.write(statistics.mean);
      variance.write(statistics.variance);
    },
  };
}
