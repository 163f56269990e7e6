/**
 * Standardizes every filter of a kernel by its own mean and variance.
 *
 *   y = gain · (w − mean) / S,   mean and variance v per filter over the leading `axes`, n weights each
 *   S = sqrt(v + epsilon)  ('inside'),   sqrt(v) + epsilon  ('outside')   or   sqrt(max(v, epsilon))  ('floor')
 *
 * Qiao et al., Weight Standardization, 2019, arXiv 1903.10520 (variance 'unbiased', epsilon 'outside'); with other
 * gains and epsilons the same form is WeightAlign, parametric and scaled weight standardization.
 * Backward, with c = w − mean, h = gain · dy and S' = dS/dv of the biased variance v:
 *
 *   dw = (h − mean(h)) / S − c · 2 S' Σ(h·c) / (n S²),   dgain = Σ dy · c / S
 */
import * as tf from '@tensorflow/tfjs-core';
import { fusedBatchNorm, fusedBatchNormGradient } from './batch-norm-train.ts';
import { requireEpsilon, requireFloat, requireLength } from './checks.ts';
import { divisorOf, divisorSlope, type EpsilonPlacement, type FilterDivisor } from './filter-divisor.ts';
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
  /** Under the root ('inside', default), added to the deviation, or the least value under the root ('floor'). */
  epsilonPlacement?: EpsilonPlacement;
}

// A batch norm that sees a kernel's weights as pixels and its filters as channels is exactly this, in one pass each way.
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

/** Stands for the curvature of a divisor that does not bend at all, where 1/Q below is 0. */
const STRAIGHT = 1e30;

// The same for any other divisor. Forward, batch norm divides by D = sqrt(v + e) with an e of its own, and a factor per filter
// makes S of D. Backward, batch norm's gradient with a scale g' and a variance Q − e of our choice is
//
//   g' / sqrt(Q) · (dy − mean(dy) − c · Σ(dy·c) / (n Q)),
//
// which with Q = S / 2S' and g' = gain · sqrt(Q) / S is the one above, in one pass.
const nativeStandardizeBy = defineNativeKernel<
  'kernel' | 'gain',
  { divisor: FilterDivisor; epsilon: number }
>({
  name: 'PlumblineStandardizeFiltersBy',
  savedInputs: ['kernel', 'gain'],
  savedOutputs: [false, true, true, true, true],
  forward: (native, { kernel, gain }, { divisor, epsilon }) => {
    const { y, mean, unbiased, reserve } = fusedBatchNorm(native, kernel, gain, tf.zerosLike(gain), epsilon);
    const n = kernel.size / gain.size;
    const variance = tf.mul(unbiased, (n - 1) / n);
    const S = divisorOf(variance, divisor);
    const factor = tf.divNoNan(tf.sqrt(tf.add(variance, epsilon)), S);
    return [tf.mul(y, factor), mean, variance, S, reserve[2]];
  },
  gradient: (native, dys, [kernel, gain, mean, variance, S, reserve], { divisor, epsilon }) => {
    if (!kernel || !gain || !mean || !variance || !S || !reserve) {
      throw new Error('PlumblineStandardizeFiltersBy saved nothing.');
    }
    const { dkernel, dgain } = tf.tidy(() => {
      const slope = divisorSlope(variance, S, divisor);
      // Neither 0, for a constant filter, nor infinite, on the floor.
      const Q = tf.clipByValue(tf.div(S, tf.add(tf.mul(slope, 2), 1 / STRAIGHT)), epsilon, STRAIGHT);
      const rescale = tf.divNoNan(tf.sqrt(Q), S);
      // What a GPU keeps in the variance's place is the inverse deviation.
      const bend = native.isUsingGpuDevice ? tf.rsqrt(Q) : tf.sub(Q, epsilon);
      const [dkernel, dscale] = fusedBatchNormGradient(
        native,
        at(dys, 0),
        kernel,
        tf.mul(gain, rescale),
        [mean, bend, reserve],
        epsilon,
      );
      return { dkernel, dgain: tf.mul(dscale, rescale) };
    });
    return { kernel: () => dkernel, gain: () => dgain };
  },
});

