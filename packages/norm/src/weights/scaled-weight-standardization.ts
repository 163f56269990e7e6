// Scaled Weight Standardization: Weight Standardization divided by sqrt(fan-in), with a learned gain, for networks
// without normalization of activations (NF-ResNets, NFNets).
//
// Brock, De, Smith: "Characterizing signal propagation to close the performance gap in unnormalized ResNets", 2021,
// arXiv 2101.08692; Brock, De, Smith, Simonyan: "High-Performance Large-Scale Image Recognition Without Normalization",
// 2021, arXiv 2102.06171.
//
//   ŵ = gain · (w − μ) / sqrt(max(n · σ², ε))       `haiku`, ε = 1e-4     per filter: axes [0, 1, 2] of [kh, kw, Cin, Cout]
//   ŵ = gain · (w − μ) / (sqrt(n) · sqrt(σ² + ε))   `timm`,  ε = 1e-6
//
// μ and σ² are the filter's mean and biased variance, n its number of weights. The authors' convolutions have a bias.

import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { standardizeFilters } from '@plumbline/ops';
import { elementsAlong, type FilterLayout } from './filter-layout.ts';
import { KernelNormalizer, type KernelWeight } from './kernel-normalizer.ts';

/**
 * What NFNets multiply a ReLU's output by, so that unit normal inputs give unit variance; the authors' measured value,
 * beside the closed form sqrt(2 / (1 − 1/π)) = 1.7129.
 */
export const NFNET_RELU_GAIN = 1.7139588594436646;

/**
 * Which program to agree with: the authors' Haiku code, where ε is the least value under the root (the default), or timm's
 * `ScaledStdConv2d`, where it is added to the variance.
 */
export type ScaledWeightStandardizationVariant = 'haiku' | 'timm';

export interface ScaledWeightStandardizationOptions {
  /** Default `haiku`. */
  variant?: ScaledWeightStandardizationVariant;
  /** A factor for the whole kernel. Default 1. */
  factor?: number;
  /** The axes of one filter. Default [0, 1, 2]. */
  axes?: readonly number[];
}

function requireVariant(variant: string): void {
  if (variant === 'haiku' || variant === 'timm') return;
  throw new Error(
    `Scaled Weight Standardization has no variant "${variant}": set its option variant to one of haiku, timm.`,
  );
}

/**
 * The standardized kernel, in its own shape: the squares of a filter sum to (gain · factor)² up to ε.
 *
 * @param gamma The gain: one value per filter, or null for 1.
 */
export function scaledWeightStandardize<K extends tf.Tensor>(
  kernel: K,
  gamma: tf.Tensor1D | null,
  { variant = 'haiku', factor = 1, axes = [0, 1, 2] }: ScaledWeightStandardizationOptions = {},
): K {
  requireVariant(variant);
  return tf.tidy(() => {
    const n = elementsAlong(kernel.shape, axes);
    const scale = factor / Math.sqrt(n);
    const gain: tf.Tensor1D =
      gamma === null ? tf.fill<tf.Rank.R1>([kernel.size / n], scale) : tf.mul(gamma, scale);
    return variant === 'timm'
      ? standardizeFilters(kernel, gain, { epsilon: 1e-6, axes })
      : standardizeFilters(kernel, gain, { epsilon: 1e-4 / n, epsilonPlacement: 'floor', axes });
  });
}

export interface ScaledWeightStandardizationArgs {
  /** Default `haiku`. */
  variant?: ScaledWeightStandardizationVariant;
  /**
   * A factor for the kernel that stands for NFNet's factor after each ReLU: true for `NFNET_RELU_GAIN`, or a number for
   * another non-linearity. Default false: multiply the activations, as the authors do.
   */
  reluGain?: boolean | number;
}

/** Scaled Weight Standardization as a serializable part of a layer. Its gain is the layer weight `gamma`, 1 at the start. */
export class ScaledWeightStandardization extends KernelNormalizer {
  static className = 'ScaledWeightStandardization';
  readonly variant: ScaledWeightStandardizationVariant;
  readonly reluGain: boolean | number;

  constructor({ variant = 'haiku', reluGain = false }: ScaledWeightStandardizationArgs = {}) {
    super();
    requireVariant(variant);
    if (typeof reluGain === 'number' && !(reluGain > 0 && reluGain < Infinity)) {
      throw new Error(
        `Scaled Weight Standardization got reluGain ${reluGain}: use a positive number, true for ReLU's, or false.`,
      );
    }
    this.variant = variant;
    this.reluGain = reluGain;
  }

  override weights(layout: FilterLayout): KernelWeight[] {
    return [{ name: 'gamma', shape: [layout.filterCount], initializer: tfl.initializers.ones() }];
  }

  override normalize<K extends tf.Tensor>(kernel: K, [gamma]: readonly tf.Tensor[], layout: FilterLayout): K {
    const { variant, reluGain } = this;
    return scaledWeightStandardize(kernel, (gamma as tf.Tensor1D | undefined) ?? null, {
      variant,
      factor: typeof reluGain === 'number' ? reluGain : reluGain ? NFNET_RELU_GAIN : 1,
      axes: layout.statisticAxes,
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { variant: this.variant, reluGain: this.reluGain };
  }
}

tf.serialization.registerClass(ScaledWeightStandardization);
