// What a normalization asks of the other processes of a data-parallel run: sums.

import type * as tf from '@tensorflow/tfjs-core';

/** Sums tensors over all processes that train together. A communicator of a training loop fits as it is. */
export interface StatisticsCommunicator {
  /** How many processes train together. */
  readonly size: number;
  /**
   * The sum over all processes of each tensor, in the same order. Every process must call it equally often, with the
   * same shapes. It owns what it is given: return it or dispose it.
   */
  allReduceSum(tensors: tf.Tensor[]): tf.Tensor[];
}

/** One process alone: every sum over processes is the process's own value. */
export const oneProcess: StatisticsCommunicator = { size: 1, allReduceSum: (tensors) => tensors };
