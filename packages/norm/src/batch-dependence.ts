// Whether a network in training sees a batch, or only images: whether the output for one of them depends on the others.

import type * as tfl from '@tensorflow/tfjs-layers';
import { leafLayers } from './domains/statistic-layers.ts';
import { isStockBatchNorm } from './fold/stock-batch-norm.ts';
import { BatchNorm } from './layers/batch-norm.ts';
import { infersByBatch, splitsDomains } from './layers/batch-statistics.ts';
import { isFrozen } from './layers/frozen.ts';

/** Whether `layer`, this package's or TF.js's own, takes statistics over the batch that it is trained with. */
const takesBatchStatistics = (layer: tfl.layers.Layer): boolean =>
  (infersByBatch(layer) || splitsDomains(layer) || isStockBatchNorm(layer)) &&
  !isFrozen(layer) &&
  !(layer instanceof BatchNorm && layer.freezeStatistics);

/**
 * Whether a layer of `model`, or of a model inside it, takes statistics over the batch in training. Without one, a gradient over
 * many images is the same in whatever batches they pass.
 */
export const normalizesByBatch = (model: tfl.LayersModel): boolean =>
  leafLayers(model).some(({ layer }) => takesBatchStatistics(layer));
