/**
 * Batch normalization with the statistics of the batch, in one fused pass.
 *
 *   y = gamma · (x − mean) / sqrt(variance + epsilon) + beta,   mean and biased variance per channel over N, H, W
 *
 * Ioffe and Szegedy, 2015, arXiv 1502.03167. Backward, with g = dy · gamma and x̂ the normalized input:
 *
 *   dx = (g − mean(g) − x̂ · mean(g · x̂)) / sqrt(variance + epsilon),   dgamma = Σ dy · x̂,   dbeta = Σ dy
 */
import * as tf from '@tensorflow/tfjs-core';
import { requireEpsilon, requireFloat, requireLength, requireRank } from './checks.ts';
import { attributes, nativeBackend, type NativeBackend } from './native-backend.ts';
import { at, defineNativeKernel } from './native-kernel.ts';
import { portableNorm } from './portable-norm.ts';

export interface BatchNormTrainResult {
  y: tf.Tensor4D;
  /** [C] over N, H, W; carries no gradient. */
  mean: tf.Tensor1D;
  /** [C], biased (divided by N·H·W); carries no gradient. */
  variance: tf.Tensor1D;
}

/** Attributes of FusedBatchNormV3; its gradient takes the same without the averaging factor. */
const fusedNormAttributes = (native: NativeBackend, epsilon: number, training: boolean) => {
  const shared = {
    T: { type: 'float32' },
    U: { type: 'float32' },
    epsilon: { float: epsilon },
    data_format: 'NHWC',
    is_training: training,
  } as const;
  return {
    forward: attributes(native, { ...shared, exponential_avg_factor: { float: 1 } }),
    backward: attributes(native, shared),
  };
};

/** FusedBatchNormV3's six outputs by name. On a GPU `reserve2` is an inverse deviation, on a CPU a biased variance. */
export function fusedBatchNorm(
  native: NativeBackend,
  x: tf.Tensor,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  epsilon: number,
): { y: tf.Tensor; mean: tf.Tensor; unbiased: tf.Tensor; reserve: [tf.Tensor, tf.Tensor, tf.Tensor] } {
  const none = tf.tensor1d([], 'float32');
  const outputs = native.executeMultipleOutputs(
    'FusedBatchNormV3',
    fusedNormAttributes(native, epsilon, true).forward,
    [x, gamma, beta, none, none],
    6,
  );
  none.dispose();
  return {
    y: at(outputs, 0),
    mean: at(outputs, 1),
    unbiased: at(outputs, 2),
    reserve: [at(outputs, 3), at(outputs, 4), at(outputs, 5)],
  };
}

/** Gradients of {@link fusedBatchNorm}: x, gamma, beta. */
export function fusedBatchNormGradient(
  native: NativeBackend,
  dy: tf.Tensor,
  x: tf.Tensor,
  gamma: tf.Tensor,
  reserve: readonly tf.Tensor[],
  epsilon: number,
  training = true,
): [dx: tf.Tensor, dgamma: tf.Tensor, dbeta: tf.Tensor] {
  const outputs = native.executeMultipleOutputs(
    'FusedBatchNormGradV3',
    fusedNormAttributes(native, epsilon, training).backward,
    [dy, x, gamma, ...reserve],
    5,
  );
  at(outputs, 3).dispose();
  at(outputs, 4).dispose();
  return [at(outputs, 0), at(outputs, 1), at(outputs, 2)];
}

const nativeBatchNorm = defineNativeKernel<'x' | 'gamma' | 'beta', { epsilon: number }>({
  name: 'PlumblineBatchNormTrain',
  savedInputs: ['x', 'gamma'],
  savedOutputs: [false, false, false, true, true, true],
  forward: (native, { x, gamma, beta }, { epsilon }) => {
    const { y, mean, unbiased, reserve } = fusedBatchNorm(native, x, gamma, beta, epsilon);
    const count = x.size / gamma.size;
    const variance = tf.mul(unbiased, Math.max(count - 1, 1) / Math.max(count, 1));
    return [y, mean, variance, ...reserve];
  },
  gradient: (native, dys, [x, gamma, ...reserve], { epsilon }) => {
    if (x === undefined || gamma === undefined) throw new Error('PlumblineBatchNormTrain saved nothing.');
    const [dx, dgamma, dbeta] = fusedBatchNormGradient(native, at(dys, 0), x, gamma, reserve, epsilon);
    return { x: () => dx, gamma: () => dgamma, beta: () => dbeta };
  },
});

/** The same on plain TensorFlow.js operations. */
function portableBatchNorm(
  x: tf.Tensor4D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  epsilon: number,
): BatchNormTrainResult {
  const overSamples = (values: tf.Tensor): tf.Tensor =>
    tf.tile(tf.mean(values, 0, true), [values.shape[0] ?? 1, 1]);
  const { y, mean, variance } = portableNorm(x, gamma, beta, epsilon, overSamples);
  const first = (v: tf.Tensor): tf.Tensor1D => tf.reshape(tf.slice(v, [0, 0], [1, -1]), [-1]);
  return { y, mean: first(mean), variance: first(variance) };
}

/**
 * Normalizes `x` [N, H, W, C] by its own batch statistics, then scales by `gamma` [C] and shifts by `beta` [C]. Returns
 * the statistics too, for running averages; gradients flow through `y` only.
 *
 * @throws if a shape or type does not fit.
 */
export function batchNormTrain(
  x: tf.Tensor4D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  epsilon: number,
): BatchNormTrainResult {
  requireRank('batchNormTrain', 'x', x, 4, '[N, H, W, C]');
  requireFloat('batchNormTrain', 'x', x);
  requireLength('batchNormTrain', 'gamma', gamma, x.shape[3], 'one scale per channel of x');
  requireLength('batchNormTrain', 'beta', beta, x.shape[3], 'one shift per channel of x');
  requireEpsilon('batchNormTrain', epsilon);
  if (nativeBackend() === null) {
    return tf.tidy(
      () => portableBatchNorm(x, gamma, beta, epsilon) as unknown as tf.NamedTensorMap,
    ) as unknown as BatchNormTrainResult;
  }
  const [y, mean, variance, ...reserve] = nativeBatchNorm({ x, gamma, beta }, { epsilon });
  for (const tensor of reserve) tensor.dispose();
  return { y: y as tf.Tensor4D, mean: mean as tf.Tensor1D, variance: variance as tf.Tensor1D };
}
