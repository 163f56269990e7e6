// Weight Normalization: a filter's length and its direction are learned apart. Filters are not centred.
//
// Salimans, Kingma: "Weight Normalization: A Simple Reparameterization to Accelerate Training of Deep Neural Networks",
// 2016, arXiv 1602.07868.
//
//   ŵ = g · v / ||v||      per filter: axes [0, 1, 2] of a kernel [kh, kw, Cin, Cout]
//   dv = g/||v|| · (dŵ − u · Σ(dŵ · u)),   dg = Σ(dŵ · u),   u = v / ||v||
//
// The authors begin with v from N(0, 0.05²) — pass it as the layer's `kernelInitializer` — and choose g and the bias from
// the outputs of a first batch; see `initializeFromData`.

import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { filterColumns, type FilterLayout } from './filter-layout.ts';
import {
  KernelNormalizer,
  type DataDependentStart,
  type KernelResponse,
  type KernelWeight,
} from './kernel-normalizer.ts';

export interface WeightNormalizationOptions {
  /** The axes of one filter, the leading ones. Default [0, 1, 2]. */
  axes?: readonly number[];
}

/** 1 / ||v|| per column, [1, filters]; 0 for a column of zeros. */
const inverseNorms = (v: tf.Tensor): tf.Tensor => {
  const norms = tf.sqrt(tf.sum(tf.square(v), 0, true));
  return tf.divNoNan(tf.onesLike(norms), norms);
};

const scaleToLength = tf.customGrad((...args) => {
  const [v, g, save] = args as unknown as [tf.Tensor2D, tf.Tensor1D, tf.GradSaveFunc];
  save([v, g]);
  return {
    value: tf.mul(v, tf.mul(inverseNorms(v), g)),
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [direction, length] = saved as [tf.Tensor2D, tf.Tensor1D];
      const inverse = inverseNorms(direction);
      const u = tf.mul(direction, inverse);
      const along = tf.sum(tf.mul(dy, u), 0, true);
      const dv = tf.mul(tf.sub(dy, tf.mul(u, along)), tf.mul(inverse, length));
      return [dv, tf.reshape(along, length.shape)];
    },
  };
});

/**
 * The kernel g · v / ||v||, in its own shape. A filter of zeros stays zero, and gets a gradient of zero.
 *
 * @param gamma g: one length per filter, or null for 1.
 */
export function weightNormalize<K extends tf.Tensor>(
  kernel: K,
  gamma: tf.Tensor1D | null,
  { axes = [0, 1, 2] }: WeightNormalizationOptions = {},
): K {
  return tf.tidy(() => {
    const columns = filterColumns(kernel, axes);
    const lengths = gamma ?? tf.ones<tf.Rank.R1>([columns.shape[1]]);
    return tf.reshape(scaleToLength(columns, lengths), kernel.shape) as K;
  });
}

/** Added to the variance of the outputs in the data-dependent initialization; the authors' value for convolutions. */
const DATA_EPSILON = 1e-8;

/** Weight Normalization as a serializable part of a layer. Its length g is the layer weight `gamma`, 1 at the start. */
export class WeightNormalization extends KernelNormalizer {
  static className = 'WeightNormalization';

  override weights(layout: FilterLayout): KernelWeight[] {
    return [{ name: 'gamma', shape: [layout.filterCount], initializer: tfl.initializers.ones() }];
  }

  override normalize<K extends tf.Tensor>(kernel: K, [gamma]: readonly tf.Tensor[], layout: FilterLayout): K {
    return weightNormalize(kernel, (gamma as tf.Tensor1D | undefined) ?? null, {
      axes: layout.statisticAxes,
    });
  }

  /**
   * Makes every output channel's mean 0 and variance 1 on the batch: g = 1 / sqrt(var + 1e-8), bias = −mean · g, with
   * mean and biased variance of the outputs at g = 1 without bias. Without a bias in the layer the mean stays.
   */
  override startFromData({ outputs }: KernelResponse, layout: FilterLayout): DataDependentStart {
    return tf.tidy((): tf.TensorContainer => {
      const y = tf.reshape(outputs([tf.ones([layout.filterCount])]), [-1, layout.filterCount]);
      const mean = tf.mean(y, 0);
      const variance = tf.mean(tf.square(tf.sub(y, mean)), 0);
      const g = tf.rsqrt(tf.add(variance, DATA_EPSILON));
      return { weights: [g], bias: tf.neg(tf.mul(mean, g)) };
    }) as unknown as DataDependentStart;
  }

  override getConfig(): tf.serialization.ConfigDict {
    return {};
  }
}

tf.serialization.registerClass(WeightNormalization);
