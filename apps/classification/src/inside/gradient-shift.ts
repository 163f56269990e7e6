// The shift of the average gradient, and what it leaves in the weights.
//
// Liu, Ge, Li and Gui 2021 ("Delving into Variance Transmission and Normalization: Shift of Average Gradient Makes the
// Network Collapse", AAAI 2021, arXiv:2103.11590) find that the gradient of a filter has a mean that is not zero, so that
// training moves the filter's mean; since what a rectifier hands on is not negative, that mean makes the variance of what the
// filter gives out grow, layer by layer. The formulas are our reading of it, by which recipes compare. Per filter, over axes
// [0, 1, 2] of a kernel [kh, kw, Cin, Cout],
//
//   gradient = |mean(g)| / sqrt(mean(g²))        g: the gradient of the raw kernel
//   weights  = |mean(ŵ)| / std(ŵ)                ŵ: the effective kernel, normalized where the recipe does so
//
// and of a layer the mean over its filters. Both do not change with the scale of g or w. The first is 1 where all weights of a
// filter are pulled alike, and about sqrt(2/π) / sqrt(n) where n weights are pulled at random. Recipes that centre filters
// have 0 in both.

import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { meanOf } from './channel-moments.ts';
import type { ProbedGradients } from './gradient-probe.ts';
import { effectiveKernel, filterColumns, kernelsOf } from './kernels.ts';

export interface GradientShift {
  /** The convolution's name. */
  readonly layer: string;
  /** From 0 to 1; NaN where no filter has a gradient. Filters without one do not count. */
  readonly gradient: number;
  /** From 0; NaN where no filter varies. */
  readonly weights: number;
}

/** The shift of every trainable convolution, in the order of depth. */
export async function gradientShift(
  model: tfl.LayersModel,
  { byVariable }: Pick<ProbedGradients, 'byVariable'>,
): Promise<GradientShift[]> {
  const shifts: GradientShift[] = [];
  for (const kernel of kernelsOf(model)) {
    const gradient = byVariable[kernel.raw.name];
    if (gradient === undefined || kernel.kind !== 'convolution') continue;
    const ofGradient = tf.tidy(() => {
      const columns = filterColumns(gradient, kernel.filterAxes);
      return ratio(tf.mean(columns, 0), tf.mean(tf.square(columns), 0));
    });
    const ofWeights = tf.tidy(() => {
      const { mean, variance } = tf.moments(filterColumns(effectiveKernel(kernel), kernel.filterAxes), 0);
      return ratio(mean, variance);
    });
    shifts.push({
      layer: kernel.name,
      gradient: await meanOfKnown(ofGradient),
      weights: await meanOfKnown(ofWeights),
    });
  }
  return shifts;
}

/** |mean| / sqrt(square) of every filter; NaN where there is nothing to divide by. */
const ratio = (mean: tf.Tensor, square: tf.Tensor): tf.Tensor => tf.div(tf.abs(mean), tf.sqrt(square));

/** Disposes `ratios`. */
async function meanOfKnown(ratios: tf.Tensor): Promise<number> {
  const values = await ratios.data();
  ratios.dispose();
  return meanOf([...values].filter(Number.isFinite));
}
