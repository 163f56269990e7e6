// Moving Average Batch Normalization: no mean is subtracted (the weights are centred instead), and the second moment of x,
// like the statistic of the gradient in the backward pass, is averaged over several small batches.
//
// Yan, Wan, Zhang, Zhang, Wei, Sun: "Towards Stabilizing Batch Statistics in Backward Propagation of Batch Normalization",
// 2020, arXiv 2001.06838. The numbers here are those of the authors' programs.
//
//   v = average of mean(x²),  z = x / sqrt(v + ε),  y = γ · r · z + β       per channel: axes [0, 1, 2] of x [N, H, W, C]
//   r = clip(sqrt(v + ε) / sqrt(running + ε), 1/5, 5), then running ← m · running + (1 − m) · v
//
// The average is a moving one over a window of batches (`MovingAverageForm`). Backward, with g = dy · γ · r and r constant:
//
//   dx = (g − z · average of mean(g · z)) / sqrt(v + ε),   dγ = Σ dy · r · z,   dβ = Σ dy
//
// which is the derivative while the batch is used alone, and afterwards by definition is not. In inference
// y = γ · x / sqrt(running + ε) + β; where r is active and not clipped, training computes the very same.

import { constant } from '@plumbline/ops';
import * as tf from '@tensorflow/tfjs-core';
import { asPositions } from './as-positions.ts';
import type { BatchNormParameters } from './batch-norm.ts';
import {
  windowMoment,
  windowOf,
  type MovingAverageForm,
  type Window,
  type WindowMoment,
} from './moving-average-window.ts';

export interface MovingAverageState {
  /** Running second moment, [C]; 1 before the first batch. */
  secondMoment: tf.Tensor1D;
  /** Training steps made, a scalar. In float32 it is exact to 16.7 million. */
  step: tf.Scalar;
  /** Mean squares of the recent (sub-)batches, [bufferSize, C]; 0 at first. */
  secondMoments: tf.Tensor2D;
  /**
   * The same of the backward pass: mean(g · z). Read there, so it must live until then; its successor comes through
   * `onGradientMoments`.
   */
  gradientMoments: tf.Tensor2D;
}

export interface MovingAverageBatchNormOptions {
  /** Normalize by the window and advance the state, or normalize by the state and leave it. */
  training: boolean;
  /** Default `detection`. */
  form?: MovingAverageForm;
  /** Images of a sub-batch in the form `imagenet`. Default 2. */
  normalizationBatch?: number;
  /** Steps below which a batch is used alone. Default 100 (detection) or 0 (imagenet, which takes the first step alone). */
  warmup?: number;
  /** Steps up to which r = 1. Default 1000, or the warm-up where that is longer (detection), or 99 (imagenet). */
  renormalizationWarmup?: number;
  /** The share of the old running second moment. Default 0.98. */
  momentum?: number;
  /** Added to the second moment. Default 1e-5. */
  epsilon?: number;
  /**
   * Called in the backward pass with the gradient moments after it, which the caller must keep and give in the next
   * step's state. Not called where no gradient is computed.
   */
  onGradientMoments?: (gradientMoments: tf.Tensor2D) => void;
}

export const MOVING_AVERAGE_EPSILON = 1e-5;
export const MOVING_AVERAGE_MOMENTUM = 0.98;
export const MOVING_AVERAGE_BUFFER_SIZE = 16;
export const MOVING_AVERAGE_NORMALIZATION_BATCH = 2;
/** The bound of r and of 1 / r. */
const RENORMALIZATION_BOUND = 5;

/** The warm-ups of a form, with those that are given. */
export function movingAverageWarmups(
  form: MovingAverageForm,
  given: { warmup?: number | undefined; renormalizationWarmup?: number | undefined },
): { warmup: number; renormalizationWarmup: number } {
  const warmup = given.warmup ?? (form === 'detection' ? 100 : 0);
  const usual = form === 'detection' ? Math.max(1000, warmup) : 99;
  return { warmup, renormalizationWarmup: given.renormalizationWarmup ?? usual };
}

/**
 * Normalizes `x` [N, …, C] by a moving average of second moments, and returns with it the state after this batch (its
 * gradient moments are the old ones: see `onGradientMoments`), or the same state in inference. The size of the buffer is
 * that of the state's.
 *
 * @param name What an error calls this normalization. Default `Moving average batch normalization`.
 */
