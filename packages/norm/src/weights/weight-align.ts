// WeightAlign: every filter is centred and divided by its *scaled* standard deviation, so that a ReLU network keeps
// its signal's scale without looking at any sample.
//
// Shi, Li, Liu, van Gemert: "WeightAlign: Normalizing Activations by Weight Alignment", 2020, arXiv 2010.07160.
//
//   ŵ = γ · (w − μ) / sqrt(n/2 · σ² + ε)     per filter: axes [0, 1, 2] of a kernel [kh, kw, Cin, Cout]
//
// μ and σ² are the filter's mean and biased variance, n the number of weights in it; the 2 is He's factor for ReLU.
// At ε = 0 a filter sums to 0 and its squares to 2γ². The paper has no public code: the per-filter γ, the biased variance
// and the place of ε (inside the root, on the scaled variance, so that it means the same at every layer size) are
// this package's reading of it.

import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { standardizeFilters } from '@plumbline/ops';
import { elementsAlong, type FilterLayout } from './filter-layout.ts';
import { KernelNormalizer, type KernelWeight } from './kernel-normalizer.ts';
import { oneOf } from '../one-of.ts';

export interface WeightAlignOptions {
  /** Added to n/2 · σ², inside the root. Default 1e-5, a relative 1e-5 at He's initialization; 0 is allowed. */
  epsilon?: number;
  /** The axes of one filter. Default [0, 1, 2]. */
  axes?: readonly number[];
}

export const WEIGHT_ALIGN_EPSILON = 1e-5;

/**
 * The aligned kernel: γ · (w − μ) / sqrt(n/2 · σ² + ε) per filter, in the kernel's own shape.
 *
 * @param kernel Any kernel; [kh, kw, Cin, Cout] with the default axes.
 * @param gamma The scale: one value per filter ([filters]), one for all of them (a scalar), or null for 1.
 */
export function weightAlign<K extends tf.Tensor>(
  kernel: K,
  gamma: tf.Tensor1D | tf.Scalar | null,
  { epsilon = WEIGHT_ALIGN_EPSILON, axes = [0, 1, 2] }: WeightAlignOptions = {},
): K {
  return tf.tidy(() => {
    const size = elementsAlong(kernel.shape, axes);
    const scale = Math.sqrt(2 / size);
    // sqrt(n/2 · σ² + ε) = sqrt(n/2) · sqrt(σ² + 2ε/n): the constant goes into the gain, so one fused op remains.
    const gain: tf.Tensor1D =
      gamma?.rank === 1
        ? tf.mul(gamma as tf.Tensor1D, scale)
        : tf.mul(tf.fill([kernel.size / size], scale), gamma ?? 1);
    return standardizeFilters(kernel, gain, { epsilon: (2 * epsilon) / size, axes });
  });
}

export interface WeightAlignArgs {
  /** Added to n/2 · σ², inside the root. Default 1e-5. */
  epsilon?: number;
  /** The learned scale γ: one per filter (default), one per layer, or none (γ = 1). */
  scale?: 'filter' | 'layer' | 'none';
}

/** WeightAlign as a serializable part of a layer. Its scale γ is the layer weight `gamma`, 1 at the start. */
export class WeightAlign extends KernelNormalizer {
  static className = 'WeightAlign';
  readonly epsilon: number;
  readonly scale: 'filter' | 'layer' | 'none';

  constructor({ epsilon = WEIGHT_ALIGN_EPSILON, scale = 'filter' }: WeightAlignArgs = {}) {
    super();
    this.epsilon = epsilon;
    this.scale = oneOf('WeightAlign', 'scale', scale, ['filter', 'layer', 'none']);
    if (!(epsilon >= 0 && Number.isFinite(epsilon))) {
      throw new Error(`WeightAlign got epsilon ${epsilon}: use a finite number ≥ 0, such as 1e-5.`);
    }
  }

  override weights(layout: FilterLayout): KernelWeight[] {
    if (this.scale === 'none') return [];
    const shape = this.scale === 'filter' ? [layout.filterCount] : [];
    return [{ name: 'gamma', shape, initializer: tfl.initializers.ones() }];
  }

  override normalize<K extends tf.Tensor>(kernel: K, [gamma]: readonly tf.Tensor[], layout: FilterLayout): K {
    return weightAlign(kernel, (gamma as tf.Tensor1D | tf.Scalar | undefined) ?? null, {
      epsilon: this.epsilon,
      axes: layout.statisticAxes,
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { epsilon: this.epsilon, scale: this.scale };
  }
}

tf.serialization.registerClass(WeightAlign);
