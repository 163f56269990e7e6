// The layer around `syncBatchNorm`, and how the layers of a model are told which processes they train with.

import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { BatchNormState } from '../activations/batch-norm.ts';
import { syncBatchNorm } from '../activations/sync-batch-norm.ts';
import { oneProcess, type StatisticsCommunicator } from '../communicator.ts';
import { BatchNorm, type BatchNormArgs } from './batch-norm.ts';
import { nameInUse, type BatchUse } from './batch-statistics.ts';

/** The options of `BatchNorm`; which processes share their statistics is the property `communicator`. */
export type SyncBatchNormArgs = BatchNormArgs;

/**
 * Batch Normalization over x [N, …, C] whose training statistics are those of all processes' batches together. Options
 * and weights are those of `BatchNorm`; `movingMean` and `movingVariance` stay equal on every process.
 *
 * Until `communicator` is set, by hand or with `useCommunicator`, the process is taken to be alone and the layer is
 * `BatchNorm`. A process belongs to no file: the communicator is not part of the configuration and must be set again
 * after loading. Every process must run the same layers in the same order, forward and backward.
 */
export class SyncBatchNorm extends BatchNorm {
  static override className = 'SyncBatchNorm';
  /** The processes to share statistics with. Default: this one alone. */
  communicator: StatisticsCommunicator = oneProcess;

  protected override normalized(x: tf.Tensor, use: BatchUse): { y: tf.Tensor; state: BatchNormState } {
    const { epsilon, momentum, convention, communicator } = this;
    return syncBatchNorm(
      x,
      this.parameters(),
      this.runningStatistics(),
      { training: use.byBatch, epsilon, momentum, convention, communicator },
      nameInUse(this, use),
    );
  }
}

tf.serialization.registerClass(SyncBatchNorm);

/**
 * Has every `SyncBatchNorm` of `model`, models inside it included, share its statistics through `communicator`.
 * Returns how many layers there are.
 */
export function useCommunicator(model: tfl.LayersModel, communicator: StatisticsCommunicator): number {
  let count = 0;
  for (const layer of model.layers) {
    if (layer instanceof tfl.LayersModel) count += useCommunicator(layer, communicator);
    if (!(layer instanceof SyncBatchNorm)) continue;
    layer.communicator = communicator;
    count += 1;
  }
  return count;
}
