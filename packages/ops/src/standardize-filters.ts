/**
 * Standardizes every filter of a kernel by its own mean and variance.
 *
 *   y = gain · (w − mean) / S,   mean and variance per filter over the leading `axes`, n weights each
 *   S = sqrt(variance + epsilon)  (epsilon 'inside')   or   sqrt(variance) + epsilon  ('outside')
 *
 * Qiao et al., Weight Standardization, 2019, arXiv 1903.10520 (variance 'unbiased', epsilon 'outside'); with other
 * gains and epsilons the same form is WeightAlign, parametric and scaled weight standardization.
 * Backward, with c = w − mean, h = gain · dy, k = n/(n−1) for the unbiased variance and 1 for the biased:
 *
 *   dw = (h − mean(h)) / S − c · (k/n) Σ(h·c) / (S² R),   dgain = Σ dy · c / S,   R = S 'inside', sqrt(variance) 'outside'
 */
import * as tf from '@tensorflow/tfjs-core';
import { fusedBatchNorm, fusedBatchNormGradient } from './batch-norm-train.ts';
import { requireEpsilon, requireFloat, requireLength } from './checks.ts';
import { nativeBackend } from './native-backend.ts';
import { at, defineNativeKernel } from './native-kernel.ts';
import { pixelMeans } from './pixel-means.ts';

export interface StandardizeFiltersOptions {
  /** Added to the variance or to the deviation. Usually 1e-5; with 0, the rounding errors of a constant filter count. */
  epsilon: number;
  /** The axes of one filter: the leading ones. Default all but the last, [0, 1, 2] for an HWIO kernel. */
  axes?: readonly number[];
  /** Divide by n ('biased', default) or n − 1. */
  variance?: 'biased' | 'unbiased';
  /** Under the root ('inside', default) or added to the deviation. */
  epsilonPlacement?: 'inside' | 'outside';
}

// A batch norm over the kernel seen as [1, n, 1, filters] is exactly this, in one pass each way.
const nativeStandardize = defineNativeKernel<'kernel' | 'gain', { epsilon: number }>({
  name: 'PlumblineStandardizeFilters',
  savedInputs: ['kernel', 'gain'],
  savedOutputs: [false, true, true, true],
  forward: (native, { kernel, gain }, { epsilon }) => {
    const { y, reserve } = fusedBatchNorm(native, kernel, gain, tf.zerosLike(gain), epsilon);
    return [y, ...reserve];
  },
  gradient: (native, dys, [kernel, gain, ...reserve], { epsilon }) => {
    if (kernel === undefined || gain === undefined)
      throw new Error('PlumblineStandardizeFilters saved nothing.');
    const [dkernel, dgain, dbeta] = fusedBatchNormGradient(
      native,
      at(dys, 0),
      kernel,
      gain,
      reserve,
      epsilon,
    );
    dbeta.dispose();
    return { kernel: () => dkernel, gain: () => dgain };
  },
});

/** The closed form on plain TensorFlow.js operations; `w` [n, filters], `gain` [filters]. */
function closedForm(
  w: tf.Tensor2D,
  gain: tf.Tensor1D,
  epsilon: number,
  besselFactor: number,
  inside: boolean,
): tf.Tensor2D {
  const [n, filters] = w.shape;
  const mean = (x: tf.Tensor): tf.Tensor => pixelMeans(tf.reshape(x, [1, n, 1, filters]));
  const statistics = (x: tf.Tensor): { c: tf.Tensor; S: tf.Tensor; R: tf.Tensor } => {
    const c = tf.sub(x, mean(x));
    const variance = tf.mul(mean(tf.square(c)), besselFactor);
    const R = tf.sqrt(inside ? tf.add(variance, epsilon) : variance);
    return { c, S: inside ? R : tf.add(R, epsilon), R };
  };
  const f = tf.customGrad((...args) => {
    const [x, g, save] = args as unknown as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const { c, S } = statistics(x);
    save([x, g]);
    return {
      value: tf.mul(c, tf.divNoNan(tf.reshape(g, [1, -1]), S)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const { c: again, S: deviation, R } = statistics(at(saved, 0));
        // Divisions are per filter, where they are cheap; the kernel itself is only multiplied and subtracted.
        const inverse = tf.divNoNan(tf.ones([1, 1]), deviation);
        const scale = tf.mul(inverse, at(saved, 1));
        const products = mean(tf.mul(dy, again));
        const slope = tf.divNoNan(tf.mul(products, at(saved, 1)), tf.mul(tf.square(deviation), R));
        const direct = tf.mul(tf.sub(dy, mean(dy)), scale);
        return [
          tf.sub(direct, tf.mul(again, tf.mul(slope, besselFactor))),
          tf.reshape(tf.mul(products, tf.mul(inverse, n)), [-1]),
        ];
      },
    };
  });
  return f(w, gain) as tf.Tensor2D;
}

