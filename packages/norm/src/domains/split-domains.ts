// Source and target in one training batch, normalized apart: the outputs of a pass per domain, for the price of one batch.

import type * as tfl from '@tensorflow/tfjs-layers';
import { isStockBatchNorm } from '../fold/stock-batch-norm.ts';
import { splitsDomains } from '../layers/batch-statistics.ts';
import { averagesStatistics, leafLayers } from './statistic-layers.ts';

/**
 * From now on, every layer of `model` with batch statistics takes the first `sourceCount` samples of a training batch to
 * be of the source and the others of the target, and normalizes both apart, as two passes would: its running statistics
 * advance by the source's and then by the target's, and a DomainSpecificBatchNorm takes them through the branches 0 and 1.
 * TransNorm gets it as its `sourceCount`. All other layers, and inference, stay as they are.
 *
 * It holds until it is set otherwise and is part of no file (TransNorm's is): a copy or a loaded model begins without it.
 * What a KalmanConv2D samples is drawn once for both domains, where two passes would draw twice.
 *
 * @param sourceCount Null: the whole batch together again, and TransNorm's halves.
 * @throws if it is no whole number from 1, or a layer cannot be split: MovingAverageBatchNorm, TF.js's own
 * batchNormalization. Nothing is changed then.
 */
export function splitDomains(model: tfl.LayersModel, sourceCount: number | null): void {
  if (sourceCount !== null && !(Number.isInteger(sourceCount) && sourceCount >= 1)) {
    throw new Error(
      `splitDomains got ${sourceCount} samples of the source: give a whole number from 1, or null to join the domains.`,
    );
  }
  const layers = leafLayers(model);
  const inseparable = layers.find(
    ({ layer }) => isStockBatchNorm(layer) || (averagesStatistics(layer) && !splitsDomains(layer)),
  );
  if (inseparable !== undefined && sourceCount !== null) {
    const { name, layer } = inseparable;
    throw new Error(
      `Layer "${name}" is a ${layer.getClassName()}, which cannot normalize the domains of a batch apart: ` +
        (isStockBatchNorm(layer)
          ? `convert the model with toDomainSpecific and domains 1 first.`
          : `train on joint batches, or with another normalization.`),
    );
  }
  for (const { layer } of layers) if (splitsDomains(layer)) layer.sourceCount = sourceCount;
}
