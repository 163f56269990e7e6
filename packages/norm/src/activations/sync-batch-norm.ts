// Synchronized Batch Normalization: the statistics are those of the joined batch of all processes that train together.
//
// Peng, Xiao, Li, Jiang, Zhang, Jia, Yu, Sun: "MegDet: A Large Mini-Batch Object Detector", 2017, arXiv 1711.07240.
//
//   y = γ · (x − μ) / sqrt(σ² + ε) + β     per channel: over N, H, W of x [N, H, W, C] and over all processes, σ² biased
//
// Forward sums the counts and x first and the centred squares second, which stays precise far from zero where a
// difference of E[x²] and μ² would not. Backward, with g = dy · γ, x̂ the normalized input, n the joint count and the sums
// over all processes:
//
//   dx = (g − Σ g / n − x̂ · Σ (g · x̂) / n) / sqrt(σ² + ε)
//
// dγ = Σ dy · x̂ and dβ = Σ dy stay sums over this process's own batch: γ and β are ordinary parameters, and the gradients
// of those are summed over the processes by the training loop. Summed here too, they would count every process twice.

import { constants } from '@plumbline/ops';
import * as tf from '@tensorflow/tfjs-core';
import { oneProcess, type StatisticsCommunicator } from '../communicator.ts';
import {
  batchNorm,
  batchNormDefaults,
  type BatchNormOptions,
  type BatchNormParameters,
  type BatchNormState,
} from './batch-norm.ts';

export interface SyncBatchNormOptions extends BatchNormOptions {
  /** The processes to share statistics with. Default: this one alone, which is `batchNorm`. */
  communicator?: StatisticsCommunicator;
}

/** All values of a channel in one column: [N · P, C]. */
const rowsOf = (x: tf.Tensor): tf.Tensor2D => tf.reshape(x, [-1, x.shape[x.rank - 1] ?? 1]);

/**
 * Batch-normalizes `x` [N, …, C] by the statistics of all processes' batches, which may differ in size. Returns the
 * state after this batch, the same on every process. Three reductions a training step: two forward and one backward.
 *
 * @param name What an error calls this normalization. Default `Synchronized batch normalization`.
 */
export function syncBatchNorm<X extends tf.Tensor>(
  x: X,
  parameters: BatchNormParameters,
  state: BatchNormState,
  { communicator = oneProcess, ...options }: SyncBatchNormOptions,
  name = 'Synchronized batch normalization',
): { y: X; state: BatchNormState } {
  if (!options.training || communicator.size === 1) return batchNorm(x, parameters, state, options, name);
  const { convention = 'pytorch' } = options;
  const { epsilon, momentum } = { ...batchNormDefaults[convention], ...options };
  return tf.tidy(() => {
    const rows = rowsOf(x);
    const [mean, variance, count] = jointStatistics(rows, communicator);
    const y = normalize(rows, parameters, { mean, variance, count }, epsilon, communicator);
    const share = convention === 'pytorch' ? momentum : 1 - momentum;
    const averaged = convention === 'pytorch' ? tf.mul(variance, tf.div(count, tf.sub(count, 1))) : variance;
    const next = {
      mean: tf.add(tf.mul(state.mean, 1 - share), tf.mul(mean, share)) as tf.Tensor1D,
      variance: tf.add(tf.mul(state.variance, 1 - share), tf.mul(averaged, share)) as tf.Tensor1D,
    };
    return { y: tf.reshape(y, x.shape) as tf.Tensor as X, state: { ...next } };
  });
}

/** Mean, biased variance and number of values of every channel over all processes; [C] each. */
function jointStatistics(
  rows: tf.Tensor2D,
  communicator: StatisticsCommunicator,
): [mean: tf.Tensor1D, variance: tf.Tensor1D, count: tf.Tensor1D] {
  const [size, channels] = rows.shape;
  return constants<tf.Tensor1D>(() => {
    const [count, sum] = communicator.allReduceSum([tf.fill([channels], size), tf.sum(rows, 0)]);
    const mean = tf.div(present(sum), present(count));
    const [squares] = communicator.allReduceSum([tf.sum(tf.squaredDifference(rows, mean), 0)]);
    return [mean, tf.div(present(squares), present(count)), present(count)];
  }) as [tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
}

function normalize(
  rows: tf.Tensor2D,
  { gamma, beta }: BatchNormParameters,
  { mean, variance, count }: BatchNormState & { count: tf.Tensor1D },
  epsilon: number,
  communicator: StatisticsCommunicator,
): tf.Tensor2D {
  const inverse = tf.rsqrt(tf.add(variance, epsilon));
  const normalized = tf.customGrad((...args) => {
    const [input, scale, offset, save] = args as unknown as [
      tf.Tensor2D,
      tf.Tensor1D,
      tf.Tensor1D,
      tf.GradSaveFunc,
    ];
    save([input, scale, mean, inverse, count]);
    return {
      value: tf.add(tf.mul(tf.sub(input, mean), tf.mul(inverse, scale)), offset),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [x, gain, centre, deviation, n] = saved as [
          tf.Tensor,
          tf.Tensor,
          tf.Tensor,
          tf.Tensor,
          tf.Tensor,
        ];
        const xhat = tf.mul(tf.sub(x, centre), deviation);
        const [ofOnes, ofXhat] = [tf.sum(dy, 0), tf.sum(tf.mul(dy, xhat), 0)];
        // γ is the same on every process, so the sums of g are γ times those of dy.
        const joint = communicator.allReduceSum([tf.clone(ofOnes), tf.clone(ofXhat)]);
        const level = tf.div(present(joint[0]), n);
        const slope = tf.mul(xhat, tf.div(present(joint[1]), n));
        const dx = tf.mul(tf.sub(tf.sub(dy, level), slope), tf.mul(gain, deviation));
        return [dx, ofXhat, ofOnes];
      },
    };
  });
  return normalized(rows, gamma, beta) as tf.Tensor2D;
}

function present(tensor: tf.Tensor | undefined): tf.Tensor {
  if (tensor !== undefined) return tensor;
  throw new Error(
    'A communicator returned fewer sums than it was given tensors: return one for each, in order.',
  );
}
