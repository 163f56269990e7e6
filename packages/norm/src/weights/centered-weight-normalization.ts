// Centered Weight Normalization: every filter is centred and given unit length, times a factor.
//
// Huang, Liu, Liu, Lang, Tao: "Centered Weight Normalization in Accelerating Training of Deep Neural Networks",
// ICCV 2017.
//
//   ŵ = s · (w − μ) / (||w − μ|| + ε)     per filter: axes [0, 1, 2] of a kernel [kh, kw, Cin, Cout]
//
// The authors' two programs differ in s and ε; see `CenteredWeightNormalizationVariant`. With ε = 0 and s = sqrt(2) this is
// WeightAlign without its scale.

import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { standardizeFilters } from '@plumbline/ops';
import { elementsAlong, type FilterLayout } from './filter-layout.ts';
import { KernelNormalizer, type KernelWeight } from './kernel-normalizer.ts';

/**
 * Which of the authors' programs to agree with:
 * - `pytorch`: ε = 1e-5 and s = 1.414, the later one. The default: it is finite for a constant filter, and its s keeps
 *   the scale of a ReLU network's signal where no normalization of activations follows;
 * - `lua`: the formula alone, ε = 0 and s = 1, as the Torch code of the paper ends up. (That code also centres the stored
 *   weights at each step, which changes no output.)
 */
export type CenteredWeightNormalizationVariant = 'pytorch' | 'lua';

const rules: Readonly<
  Record<CenteredWeightNormalizationVariant, { readonly epsilon: number; readonly scale: number }>
> = {
  pytorch: { epsilon: 1e-5, scale: 1.414 },
  lua: { epsilon: 0, scale: 1 },
};

function ruleOf(variant: CenteredWeightNormalizationVariant): { epsilon: number; scale: number } {
  if (Object.hasOwn(rules, variant)) return rules[variant];
  throw new Error(
    `Centered Weight Normalization has no variant "${variant}": set its option variant to one of ` +
      `${Object.keys(rules).join(', ')}.`,
  );
}

export interface CenteredWeightNormalizationOptions {
  /** The program to agree with. Default `pytorch`. */
  variant?: CenteredWeightNormalizationVariant;
  /** The axes of one filter. Default [0, 1, 2]. */
  axes?: readonly number[];
}

/**
 * The kernel s · (w − μ) / (||w − μ|| + ε), in its own shape.
 *
 * @param gamma s: one value per filter, or null for the variant's own.
 */
export function centeredWeightNormalize<K extends tf.Tensor>(
  kernel: K,
  gamma: tf.Tensor1D | null,
  { variant = 'pytorch', axes = [0, 1, 2] }: CenteredWeightNormalizationOptions = {},
): K {
  const rule = ruleOf(variant);
  return tf.tidy(() => {
    const n = elementsAlong(kernel.shape, axes);
    // ||w − μ|| = sqrt(n) · σ, so the same holds as σ + ε/sqrt(n) with the factor s/sqrt(n).
    const lengths = gamma ?? tf.fill<tf.Rank.R1>([kernel.size / n], rule.scale);
    const gain: tf.Tensor1D = tf.mul(lengths, 1 / Math.sqrt(n));
    return standardizeFilters(kernel, gain, {
      epsilon: rule.epsilon / Math.sqrt(n),
      epsilonPlacement: 'outside',
      axes,
    });
  });
}

export interface CenteredWeightNormalizationArgs {
  /** The program to agree with. Default `pytorch`. */
  variant?: CenteredWeightNormalizationVariant;
  /** Whether s is learned, one per filter, in the weight `gamma` that begins as the variant's s. Default false. */
  adjustScale?: boolean;
}

/** Centered Weight Normalization as a serializable part of a layer. */
export class CenteredWeightNormalization extends KernelNormalizer {
  static className = 'CenteredWeightNormalization';
  readonly variant: CenteredWeightNormalizationVariant;
  readonly adjustScale: boolean;

  constructor({ variant = 'pytorch', adjustScale = false }: CenteredWeightNormalizationArgs = {}) {
    super();
    ruleOf(variant);
    this.variant = variant;
    this.adjustScale = adjustScale;
  }

  override weights(layout: FilterLayout): KernelWeight[] {
    if (!this.adjustScale) return [];
    const initializer = tfl.initializers.constant({ value: ruleOf(this.variant).scale });
    return [{ name: 'gamma', shape: [layout.filterCount], initializer }];
  }

  override normalize<K extends tf.Tensor>(kernel: K, [gamma]: readonly tf.Tensor[], layout: FilterLayout): K {
    return centeredWeightNormalize(kernel, (gamma as tf.Tensor1D | undefined) ?? null, {
      variant: this.variant,
      axes: layout.statisticAxes,
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { variant: this.variant, adjustScale: this.adjustScale };
  }
}

tf.serialization.registerClass(CenteredWeightNormalization);
