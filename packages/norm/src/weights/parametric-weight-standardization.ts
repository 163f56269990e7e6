// Parametric Weights Standardization: every filter gets He's variance times a learned scale, so that a residual network
// trains without normalizing its activations layer by layer.
//
// Liu, Ge, Li, Gui: "Delving into Variance Transmission and Normalization: Shift of Average Gradient Makes the Network
// Collapse", AAAI 2021, arXiv 2103.11590 ("PWS").
//
//   ŵ = sqrt(2/fan) · α · (w − μ) / sqrt(σ² + g)     per filter: axes [0, 1, 2] of a kernel [kh, kw, Cin, Cout]
//
// σ² is the biased variance. α, one per filter, is held under the name `gamma`, as every learned scale of this package
// is; the authors' own "gamma" is g, the epsilon here. They train α without weight decay.

import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { standardizeFilters } from '@plumbline/ops';
import type { FilterLayout } from './filter-layout.ts';
import {
  KernelNormalizer,
  type DataDependentStart,
  type KernelResponse,
  type KernelWeight,
} from './kernel-normalizer.ts';

/** Which connections are counted; named as TensorFlow.js's `varianceScaling` initializer names them. */
export type FanMode = 'fanIn' | 'fanOut';

export interface ParametricWeightStandardizationArgs {
  /**
   * Whose variance is kept: the outputs' (`fanIn`, the default) or the gradients' (`fanOut`). The authors' class
   * defaults to fan-out, but their CIFAR, ImageNet and Mask R-CNN configurations all say fan-in.
   */
  fanMode?: FanMode;
  /** g, added to σ² inside the root. Default 1e-5; their configurations use 1e-3 (CIFAR-10) and 1e-4 (ImageNet). */
  epsilon?: number;
  /**
   * Whether `epsilon` is relative to He's variance, so that g = epsilon · 2/fan. Default false. The authors' value is
   * then 0.1, which becomes the default of `epsilon`.
   */
  equivalent?: boolean;
}

/** The fan and g that the formula uses for a layer. */
interface FanAndEpsilon {
  readonly fan: number;
  readonly epsilon: number;
}

/**
 * The kernel sqrt(2/fan) · α · (w − μ) / sqrt(σ² + g), in its own shape.
 *
 * @param gamma α: one value per filter, or null for 1.
 * @param options `fan`: connections counted; `epsilon`: g; `axes` of one filter, default [0, 1, 2].
 */
export function parametricWeightStandardize<K extends tf.Tensor>(
  kernel: K,
  gamma: tf.Tensor1D | null,
  { fan, epsilon, axes = [0, 1, 2] }: FanAndEpsilon & { axes?: readonly number[] },
): K {
  return tf.tidy(() => {
    const filters = axes.reduce((size, axis) => size / (kernel.shape[axis] ?? 1), kernel.size);
    const scale = Math.sqrt(2 / fan);
    const gain: tf.Tensor1D = gamma === null ? tf.fill<tf.Rank.R1>([filters], scale) : tf.mul(gamma, scale);
    return standardizeFilters(kernel, gain, { epsilon, axes });
  });
}

/** The authors' g where it is relative to He's variance. */
const EQUIVALENT_EPSILON = 0.1;

/**
 * Parametric Weights Standardization as a serializable part of a layer. Its scale α is the layer weight `gamma`, 1 at the
 * start or as `initializeFromData` sets it.
 *
 * The method leaves activations unnormalized, and asks for blocks without a norm of their own: see the paper.
 */
export class ParametricWeightStandardization extends KernelNormalizer {
  static className = 'ParametricWeightStandardization';
  readonly fanMode: FanMode;
  readonly epsilon: number;
  readonly equivalent: boolean;

  constructor({ fanMode = 'fanIn', equivalent = false, epsilon }: ParametricWeightStandardizationArgs = {}) {
    super();
    this.fanMode = fanMode;
    this.equivalent = equivalent;
    this.epsilon = epsilon ?? (equivalent ? EQUIVALENT_EPSILON : 1e-5);
    if ((fanMode as string) !== 'fanIn' && (fanMode as string) !== 'fanOut') {
      throw new Error(
        `Parametric Weights Standardization got fanMode "${String(fanMode)}": use "fanIn" or "fanOut".`,
      );
    }
    if (!(this.epsilon >= 0)) {
      throw new Error(
        `Parametric Weights Standardization got epsilon ${this.epsilon}: use a number ≥ 0, such as 1e-5.`,
      );
    }
  }

  override weights(layout: FilterLayout): KernelWeight[] {
    return [{ name: 'gamma', shape: [layout.filterCount], initializer: tfl.initializers.ones() }];
  }

  override normalize<K extends tf.Tensor>(kernel: K, [gamma]: readonly tf.Tensor[], layout: FilterLayout): K {
    const fan = this.fanMode === 'fanIn' ? layout.fanIn : layout.fanOut;
    const epsilon = this.equivalent ? (this.epsilon * 2) / fan : this.epsilon;
    const alpha = (gamma as tf.Tensor1D | undefined) ?? null;
    return parametricWeightStandardize(kernel, alpha, { fan, epsilon, axes: layout.statisticAxes });
  }

  /**
   * Sets every α of the layer to sqrt(2 / variance) of all its outputs at α = 1, bias included; the variance is the
   * unbiased one, over all samples, positions and filters at once.
   */
  override startFromData({ outputs, bias }: KernelResponse, layout: FilterLayout): DataDependentStart {
    return tf.tidy((): tf.TensorContainer => {
      const response = outputs([tf.ones([layout.filterCount])]);
      const y = bias === null ? response : tf.add(response, bias);
      const deviations = tf.square(tf.sub(y, tf.mean(y)));
      const variance = tf.div(tf.sum(deviations), Math.max(y.size - 1, 1));
      return { weights: [tf.mul(tf.ones([layout.filterCount]), tf.sqrt(tf.div(2, variance)))] };
    }) as unknown as DataDependentStart;
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { fanMode: this.fanMode, epsilon: this.epsilon, equivalent: this.equivalent };
  }
}

tf.serialization.registerClass(ParametricWeightStandardization);
