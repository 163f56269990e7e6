// What the training loop asks of the other processes of a data-parallel run.

import type * as tf from '@tensorflow/tfjs-core';

export interface Communicator {
  /** This process's number, from 0. Only process 0 writes the run folder. */
  readonly rank: number;
  /** How many processes train together. */
  readonly size: number;
  /** The sum over all processes of each tensor, in the same order. It owns what it is given: return it or dispose it. */
  allReduceSum(tensors: tf.Tensor[]): tf.Tensor[];
}

/** One process alone: every sum over processes is the process's own value. */
export const single: Communicator = { rank: 0, size: 1, allReduceSum: (tensors) => tensors };