/** The closed form on plain TensorFlow.js operations; `w` [n, filters], `gain` [filters]. */
function closedForm(w: tf.Tensor2D, gain: tf.Tensor1D, divisor: FilterDivisor): tf.Tensor2D {
  const [n, filters] = w.shape;
  const mean = (x: tf.Tensor): tf.Tensor => pixelMeans(tf.reshape(x, [1, n, 1, filters]));
  const statistics = (x: tf.Tensor): { c: tf.Tensor; variance: tf.Tensor; S: tf.Tensor } => {
    const c = tf.sub(x, mean(x));
    const variance = mean(tf.square(c));
    return { c, variance, S: divisorOf(variance, divisor) };
  };
  const f = tf.customGrad((...args) => {
    const [x, g, save] = args as unknown as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const { c, S } = statistics(x);
    save([x, g]);
    return {
      value: tf.mul(c, tf.divNoNan(tf.reshape(g, [1, -1]), S)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const { c: again, variance, S: deviation } = statistics(at(saved, 0));
        // Divisions are per filter, where they are cheap; the kernel itself is only multiplied and subtracted.
        const inverse = tf.divNoNan(tf.ones([1, 1]), deviation);
        const scale = tf.mul(inverse, at(saved, 1));
        const products = mean(tf.mul(dy, again));
        const bend = tf.mul(tf.mul(divisorSlope(variance, deviation, divisor), inverse), 2);
        const direct = tf.mul(tf.sub(dy, mean(dy)), scale);
        return [
          tf.sub(direct, tf.mul(again, tf.mul(tf.mul(products, scale), bend))),
          tf.reshape(tf.mul(products, tf.mul(inverse, n)), [-1]),
        ];
      },
    };
  });
  return f(w, gain) as tf.Tensor2D;
}

/** Below this cuDNN may replace epsilon by its own minimum. */
const smallestGpuEpsilon = 1e-5;
/** The epsilon given to a batch norm whose division is put right afterwards. */
const smallestCpuEpsilon = 1e-12;

/** By one batch norm where it can divide by exactly this, else by one that is put right. */
function standardizeNatively(
  kernel: tf.Tensor,
  gain: tf.Tensor1D,
  divisor: FilterDivisor,
  smallestEpsilon: number,
): tf.Tensor[] {
  const { placement, epsilon, besselFactor } = divisor;
  // sqrt(k v + ε) = sqrt(k) · sqrt(v + ε/k): the unbiased form is the biased one with another epsilon and gain.
  const biasedEpsilon = epsilon / besselFactor;
  if (placement !== 'inside' || biasedEpsilon < smallestEpsilon) {
    return nativeStandardizeBy({ kernel, gain }, { divisor, epsilon: smallestEpsilon });
  }
  const biasedGain = besselFactor === 1 ? gain : tf.mul(gain, 1 / Math.sqrt(besselFactor));
  return nativeStandardize({ kernel, gain: biasedGain }, { epsilon: biasedEpsilon });
}

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
  const divisor: FilterDivisor = {
    placement: epsilonPlacement,
    epsilon,
    besselFactor: variance === 'unbiased' ? n / (n - 1) : 1,
  };
  return tf.tidy(() => {
    const scale = gain ?? tf.ones<tf.Rank.R1>([filters]);
    const native = nativeBackend();
    if (native === null) {
      const flat = tf.reshape(kernel, [n, filters]) as tf.Tensor2D;
      return tf.reshape(closedForm(flat, scale, divisor), kernel.shape) as T;
    }
    const asMap = kernel.rank === 4 && filterRank === 3;
    const map = asMap ? kernel : tf.reshape(kernel, [1, n, 1, filters]);
    const smallest = native.isUsingGpuDevice ? smallestGpuEpsilon : smallestCpuEpsilon;
    const y = at(standardizeNatively(map, scale, divisor, smallest), 0);
    return (asMap ? y : tf.reshape(y, kernel.shape)) as T;
  });
}
