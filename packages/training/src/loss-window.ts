// The losses since the last log, on the device until they are wanted.

import * as tf from '@tensorflow/tfjs-core';

/** The loss is no longer a number. The weights are spoilt; the last checkpoint is not. */
export class DivergedError extends Error {
  override readonly name = 'DivergedError';
}

export class LossWindow {
  private losses: tf.Scalar[] = [];

  /** Takes the tensor over. */
  add(loss: tf.Scalar): void {
    this.losses.push(loss);
  }

  /** The mean of the window, which starts anew. */
  async read(step: number, learningRate: number): Promise<number> {
    const values = await this.check(step, learningRate);
    this.dispose();
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  }

  /** Reads the window and throws if a loss in it is not finite. */
  async check(step: number, learningRate: number): Promise<number[]> {
    if (this.losses.length === 0) return [];
    const stacked = tf.stack(this.losses);
    const values = [...(await stacked.data())];
    stacked.dispose();
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0)
      throw new DivergedError(
        `The loss of step ${step - values.length + bad + 1} is ${values[bad]} at learning rate ${learningRate.toPrecision(3)}: ` +
          'start again with a learning rate of a third, a longer warm-up, or gradient clipping.',
      );
    return values;
  }

  dispose(): void {
    tf.dispose(this.losses);
    this.losses = [];
  }
}
