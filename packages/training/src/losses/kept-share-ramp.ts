// The share of pixels a loss is taken over, from all at the first step to the hardest few.
//
//   share(t) = 1 − (1 − keptShare) · min(1, t / rampSteps)
//
// At the start of training no pixel is easy, and the hardest are outliers; TensorFlow DeepLab therefore lowers the share
// over some steps. t is a variable: a recorded step counts it up by itself, and a checkpoint holds it.

import * as tf from '@tensorflow/tfjs-core';
import type { Stateful } from '../checkpoint.ts';
import type { NamedVariable } from '../named-variables.ts';

export interface KeptShareRampOptions {
  /** Share at the end, in (0, 1]. */
  keptShare: number;
  /** Calls of `advance` until it is reached; 0: from the first on. */
  rampSteps: number;
}

export class KeptShareRamp implements Stateful {
  readonly keptShare: number;
  readonly rampSteps: number;
  private readonly step: tf.Variable;

  /** @throws on a share outside (0, 1], or steps that are no whole number of 0 or above. */
  constructor({ keptShare, rampSteps }: KeptShareRampOptions) {
    if (!(keptShare > 0 && keptShare <= 1))
      throw new Error(`keptShare must be above 0 and at most 1, and it is ${keptShare}.`);
    if (!Number.isInteger(rampSteps) || rampSteps < 0)
      throw new Error(`rampSteps must be a whole number of steps, 0 or more, and it is ${rampSteps}.`);
    this.keptShare = keptShare;
    this.rampSteps = rampSteps;
    this.step = tf.tidy(() => tf.variable(tf.scalar(0, 'int32'), false));
  }

  /** The share now. The caller disposes it, or calls this in a tidy. */
  share(): tf.Scalar {
    return tf.tidy(() => {
      if (this.rampSteps === 0) return tf.scalar(this.keptShare);
      const progress = tf.minimum(tf.div(tf.cast(this.step, 'float32'), this.rampSteps), 1);
      return tf.sub(1, tf.mul(progress, 1 - this.keptShare));
    });
  }

  /** One step further. */
  advance(): void {
    tf.tidy(() => {
      this.step.assign(tf.add(this.step, tf.scalar(1, 'int32')));
    });
  }

  state(): NamedVariable[] {
    return [{ name: 'keptShare/step', variable: this.step, trainable: false }];
  }

  dispose(): void {
    this.step.dispose();
  }
}
