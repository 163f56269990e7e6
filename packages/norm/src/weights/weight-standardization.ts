// Weight Standardization: every filter is centred and divided by its standard deviation; a norm layer follows it.
//
// Qiao, Wang, Liu, Shen, Yuille: "Micro-Batch Training with Batch-Channel Normalization and Weight Standardization",
// 2019, arXiv 1903.10520.
//
//   ŵ = (w − μ) / (s + ε)  or  (w − μ) / sqrt(s² + ε)     per filter: axes [0, 1, 2] of a kernel [kh, kw, Cin, Cout]
//
// Five published programs differ in the variance s² (over n or n − 1) and in ε; see `WeightStandardizationVariant`.

import * as tf from '@tensorflow/tfjs-core';
import { standardizeFilters } from '@plumbline/ops';
import { elementsAlong, type FilterLayout } from './filter-layout.ts';
import { KernelNormalizer, type KernelWeight } from './kernel-normalizer.ts';

/**
 * Which published program to agree with:
 * - `pytorch`: the authors' PyTorch code, unbiased variance, ε = 1e-5 added to the standard deviation (the default);
 * - `tensorflow`: the authors' TensorFlow snippet, biased variance, ε = 1e-5 added to the standard deviation;
 * - `bcn-imagenet`: the authors' Batch-Channel Normalization code for ImageNet, unbiased, ε = 1e-5 inside the root;
 * - `google`: Google's Big Transfer (`StdConv2d`), biased, ε = 1e-10 inside the root;
 * - `timm`: timm's `StdConv2d`, biased, ε = 1e-6 inside the root.
 */
export type WeightStandardizationVariant = 'pytorch' | 'tensorflow' | 'bcn-imagenet' | 'google' | 'timm';

interface Rule {
  readonly variance: 'biased' | 'unbiased';
  readonly epsilon: number;
  readonly epsilonPlacement: 'inside' | 'outside';
}

const rules: Readonly<Record<WeightStandardizationVariant, Rule>> = {
  pytorch: { variance: 'unbiased', epsilon: 1e-5, epsilonPlacement: 'outside' },
  tensorflow: { variance: 'biased', epsilon: 1e-5, epsilonPlacement: 'outside' },
  'bcn-imagenet': { variance: 'unbiased', epsilon: 1e-5, epsilonPlacement: 'inside' },
  google: { variance: 'biased', epsilon: 1e-10, epsilonPlacement: 'inside' },
  timm: { variance: 'biased', epsilon: 1e-6, epsilonPlacement: 'inside' },
};

export interface WeightStandardizationOptions {
  /** The published program to agree with. Default `pytorch`, the authors' own. */
  variant?: WeightStandardizationVariant;
  /** The axes of one filter. Default [0, 1, 2]. */
  axes?: readonly number[];
}

function ruleOf(variant: WeightStandardizationVariant): Rule {
  const rule: Rule | undefined = Object.hasOwn(rules, variant) ? rules[variant] : undefined;
  if (rule !== undefined) return rule;
  throw new Error(
    `Weight Standardization has no variant "${variant}": set its option variant to one of ` +
      `${Object.keys(rules).join(', ')}.`,
  );
}

/**
 * The standardized kernel, in the kernel's own shape: every filter has mean 0 and standard deviation about 1.
 *
 * @param kernel Any kernel; [kh, kw, Cin, Cout] with the default axes. The unbiased variants need two or more weights
 * per filter.
 */
export function weightStandardize<K extends tf.Tensor>(
  kernel: K,
  { variant = 'pytorch', axes = [0, 1, 2] }: WeightStandardizationOptions = {},
): K {
  const rule = ruleOf(variant);
  if (rule.variance === 'unbiased' && elementsAlong(kernel.shape, axes) < 2) {
    throw new Error(
      `Weight Standardization's variant "${variant}" divides by n − 1, but a filter of the kernel ` +
        `[${kernel.shape.join(', ')}] has a single weight: use more weights per filter, or no normalizer here.`,
    );
  }
  return standardizeFilters(kernel, null, { ...rule, axes });
}

export interface WeightStandardizationArgs {
  /** The published program to agree with. Default `pytorch`, the authors' own. */
  variant?: WeightStandardizationVariant;
}

/** Weight Standardization as a serializable part of a layer. It has no weights of its own. */
export class WeightStandardization extends KernelNormalizer {
  static className = 'WeightStandardization';
  readonly variant: WeightStandardizationVariant;

  constructor({ variant = 'pytorch' }: WeightStandardizationArgs = {}) {
    super();
    ruleOf(variant);
    this.variant = variant;
  }

  override weights(): KernelWeight[] {
    return [];
  }

  override normalize<K extends tf.Tensor>(
    kernel: K,
    _weights: readonly tf.Tensor[],
    layout: FilterLayout,
  ): K {
    return weightStandardize(kernel, { variant: this.variant, axes: layout.statisticAxes });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { variant: this.variant };
  }
}

tf.serialization.registerClass(WeightStandardization);
