// The layers around `evoNormB0` and `evoNormS0`: they hold γ, β, v and, for B0, the running variance.

import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {
  EVO_NORM_B0_EPSILON,
  EVO_NORM_B0_MOMENTUM,
  EVO_NORM_S0_EPSILON,
  evoNormB0,
  evoNormS0,
  type EvoNormParameters,
} from '../activations/evo-norm.ts';
import { GROUP_NORM_GROUPS } from '../activations/group-norm.ts';
import type { ChannelAffine } from './channel-affine.ts';
import { ChannelNorm, type ChannelNormArgs } from './channel-norm.ts';
import { groupCountFor, type GroupCountArgs } from './group-count.ts';
import { channelsOf, layerInput, onlyShape } from './layer-arguments.ts';
import { isFrozen } from './frozen.ts';
import {
  batchUse,
  nameInUse,
  perDomain,
  type BatchUse,
  type InfersByBatch,
  type SplitsDomains,
} from './batch-statistics.ts';

export interface EvoNormArgs extends ChannelNormArgs {
  /**
   * Whether to normalize and activate, true by default. False leaves y = γ · x + β, without `v` and without a state: for
   * the end of a residual branch, whose sum is activated by the next layer, as timm places EvoNorm.
   */
  nonlinearity?: boolean;
}

/** What both have in common: the option `nonlinearity` and the weight `v` that comes with it. */
abstract class EvoNorm extends ChannelNorm {
  readonly nonlinearity: boolean;
  private v: tfl.LayerVariable | null = null;

  constructor({ nonlinearity = true, ...args }: EvoNormArgs, defaultEpsilon: number) {
    super(args, defaultEpsilon);
    this.nonlinearity = nonlinearity;
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    super.build(inputShape);
    if (!this.nonlinearity) return;
    const channels = channelsOf(onlyShape(inputShape, this.name), this.name);
    this.v = this.addWeight('v', [channels], 'float32', tfl.initializers.ones());
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown> = {}): tf.Tensor {
    return tf.tidy(() => {
      const x = layerInput(inputs, this);
      const { gamma, beta } = this.parameters();
      if (this.v === null) return tf.add(tf.mul(x, gamma), beta);
      return this.normalize(x, { gamma, beta, v: this.v.read() as tf.Tensor1D }, kwargs);
    });
  }

  /** Whether it is an affine map per channel: without the non-linearity. */
  get isAffine(): boolean {
    return !this.nonlinearity;
  }

  /** Without the non-linearity this layer is γ · x + β. */
  inferenceAffine(): ChannelAffine {
    const { gamma, beta } = this.parameters();
    return { scale: tf.clone(gamma), shift: tf.clone(beta) };
  }

  protected abstract normalize(
    x: tf.Tensor,
    parameters: EvoNormParameters,
    kwargs: Record<string, unknown>,
  ): tf.Tensor;

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), nonlinearity: this.nonlinearity };
  }
}

export interface EvoNormB0Args extends EvoNormArgs {
  /** Share of the new batch in the running variance. Default 0.1. */
  momentum?: number;
}

/**
 * EvoNorm-B0 over x [N, …, C], with its own non-linearity. Weights: `gamma`, `beta`, `v`, and the state `movingVariance`. A
 * training batch with one value per channel is refused. While `trainable` is false ("frozen"), it normalizes by the
 * state and leaves it alone.
 */
export class EvoNormB0 extends EvoNorm implements SplitsDomains, InfersByBatch {
  static className = 'EvoNormB0';
  readonly momentum: number;
  sourceCount: number | null = null;
  inferByBatch = false;
  private movingVariance: tfl.LayerVariable | null = null;

  constructor({ momentum = EVO_NORM_B0_MOMENTUM, ...args }: EvoNormB0Args = {}) {
    super(args, EVO_NORM_B0_EPSILON);
    this.momentum = momentum;
    if (!(momentum >= 0 && momentum <= 1)) {
      throw new Error(`EvoNormB0 "${this.name}" got momentum ${momentum}: use a number from 0 to 1.`);
    }
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    super.build(inputShape);
    if (!this.nonlinearity) return;
    const shape = [channelsOf(onlyShape(inputShape, this.name), this.name)];
    const ones = tfl.initializers.ones();
    this.movingVariance = this.addWeight('movingVariance', shape, 'float32', ones, undefined, false);
  }

  protected override normalize(
    x: tf.Tensor,
    parameters: EvoNormParameters,
    kwargs: Record<string, unknown>,
  ): tf.Tensor {
    const use = batchUse(this, kwargs, isFrozen(this));
    return perDomain(this, x, use, (part, its) => this.normalizePart(part, parameters, its));
  }

  private normalizePart(x: tf.Tensor, parameters: EvoNormParameters, use: BatchUse): tf.Tensor {
    if (this.movingVariance === null) throw new Error(`EvoNormB0 "${this.name}" is not built.`);
    const { y, variance } = evoNormB0(
      x,
      parameters,
      this.movingVariance.read() as tf.Tensor1D,
      { training: use.byBatch, momentum: this.momentum, epsilon: this.epsilon },
      nameInUse(this, use),
    );
    if (use.advances) this.movingVariance.write(variance);
    return y;
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), momentum: this.momentum };
  }
}

tf.serialization.registerClass(EvoNormB0);

export interface EvoNormS0Args extends EvoNormArgs, GroupCountArgs {}

/**
 * EvoNorm-S0 over x [N, …, C], with its own non-linearity; the same in training and inference. Weights: `gamma`, `beta`,
 * `v`. An input whose groups hold a single value each is refused.
 */
export class EvoNormS0 extends EvoNorm {
  static className = 'EvoNormS0';
  readonly groups: number;
  readonly unevenGroups: 'error' | 'fit';
  private groupCount = 1;

  constructor({ groups = GROUP_NORM_GROUPS, unevenGroups = 'error', ...args }: EvoNormS0Args = {}) {
    super(args, EVO_NORM_S0_EPSILON);
    this.groups = groups;
    this.unevenGroups = unevenGroups;
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    const channels = channelsOf(onlyShape(inputShape, this.name), this.name);
    if (this.nonlinearity) this.groupCount = groupCountFor(channels, this, `EvoNormS0 "${this.name}"`);
    super.build(inputShape);
  }

  protected override normalize(x: tf.Tensor, parameters: EvoNormParameters): tf.Tensor {
    const { groupCount: groups, epsilon } = this;
    return evoNormS0(x, parameters, { groups, epsilon }, `EvoNormS0 "${this.name}"`);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), groups: this.groups, unevenGroups: this.unevenGroups };
  }
}

tf.serialization.registerClass(EvoNormS0);
