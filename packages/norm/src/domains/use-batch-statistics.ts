// Inference by the batch's own statistics, for adaptation while the network is in use.
//
// Nado, Padhy, Sculley, D'Amour, Lakshminarayanan, Snoek: "Evaluating Prediction-Time Batch Normalization for Robustness
// under Covariate Shift", 2020, arXiv 2006.10963; Wang, Shelhamer, Liu, Olshausen, Darrell: "Tent: Fully Test-Time
// Adaptation by Entropy Minimization", 2020, arXiv 2006.10726, which trains γ and β through it.

import type * as tfl from '@tensorflow/tfjs-layers';
import { isStockBatchNorm } from '../fold/stock-batch-norm.ts';
import { infersByBatch } from '../layers/batch-statistics.ts';
import { averagesStatistics, leafLayers } from './statistic-layers.ts';

/**
 * From now on, every layer of `model` with batch statistics normalizes by the batch in inference too, or with `on` false
 * by its running statistics again. These stay as they are, also where the layer is frozen; the gradient passes through
 * the batch's. BatchRenorm, MovingAverageBatchNorm and BatchChannelNorm go by the batch alone, without what they blend
 * it with in training. Training, and all other layers, stay as they are.
 *
 * It holds until it is set otherwise and is part of no file: a copy, a loaded or folded model infers by running statistics.
 *
 * @returns The names of the layers; empty where no layer has batch statistics, so that nothing is different.
 * @throws on a layer that cannot infer by the batch: TransNorm, whose inference compares two domains, and TF.js's own
 * batchNormalization. Nothing is changed then.
 */
export function useBatchStatistics(model: tfl.LayersModel, on: boolean): string[] {
  const layers = leafLayers(model).filter(
    ({ layer }) => averagesStatistics(layer) || isStockBatchNorm(layer),
  );
  const unable = layers.find(({ layer }) => !infersByBatch(layer));
  if (unable !== undefined && on) {
    const { name, layer } = unable;
    throw new Error(
      `Layer "${name}" is a ${layer.getClassName()}, which cannot infer by the statistics of the batch: ` +
        (isStockBatchNorm(layer)
          ? `convert the model with toDomainSpecific and domains 1 first.`
          : `use batch normalization in its place.`),
    );
  }
  return layers.flatMap(({ layer, name }) => {
    if (!infersByBatch(layer)) return [];
    layer.inferByBatch = on;
    return [name];
  });
}
