// λ of a gradient reversal as a variable: set before each step, so that the loss is the same graph in all of them, and kept in
// checkpoints.

import type { NamedVariable } from '@plumbline/training';
import * as tf from '@tensorflow/tfjs-core';

export class ReversalStrength {
  readonly value: tf.Variable<tf.Rank.R0>;
  readonly #schedule: (step: number) => number;

  /** @param schedule λ of step 0, 1, 2, …; see `reversalSchedule`. */
  constructor(schedule: (step: number) => number) {
    this.#schedule = schedule;
    this.value = tf.tidy(() => tf.variable(tf.scalar(schedule(0)), false));
  }

  /** @param step counts training steps from 0, not passes through the reversal, of which a step may make several. */
  onStep(step: number): void {
    tf.tidy(() => this.value.assign(tf.scalar(this.#schedule(step))));
  }

  state(): NamedVariable[] {
    return [{ name: 'reversalStrength', variable: this.value, trainable: false }];
  }

  dispose(): void {
    this.value.dispose();
  }
}
