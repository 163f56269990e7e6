// A per-filter scale and offset around another normalizer, kept and not learned, so that a pretrained kernel that starts
// to be normalized still computes what it computed.
//
//   ŵ = keptScale · inner(w) + keptOffset     per filter: axes [0, 1, 2] of a kernel [kh, kw, Cin, Cout]
//
// As `ConvAWS2d` of mmcv and DetectoRS (Qiao, Chen, Yuille, 2020, arXiv 2006.02334) does for Weight Standardization, which
// keeps the standard deviation and the mean that a loaded filter has.

import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { filterColumns, type FilterLayout } from './filter-layout.ts';
import { KernelNormalizer, resolveKernelNormalizer, type KernelWeight } from './kernel-normalizer.ts';
import { serialize, type Serialized } from '../serialization.ts';

/** The kernel keptScale · inner + keptOffset, in the shape of `inner`, the normalized kernel; [filters] each. */
export function applyKeptAffine<K extends tf.Tensor>(
  inner: K,
  keptScale: tf.Tensor1D,
  keptOffset: tf.Tensor1D,
  { axes = [0, 1, 2] }: { axes?: readonly number[] } = {},
): K {
  return tf.tidy(() => {
    const columns = filterColumns(inner, axes);
    return tf.reshape(tf.add(tf.mul(columns, keptScale), keptOffset), inner.shape) as K;
  });
}

export interface KeptAffineValues {
  /** [filters]. The caller disposes it. */
  readonly keptScale: tf.Tensor1D;
  /** [filters]. The caller disposes it. */
  readonly keptOffset: tf.Tensor1D;
  /**
   * The largest deviation of the effective kernel from the raw one, over the largest weight of its filter: about 1e-6
   * where the normalizer is an affine map of each filter, as all of this package are.
   */
  readonly largestRelativeError: number;
}

/**
 * Scale and offset with which `keptScale · inner(kernel) + keptOffset` is the raw kernel again: per filter the least-squares
 * fit of the kernel on the normalized one. A constant filter gets scale 0 and its value as offset, and so stays what it is.
 *
 * @param innerWeights The weights of `inner` that will be used. Default: those it begins with.
 */
export function keptAffineFor(
  kernel: tf.Tensor,
  inner: KernelNormalizer,
  layout: FilterLayout,
  innerWeights?: readonly tf.Tensor[],
): KeptAffineValues {
  const fit = tf.tidy(() => {
    const weights =
      innerWeights ?? inner.weights(layout).map(({ initializer, shape }) => initializer.apply(shape));
    const raw = filterColumns(kernel, layout.statisticAxes);
    const normalized = filterColumns(inner.normalize(kernel, weights, layout), layout.statisticAxes);
    const [rawMean, mean] = [tf.mean(raw, 0), tf.mean(normalized, 0)];
    const centred = tf.sub(normalized, mean);
    const products = tf.sum(tf.mul(centred, tf.sub(raw, rawMean)), 0);
    const keptScale = tf.divNoNan(products, tf.sum(tf.square(centred), 0));
    const keptOffset = tf.sub(rawMean, tf.mul(keptScale, mean));
    const deviation = tf.abs(tf.sub(tf.add(tf.mul(normalized, keptScale), keptOffset), raw));
    const error = tf.max(tf.divNoNan(tf.max(deviation, 0), tf.max(tf.abs(raw), 0)));
    return { keptScale: keptScale as tf.Tensor1D, keptOffset: keptOffset as tf.Tensor1D, error };
  });
  const largestRelativeError = fit.error.dataSync()[0] ?? NaN;
  fit.error.dispose();
  return { keptScale: fit.keptScale, keptOffset: fit.keptOffset, largestRelativeError };
}

export interface KeptAffineArgs {
  /** The normalizer whose result is scaled and shifted. */
  inner: KernelNormalizer | Serialized;
}

/**
 * Another normalizer, followed by a scale and an offset per filter that are stored but not trained: the layer weights
 * `keptScale` and `keptOffset`, 1 and 0 at the start, after those of the inner normalizer. `keptAffineFor` computes the
 * values that keep a pretrained kernel's function.
 */
export class KeptAffine extends KernelNormalizer {
  static className = 'KeptAffine';
  readonly inner: KernelNormalizer;

  constructor({ inner }: KeptAffineArgs) {
    super();
    const resolved = resolveKernelNormalizer(inner, 'inner normalizer of a KeptAffine');
    if (resolved === null || resolved instanceof KeptAffine) {
      throw new Error(
        `KeptAffine got ${resolved === null ? 'no inner normalizer' : 'another KeptAffine as its inner normalizer'}: ` +
          `give it one such as WeightStandardization.`,
      );
    }
    this.inner = resolved;
  }

  override weights(layout: FilterLayout): KernelWeight[] {
    const shape = [layout.filterCount];
    const { ones, zeros } = tfl.initializers;
    return [
      ...this.inner.weights(layout),
      { name: 'keptScale', shape, initializer: ones(), trainable: false },
      { name: 'keptOffset', shape, initializer: zeros(), trainable: false },
    ];
  }

  override normalize<K extends tf.Tensor>(kernel: K, weights: readonly tf.Tensor[], layout: FilterLayout): K {
    const [keptScale, keptOffset] = weights.slice(-2) as [tf.Tensor1D, tf.Tensor1D];
    return tf.tidy(() => {
      const normalized = this.inner.normalize(kernel, weights.slice(0, -2), layout);
      return applyKeptAffine(normalized, keptScale, keptOffset, { axes: layout.statisticAxes });
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { inner: serialize(this.inner) };
  }
}

tf.serialization.registerClass(KeptAffine);
