// Weight centring: the mean of every filter is taken away, and nothing else. Moving Average Batch Normalization, which
// does not centre the activations, is meant for such kernels.
//
// Yan, Wan, Zhang, Zhang, Wei, Sun: "Towards Stabilizing Batch Statistics in Backward Propagation of Batch
// Normalization", ICLR 2020, arXiv 2001.06838.
//
//   ŵ = w − μ        per filter: axes [0, 1, 2] of a kernel [kh, kw, Cin, Cout]
//   dw = dŵ − mean(dŵ)

import * as tf from '@tensorflow/tfjs-core';
import { filterColumns, type FilterLayout } from './filter-layout.ts';
import { KernelNormalizer, type KernelWeight } from './kernel-normalizer.ts';

export interface WeightCentringOptions {
  /** The axes of one filter, the leading ones. Default [0, 1, 2]. */
  axes?: readonly number[];
}

const centreColumns = tf.customGrad((...args) => {
  const [columns] = args as unknown as [tf.Tensor2D];
  return {
    value: tf.sub(columns, tf.mean(columns, 0)),
    gradFunc: (dy: tf.Tensor) => tf.sub(dy, tf.mean(dy, 0)),
  };
});

/** The centred kernel w − μ, in the kernel's own shape: every filter sums to 0. */
export function centreWeights<K extends tf.Tensor>(
  kernel: K,
  { axes = [0, 1, 2] }: WeightCentringOptions = {},
): K {
  return tf.tidy(() => tf.reshape(centreColumns(filterColumns(kernel, axes)), kernel.shape) as K);
}

/** Weight centring as a serializable part of a layer. It has no weights and no options. */
export class WeightCentring extends KernelNormalizer {
  static className = 'WeightCentring';

  override weights(): KernelWeight[] {
    return [];
  }

  override normalize<K extends tf.Tensor>(
    kernel: K,
    _weights: readonly tf.Tensor[],
    layout: FilterLayout,
  ): K {
    return centreWeights(kernel, { axes: layout.statisticAxes });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return {};
  }
}

tf.serialization.registerClass(WeightCentring);
