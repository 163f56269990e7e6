// The layer around `movingAverageBatchNorm`: it holds γ, β, the running second moment, the two buffers and the step.

import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {
  MOVING_AVERAGE_BUFFER_SIZE,
  MOVING_AVERAGE_EPSILON,
  MOVING_AVERAGE_MOMENTUM,
  MOVING_AVERAGE_NORMALIZATION_BATCH,
  movingAverageBatchNorm,
  movingAverageWarmups,
  type MovingAverageBatchNormOptions,
  type MovingAverageState,
} from '../activations/moving-average-batch-norm.ts';
import type { MovingAverageForm } from '../activations/moving-average-window.ts';
import type { ChannelAffine } from './channel-affine.ts';
import { ChannelNorm, type ChannelNormArgs } from './channel-norm.ts';
import { channelsOf, layerInput, onlyShape } from './layer-arguments.ts';
import { isFrozen } from './frozen.ts';
import { batchUse, nameInUse, type InfersByBatch } from './batch-statistics.ts';

export interface MovingAverageBatchNormArgs extends ChannelNormArgs {
  /** Which of the authors' two programs to agree with; see `MovingAverageForm`. Default `detection`. */
  form?: MovingAverageForm;
  /** How many (sub-)batches are averaged: 32 images over those of one batch, say. Default 16. */
  bufferSize?: number;
  /** Images of a sub-batch in the form `imagenet`, whose batches are bufferSize · normalizationBatch. Default 2. */
  normalizationBatch?: number;
  /** Steps below which a batch is used alone. Default 100 (detection) or 0 (imagenet, which takes the first step alone). */
  warmup?: number;
  /** Steps up to which r = 1. Default 1000, or `warmup` where that is longer (detection), or 99 (imagenet). */
  renormalizationWarmup?: number;
  /** Share of the old running second moment. Default 0.98. */
  momentum?: number;
}

/** A window that holds one batch for ever. */
const BATCH_ALONE = { form: 'detection', warmup: Infinity, renormalizationWarmup: Infinity } as const;

/**
 * Moving Average Batch Normalization over x [N, …, C]. Weights: `gamma`, `beta`, and the state `movingSecondMoment`,
 * `step`, `secondMoments` and `gradientMoments`. It subtracts no mean: the kernel before it must be centred, without bias.
 *
 * Called with `training: true` it normalizes by the window and advances the state; otherwise, and always while
 * `trainable` is false ("frozen"), it normalizes by the state and leaves it alone. `gradientMoments` advances in the
 * backward pass, so each training call needs exactly one: a layer that is used twice in a model, gradient
 * checkpointing, and training calls to look at outputs all mix up the two buffers. The layer warns of that once. For the
 * same reason `splitDomains` refuses it: its domains would be two calls.
 */
export class MovingAverageBatchNorm extends ChannelNorm implements InfersByBatch {
  static className = 'MovingAverageBatchNorm';
  readonly form: MovingAverageForm;
  readonly bufferSize: number;
  readonly normalizationBatch: number;
  readonly warmup: number;
  readonly renormalizationWarmup: number;
  readonly momentum: number;
  inferByBatch = false;
  private movingSecondMoment!: tfl.LayerVariable;
  private step!: tfl.LayerVariable;
  private secondMoments!: tfl.LayerVariable;
  private gradientMoments!: tfl.LayerVariable;
  private awaitsBackward = false;
  private warned = false;

  constructor(args: MovingAverageBatchNormArgs = {}) {
    const { form = 'detection', bufferSize, normalizationBatch, ...rest } = args;
    const { warmup, renormalizationWarmup, momentum, ...channelNorm } = rest;
    super(channelNorm, MOVING_AVERAGE_EPSILON);
    this.form = form;
    this.bufferSize = this.atLeast('bufferSize', 1, bufferSize ?? MOVING_AVERAGE_BUFFER_SIZE);
    const images = normalizationBatch ?? MOVING_AVERAGE_NORMALIZATION_BATCH;
    this.normalizationBatch = this.atLeast('normalizationBatch', 1, images);
    const warmups = movingAverageWarmups(form, { warmup, renormalizationWarmup });
    this.warmup = this.atLeast('warmup', 0, warmups.warmup);
    this.renormalizationWarmup = this.atLeast('renormalizationWarmup', 0, warmups.renormalizationWarmup);
    this.momentum = momentum ?? MOVING_AVERAGE_MOMENTUM;
    if (!(this.momentum >= 0 && this.momentum <= 1)) {
      throw new Error(
        `MovingAverageBatchNorm "${this.name}" got momentum ${this.momentum}: use a number from 0 to 1.`,
      );
    }
    if (!['detection', 'imagenet'].includes(form)) {
      throw new Error(
        `MovingAverageBatchNorm "${this.name}" got form "${form}": use 'detection' or 'imagenet'.`,
      );
    }
  }

