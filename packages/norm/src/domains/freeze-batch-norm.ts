// Frozen batch normalization: training goes on with the statistics as they are, which makes small batches and batches
// of mixed domains harmless.

import type * as tfl from '@tensorflow/tfjs-layers';
import { isStockBatchNorm } from '../fold/stock-batch-norm.ts';
import { BatchNorm } from '../layers/batch-norm.ts';
import { averagesStatistics, leafLayers, type PlacedLayer } from './statistic-layers.ts';

export interface FreezeBatchNormOptions {
  /** Whether γ and β are frozen with the statistics (default), or go on learning. */
  affine?: boolean;
  /** Which of these layers are frozen, by name. Default: all. */
  include?: (name: string) => boolean;
}

/**
 * Freezes every layer of `model` that averages batch statistics, or those of `include`: in training too it normalizes by
 * its averages, and leaves them alone. With `affine` its γ and β are frozen as well (`trainable` is set to false);
 * without, only the statistics are (`freezeStatistics` is set to true), which BatchNorm and DomainSpecificBatchNorm can.
 *
 * @returns The names of the frozen layers; empty if the model has none.
 * @throws on a TF.js batchNormalization, and on a layer that cannot freeze its statistics alone. Nothing is changed then.
 */
export function freezeBatchNorm(
  model: tfl.LayersModel,
  { affine = true, include = () => true }: FreezeBatchNormOptions = {},
): string[] {
  const layers = leafLayers(model).filter(({ name }) => include(name));
  const named = (chosen: readonly PlacedLayer[]): string => chosen.map(({ name }) => `"${name}"`).join(', ');
  // TF.js 4.22 normalizes by the batch and moves the averages whenever it is called with training: true.
  const stock = layers.filter(({ layer }) => isStockBatchNorm(layer));
  if (stock.length > 0) {
    throw new Error(
      `TF.js's own batchNormalization cannot be frozen, and model "${model.name}" has it in ${named(stock)}: in ` +
        `training it normalizes by the batch and moves its averages, whatever trainable says. Convert the model with ` +
        `toDomainSpecific and domains 1 first.`,
    );
  }
  const averaging = layers.filter(({ layer }) => averagesStatistics(layer));
  const inseparable = averaging.filter(({ layer }) => !(layer instanceof BatchNorm));
  if (!affine && inseparable.length > 0) {
    throw new Error(
      `Model "${model.name}" has layers whose statistics cannot be frozen without γ and β, ${named(inseparable)}: ` +
        `set affine to true.`,
    );
  }
  for (const { layer } of averaging) {
    if (affine) layer.trainable = false;
    else if (layer instanceof BatchNorm) layer.freezeStatistics = true;
  }
  return averaging.map(({ name }) => name);
}