export function movingAverageBatchNorm<X extends tf.Tensor>(
  x: X,
  { gamma, beta }: BatchNormParameters,
  state: MovingAverageState,
  { training, form = 'detection', ...options }: MovingAverageBatchNormOptions,
  name = 'Moving average batch normalization',
): { y: X; state: MovingAverageState } {
  const { epsilon = MOVING_AVERAGE_EPSILON, momentum = MOVING_AVERAGE_MOMENTUM } = options;
  if (!training) {
    const y = tf.tidy(() => {
      const scale = tf.mul(gamma, tf.rsqrt(tf.add(state.secondMoment, epsilon)));
      return tf.add(tf.mul(x, scale), beta) as tf.Tensor as X;
    });
    return { y, state };
  }
  const bufferSize = state.secondMoments.shape[0];
  const { normalizationBatch = MOVING_AVERAGE_NORMALIZATION_BATCH } = options;
  if (form === 'imagenet' && x.shape[0] !== bufferSize * normalizationBatch) {
    throw new Error(
      `${name} in the form 'imagenet' got a batch of ${x.shape[0] ?? 1} in training, but takes ${bufferSize} sub-batches ` +
        `of ${normalizationBatch} images, ${bufferSize * normalizationBatch} in all: change the batch, bufferSize or ` +
        `normalizationBatch, drop the last short batch, or use the form 'detection'.`,
    );
  }
  const parts = form === 'imagenet' ? bufferSize : 1;
  const { warmup, renormalizationWarmup } = movingAverageWarmups(form, options);
  return tf.tidy(() => {
    let next = state;
    const y = asPositions(x, (positions) => {
      const grouped: tf.Tensor3D = tf.reshape(positions, [parts, -1, gamma.size]);
      const t: tf.Scalar = tf.add(state.step, 1);
      const moment = windowMoment(form, t, bufferSize, warmup);
      const rows = constant(() => {
        const own: tf.Tensor2D = tf.mean(tf.square(grouped), 1);
        const { averaged, buffer } = windowOf(form)(state.secondMoments, own, moment);
        return tf.concat([averaged, buffer]);
      });
      const averaged = tf.slice(rows, [0, 0], [parts, -1]);
      const overall = tf.mean(averaged, 0) as tf.Tensor1D;
      const running = keptOf(state.secondMoment, overall, form, t);
      next = {
        secondMoment: tf.add(tf.mul(running, momentum), tf.mul(overall, 1 - momentum)),
        step: t,
        secondMoments: tf.slice(rows, [parts, 0], [-1, -1]),
        gradientMoments: state.gradientMoments,
      };
      const inverse = tf.rsqrt(tf.add(averaged, epsilon));
      const ratio = tf.div(tf.rsqrt(tf.add(state.secondMoment, epsilon)), inverse);
      const clipped = tf.clipByValue(ratio, 1 / RENORMALIZATION_BOUND, RENORMALIZATION_BOUND);
      const r = tf.where(tf.lessEqual(t, renormalizationWarmup), tf.onesLike(clipped), clipped);
      return normalize(grouped, { gamma, beta }, { inverse, r, moment }, windowOf(form), {
        gradientMoments: state.gradientMoments,
        onGradientMoments: options.onGradientMoments,
      });
    });
    return { y, state: { ...next } };
  });
}

/** The running second moment to blend into: in the form `imagenet` the first step's own value replaces the initial 1. */
const keptOf = (
  running: tf.Tensor1D,
  overall: tf.Tensor1D,
  form: MovingAverageForm,
  t: tf.Scalar,
): tf.Tensor1D => (form === 'imagenet' ? tf.where(tf.less(t, 2), overall, running) : running);

interface GradientWindow {
  gradientMoments: tf.Tensor2D;
  onGradientMoments: ((gradientMoments: tf.Tensor2D) => void) | undefined;
}

/** γ · r · x · inverse + β for `x` [S, P, C] with one inverse and r [S, C] each, and the averaged gradient. */
function normalize(
  x: tf.Tensor3D,
  { gamma, beta }: BatchNormParameters,
  { inverse, r, moment }: { inverse: tf.Tensor; r: tf.Tensor; moment: WindowMoment },
  window: Window,
  { gradientMoments, onGradientMoments }: GradientWindow,
): tf.Tensor3D {
  const everywhere = (v: tf.Tensor): tf.Tensor => tf.expandDims(v, 1);
  const normalized = tf.customGrad((...args) => {
    const [input, scale, offset, save] = args as unknown as [
      tf.Tensor3D,
      tf.Tensor1D,
      tf.Tensor1D,
      tf.GradSaveFunc,
    ];
    const gain = tf.mul(r, inverse);
    save([input, scale, inverse, gain, moment.row, moment.alone]);
    const value: tf.Tensor3D = tf.add(tf.mul(input, everywhere(tf.mul(gain, scale))), offset);
    return {
      value,
      gradFunc: (dy: tf.Tensor3D, saved: tf.Tensor[]) => {
        const [map, scales, inverses, gains, row, alone] = saved as [
          tf.Tensor3D,
          tf.Tensor1D,
          tf.Tensor2D,
          tf.Tensor2D,
          tf.Tensor2D,
          tf.Scalar,
        ];
        // Σ dy · x holds both dγ and mean(g · z): g = dy · γ · r and z = x · inverse.
        const products = tf.mul(tf.sum(tf.mul(dy, map), 1), gains) as tf.Tensor2D;
        const own = tf.mul(products, tf.div(scales, map.shape[1])) as tf.Tensor2D;
        const { averaged, buffer } = window(gradientMoments, own, { row, alone });
        onGradientMoments?.(buffer);
        const direct = tf.mul(dy, everywhere(tf.mul(gains, scales)));
        const slope = tf.mul(averaged, tf.square(inverses));
        return [tf.sub(direct, tf.mul(map, everywhere(slope))), tf.sum(products, 0), tf.sum(dy, [0, 1])];
      },
    };
  });
  return normalized(x, gamma, beta);
}