  private atLeast(option: string, least: number, value: number): number {
    if (Number.isInteger(value) && value >= least) return value;
    throw new Error(
      `MovingAverageBatchNorm "${this.name}" got ${option} ${value}: use a whole number ≥ ${least}.`,
    );
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    super.build(inputShape);
    const channels = channelsOf(onlyShape(inputShape, this.name), this.name);
    const state = (name: string, shape: number[], initial: 'zeros' | 'ones'): tfl.LayerVariable =>
      this.addWeight(name, shape, 'float32', tfl.initializers[initial](), undefined, false);
    this.movingSecondMoment = state('movingSecondMoment', [channels], 'ones');
    this.step = state('step', [], 'zeros');
    this.secondMoments = state('secondMoments', [this.bufferSize, channels], 'zeros');
    this.gradientMoments = state('gradientMoments', [this.bufferSize, channels], 'zeros');
  }

  private state(): MovingAverageState {
    return {
      secondMoment: this.movingSecondMoment.read() as tf.Tensor1D,
      step: this.step.read() as tf.Scalar,
      secondMoments: this.secondMoments.read() as tf.Tensor2D,
      gradientMoments: this.gradientMoments.read() as tf.Tensor2D,
    };
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown> = {}): tf.Tensor {
    return tf.tidy(() => {
      const use = batchUse(this, kwargs, isFrozen(this));
      const { normalizationBatch, momentum, epsilon } = this;
      const { y, state } = movingAverageBatchNorm(
        layerInput(inputs, this),
        this.parameters(),
        this.state(),
        {
          ...{ training: use.byBatch, normalizationBatch, momentum, epsilon },
          ...(use.advances ? this.windowOfTraining() : BATCH_ALONE),
        },
        nameInUse(this, use),
      );
      if (use.advances) {
        this.movingSecondMoment.write(state.secondMoment);
        this.step.write(state.step);
        this.secondMoments.write(state.secondMoments);
        this.noticeForward();
      }
      return y;
    });
  }

  private windowOfTraining(): Partial<MovingAverageBatchNormOptions> {
    const { form, warmup, renormalizationWarmup } = this;
    const onGradientMoments = (moments: tf.Tensor2D): void => {
      this.gradientMoments.write(moments);
      this.awaitsBackward = false;
    };
    return { form, warmup, renormalizationWarmup, onGradientMoments };
  }

  /** Says that the last training call has been taken back, state and all: no backward pass will follow it. */
  forgetForward(): void {
    this.awaitsBackward = false;
  }

  private noticeForward(): void {
    if (this.awaitsBackward && !this.warned) {
      this.warned = true;
      console.warn(
        `MovingAverageBatchNorm "${this.name}" was called in training twice without a backward pass between: its ` +
          `averages of the gradient no longer belong to the batches of its averages of x². Use the layer once in the ` +
          `model, and call the model without \`training: true\` where no gradient is computed.`,
      );
    }
    this.awaitsBackward = true;
  }

  /** In inference this layer is γ / sqrt(movingSecondMoment + ε) · x + β. */
  inferenceAffine(): ChannelAffine {
    return tf.tidy(() => {
      const { gamma, beta } = this.parameters();
      const scale = tf.mul(gamma, tf.rsqrt(tf.add(this.movingSecondMoment.read(), this.epsilon)));
      return { scale, shift: tf.clone(beta) } as tf.NamedTensorMap;
    }) as unknown as ChannelAffine;
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { form, bufferSize, normalizationBatch, warmup, renormalizationWarmup, momentum } = this;
    return {
      ...super.getConfig(),
      ...{ form, bufferSize, normalizationBatch, warmup, renormalizationWarmup, momentum },
    };
  }
}

tf.serialization.registerClass(MovingAverageBatchNorm);
