// What the tools for domains ask of a batch normalization: access to the running statistics it infers with.

import type * as tfl from '@tensorflow/tfjs-layers';
import type { BatchNormState } from '../activations/batch-norm.ts';

/** How a layer averages the statistics of its training batches. */
export interface StatisticsAveraging {
  /** The new batch's share in the average, from 0 to 1. */
  readonly batchShare: number;
  /** Which variance of the batch is averaged: divided by the count, or by one less. */
  readonly variance: 'biased' | 'unbiased';
}

/** A layer that normalizes by the batch in training and by a running mean and variance per channel in inference. */
export interface RunningStatistics extends tfl.layers.Layer {
  /** Added to the variance. */
  readonly epsilon: number;
  readonly averaging: StatisticsAveraging;
  /** What it infers with now, [C] each. To be called inside `tf.tidy`; the caller disposes nothing. */
  runningStatistics(): BatchNormState;
  /** Replaces what it infers with, in place. The caller keeps its tensors. */
  setRunningStatistics(statistics: BatchNormState): void;
}

export const hasRunningStatistics = (layer: tfl.layers.Layer): layer is RunningStatistics =>
  typeof (layer as Partial<RunningStatistics>).setRunningStatistics === 'function';