/** Below this cuDNN may replace epsilon by its own minimum. */
const smallestGpuEpsilon = 1e-5;

/**
 * Standardizes `kernel` filter by filter and multiplies filter i by `gain[i]` (null: by 1). Works for HWIO kernels
 * (axes [0, 1, 2]), depthwise ones [kh, kw, C, multiplier] (axes [0, 1], gain of C·multiplier) and dense ones [in, out]
 * (axes [0]). Differentiable in the kernel and the gain; a constant filter gives zeros and a finite gradient.
 *
 * @throws if a filter has a single weight (its standardized value is always 0), if the axes are not the leading ones, or
 * if a shape or type does not fit.
 */
export function standardizeFilters<T extends tf.Tensor>(
  kernel: T,
  gain: tf.Tensor1D | null,
  { epsilon, axes, variance = 'biased', epsilonPlacement = 'inside' }: StandardizeFiltersOptions,
): T {
  requireFloat('standardizeFilters', 'kernel', kernel);
  requireEpsilon('standardizeFilters', epsilon);
  const filterRank = axes?.length ?? kernel.rank - 1;
  if (filterRank < 1 || filterRank >= kernel.rank || axes?.some((axis, i) => axis !== i) === true) {
    throw new Error(
      `standardizeFilters: got axes [${(axes ?? []).join(', ')}] for a kernel of shape [${kernel.shape.join(', ')}]; wanted the leading axes of one filter, such as [0, 1, 2] for HWIO.`,
    );
  }
  const n = kernel.shape.slice(0, filterRank).reduce((a, b) => a * b, 1);
  const filters = kernel.size / n;
  if (n < 2) {
    throw new Error(
      `standardizeFilters: got a kernel of shape [${kernel.shape.join(', ')}] whose filters have one weight each; standardized they are all 0, so leave this kernel as it is.`,
    );
  }
  if (gain !== null) {
    requireFloat('standardizeFilters', 'gain', gain);
    requireLength('standardizeFilters', 'gain', gain, filters, 'one factor per filter');
  }
  const inside = epsilonPlacement === 'inside';
  const besselFactor = variance === 'unbiased' ? n / (n - 1) : 1;
  // sqrt(k v + ε) = sqrt(k) · sqrt(v + ε/k): the unbiased form is the biased one with another epsilon and gain.
  const biasedEpsilon = epsilon / besselFactor;
  const native = nativeBackend();
  const fused =
    native !== null &&
    inside &&
    biasedEpsilon > 0 &&
    (!native.isUsingGpuDevice || biasedEpsilon >= smallestGpuEpsilon);
  return tf.tidy(() => {
    const scale = gain ?? tf.ones<tf.Rank.R1>([filters]);
    if (!fused) {
      const flat = tf.reshape(kernel, [n, filters]) as tf.Tensor2D;
      return tf.reshape(closedForm(flat, scale, epsilon, besselFactor, inside), kernel.shape) as T;
    }
    const biasedGain = besselFactor === 1 ? scale : tf.mul(scale, 1 / Math.sqrt(besselFactor));
    const outputs = nativeStandardize(
      { kernel: tf.reshape(kernel, [1, n, 1, filters]), gain: biasedGain },
      { epsilon: biasedEpsilon },
    );
    return tf.reshape(at(outputs, 0), kernel.shape) as T;
  });
}
