// What all normalization layers of activations share: a scale γ and an offset β per channel, the last axis.

import type * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { channelsOf, onlyShape, type LayerArguments } from './layer-arguments.ts';

export interface ChannelNormArgs extends LayerArguments {
  /** Added to the variance. */
  epsilon?: number;
  /** γ at the start: `ones` (default), or `zeros`, so that a residual branch begins as nothing. */
  gammaInitializer?: 'ones' | 'zeros';
}

/** A layer over x [N, …, C] with the trainable weights `gamma` and `beta`, [C] each. */
export abstract class ChannelNorm extends tfl.layers.Layer {
  readonly epsilon: number;
  readonly gammaInitializer: 'ones' | 'zeros';
  protected gamma!: tfl.LayerVariable;
  protected beta!: tfl.LayerVariable;

  constructor({ epsilon, gammaInitializer = 'ones', ...layer }: ChannelNormArgs, defaultEpsilon: number) {
    super(layer);
    this.epsilon = epsilon ?? defaultEpsilon;
    this.gammaInitializer = gammaInitializer;
    if (!(this.epsilon >= 0)) {
      throw new Error(`Layer "${this.name}" got epsilon ${this.epsilon}: use a number ≥ 0, such as 1e-5.`);
    }
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    const channels = channelsOf(onlyShape(inputShape, this.name), this.name);
    this.gamma = this.addWeight('gamma', [channels], 'float32', tfl.initializers[this.gammaInitializer]());
    this.beta = this.addWeight('beta', [channels], 'float32', tfl.initializers.zeros());
    this.inputSpec = [new tfl.InputSpec({ minNDim: 2, axes: { [-1]: channels } })];
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    return onlyShape(inputShape, this.name);
  }

  protected parameters(): { gamma: tf.Tensor1D; beta: tf.Tensor1D } {
    return { gamma: this.gamma.read() as tf.Tensor1D, beta: this.beta.read() as tf.Tensor1D };
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), epsilon: this.epsilon, gammaInitializer: this.gammaInitializer };
  }
}
