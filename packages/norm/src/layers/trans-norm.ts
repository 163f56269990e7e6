// The layer around TransNorm: it holds γ, β and the running averages of both domains.

import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { batchNorm, type BatchNormState } from '../activations/batch-norm.ts';
import {
  TRANS_NORM_EPSILON,
  transferability,
  transNormTrain,
  type DomainStatistics,
} from '../domains/trans-norm.ts';
import { affineByVariance, type ChannelAffine } from './channel-affine.ts';
import { ChannelNorm, type ChannelNormArgs } from './channel-norm.ts';
import { channelsOf, layerInput, onlyShape } from './layer-arguments.ts';
import { isFrozen } from './frozen.ts';
import type { SplitsDomains } from './batch-statistics.ts';
import { oneOf } from '../one-of.ts';

/** Whose running averages a TransNorm infers with. */
export type EvaluationDomain = 'source' | 'target';

export interface TransNormArgs extends ChannelNormArgs {
  /** Share of the new batch in the running averages. Default 0.1. */
  momentum?: number;
  /** How many samples of a training batch, the first ones, are of the source. Default null: half of them. */
  sourceCount?: number | null;
  /** Whose averages inference uses. Default `target`. */
  evaluationDomain?: EvaluationDomain;
}

/**
 * TransNorm over x [N, …, C]. Weights: `gamma` and `beta` [C], and the state `movingMean`, `movingVariance` [2, C], the
 * source's in row 0 and the target's in row 1.
 *
 * Called with `training: true` the batch is joint: the source's samples, then the target's. `sourceCount` may be set
 * before each; without it, a batch of odd size is refused. In inference, and always while `trainable` is false
 * ("frozen"), every sample is normalized by the averages of `evaluationDomain`.
 *
 * The output is about twice a batch normalization's. A residual network whose every branch and shortcut ends in it is
 * only rescaled; among other normalizations it shifts the balance of the branches.
 */
export class TransNorm extends ChannelNorm implements SplitsDomains {
  static className = 'TransNorm';
  readonly momentum: number;
  sourceCount: number | null;
  evaluationDomain: EvaluationDomain;
  private movingMean!: tfl.LayerVariable;
  private movingVariance!: tfl.LayerVariable;

  constructor({
    momentum = 0.1,
    sourceCount = null,
    evaluationDomain = 'target',
    ...args
  }: TransNormArgs = {}) {
    super(args, TRANS_NORM_EPSILON);
    this.momentum = momentum;
    this.sourceCount = sourceCount;
    this.evaluationDomain = oneOf(`TransNorm "${this.name}"`, 'evaluationDomain', evaluationDomain, [
      'source',
      'target',
    ]);
    if (!(momentum >= 0 && momentum <= 1)) {
      throw new Error(`TransNorm "${this.name}" got momentum ${momentum}: use a number from 0 to 1.`);
    }
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    super.build(inputShape);
    const shape = [2, channelsOf(onlyShape(inputShape, this.name), this.name)];
    const { zeros, ones } = tfl.initializers;
    this.movingMean = this.addWeight('movingMean', shape, 'float32', zeros(), undefined, false);
    this.movingVariance = this.addWeight('movingVariance', shape, 'float32', ones(), undefined, false);
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown> = {}): tf.Tensor {
    return tf.tidy(() => {
      const x = layerInput(inputs, this);
      if (kwargs['training'] === true && !isFrozen(this)) return this.train(x);
      const { gamma, beta, state } = this.inference();
      const { y } = batchNorm(x, { gamma, beta }, state, { training: false, epsilon: this.epsilon });
      return y;
    });
  }

  private train(x: tf.Tensor): tf.Tensor {
    const samples = x.shape[0] ?? 0;
    if (this.sourceCount === null && samples % 2 !== 0) {
      throw new Error(
        `TransNorm "${this.name}" got a training batch of ${samples} samples, which cannot be half source and half ` +
          `target: set its sourceCount to the number of source samples, which come first.`,
      );
    }
    const { y, statistics } = transNormTrain(
      x,
      this.parameters(),
      this.sourceCount ?? samples / 2,
      this.epsilon,
      `TransNorm "${this.name}"`,
    );
    const { source, target } = statistics;
    this.advance(this.movingMean, source.mean, target.mean);
    this.advance(this.movingVariance, source.variance, target.variance);
    return y;
  }

  private advance(average: tfl.LayerVariable, source: tf.Tensor1D, target: tf.Tensor1D): void {
    const batch = tf.mul(tf.stack([source, target]), this.momentum);
    average.write(tf.add(tf.mul(average.read(), 1 - this.momentum), batch));
  }

  /** The running averages of both domains. To be called inside `tf.tidy`; the caller disposes nothing. */
  domainStatistics(): DomainStatistics {
    const [sourceMean, targetMean] = tf.unstack(this.movingMean.read()) as [tf.Tensor1D, tf.Tensor1D];
    const [sourceVariance, targetVariance] = tf.unstack(this.movingVariance.read()) as [
      tf.Tensor1D,
      tf.Tensor1D,
    ];
    return {
      source: { mean: sourceMean, variance: sourceVariance },
      target: { mean: targetMean, variance: targetVariance },
    };
  }

  /** Inference as a batch normalization: 1 + α, from both domains' averages, goes into γ and β. */
  private inference(): { gamma: tf.Tensor1D; beta: tf.Tensor1D; state: BatchNormState } {
    const statistics = this.domainStatistics();
    const gain = tf.add(transferability(statistics, this.epsilon), 1);
    const { gamma, beta } = this.parameters();
    return { gamma: tf.mul(gamma, gain), beta: tf.mul(beta, gain), state: statistics[this.evaluationDomain] };
  }

  /** In inference this layer is (1 + α) times the batch normalization by the averages of `evaluationDomain`. */
  inferenceAffine(): ChannelAffine {
    return tf.tidy(() => {
      const { gamma, beta, state } = this.inference();
      return affineByVariance({ gamma, beta }, state, this.epsilon) as unknown as tf.NamedTensorMap;
    }) as unknown as ChannelAffine;
  }

  override getConfig(): tf.serialization.ConfigDict {
    return {
      ...super.getConfig(),
      momentum: this.momentum,
      sourceCount: this.sourceCount,
      evaluationDomain: this.evaluationDomain,
    };
  }
}

tf.serialization.registerClass(TransNorm);
