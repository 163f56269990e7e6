// An exponential moving average (EMA) of a model's weights, to be evaluated beside the weights themselves.
//
// Polyak, Juditsky 1992 (SIAM J. Control Optim. 30); exponential as in TensorFlow's ExponentialMovingAverage and in
// Tarvainen, Valpola 2017, arXiv:1703.01780. After update t = 0, 1, 2, … of the weights w:
//   d = min(decay, (1 + t) / (10 + t))             a ← a + (1 − d) (w − a)
// The smaller d at the start lets the random initial weights fade within some tens of steps.
//
// Averaged are all float weights, the moving statistics of normalizers included: those of the raw weights would not fit
// the averaged ones. Integers (seeds, counters) are not averaged.

import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { Stateful } from './checkpoint.ts';
import { type NamedVariable, namedVariables } from './named-variables.ts';

export interface WeightAverageOptions {
  /** Share of the average that stays at each update, in (0, 1); 0.999 averages over about 1000 steps. */
  decay: number;
}

interface Averaged {
  readonly name: string;
  readonly weight: tf.Variable;
  readonly average: tf.Variable;
}

export class WeightAverage implements Stateful {
  readonly decay: number;
  private readonly averaged: Averaged[];
  private readonly updates: tf.Variable;
  private isSwapped = false;

  /**
   * Begins at the model's weights as they are now.
   *
   * @throws on a decay outside (0, 1).
   */
  constructor(model: tfl.LayersModel, { decay }: WeightAverageOptions) {
    if (!(decay > 0 && decay < 1))
      throw new Error(
        `The decay of the average of the weights must be above 0 and below 1, and it is ${decay}.`,
      );
    this.decay = decay;
    this.averaged = namedVariables(model)
      .filter(({ variable }) => variable.dtype === 'float32')
      .map(({ name, variable }) => ({
        name,
        weight: variable,
        average: tf.tidy(() => tf.variable(tf.clone(variable), false)),
      }));
    this.updates = tf.tidy(() => tf.variable(tf.scalar(0, 'int32'), false));
  }

  /** Takes the weights as they are after a step into the average. Reads nothing on the host. */
  update(): void {
    this.refuseSwapped('updated');
    const share = tf.tidy(() => {
      const t = tf.cast(this.updates, 'float32');
      this.updates.assign(tf.add(this.updates, tf.scalar(1, 'int32')));
      return tf.sub(1, tf.minimum(this.decay, tf.div(tf.add(t, 1), tf.add(t, 10))));
    });
    for (const { weight, average } of this.averaged)
      tf.tidy(() => average.assign(tf.add(average, tf.mul(tf.sub(weight, average), share))));
    share.dispose();
  }

  /**
   * Does `work` with the averages in the model, and puts the weights back afterwards bit by bit, also when it throws.
   * A checkpoint of the model that is written meanwhile holds the averages.
   *
   * @throws when it is called within itself.
   */
  async use<T>(work: () => Promise<T>): Promise<T> {
    this.refuseSwapped('put into the model');
    this.swap();
    this.isSwapped = true;
    try {
      return await work();
    } finally {
      this.swap();
      this.isSwapped = false;
    }
  }

  /** Leaves the averages in the model for good, for a model that is not trained any further. */
  settle(): void {
    this.refuseSwapped('left in the model');
    for (const { weight, average } of this.averaged) tf.tidy(() => weight.assign(tf.clone(average)));
    this.dispose();
  }

  /** The averages and the number of updates: what a checkpoint must hold to go on. */
  state(): NamedVariable[] {
    return [
      ...this.averaged.map(({ name, average }) => ({
        name,
        variable: average,
        trainable: false,
      })),
      { name: 'updates', variable: this.updates, trainable: false },
    ];
  }

  /** Frees the averages; the weights belong to the model. */
  dispose(): void {
    for (const { variable } of this.state()) variable.dispose();
  }

  private swap(): void {
    for (const { weight, average } of this.averaged)
      tf.tidy(() => {
        const before = tf.clone(weight);
        weight.assign(tf.clone(average));
        average.assign(before);
      });
  }

  private refuseSwapped(what: string): void {
    if (this.isSwapped)
      throw new Error(
        `The average of the weights cannot be ${what} while the model holds it: wait for use() to end.`,
      );
  }
}
