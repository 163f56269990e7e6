/**
 * Dropout (Srivastava et al. 2014, JMLR 15) whose noise is a function of a seed and of how often the layer has
 * run in training. The count is a layer weight, so a checkpoint holds it and a resumed run draws the same masks.
 */
import { onlyTensor } from '@plumbline/norm';
import { dropout } from '@plumbline/ops';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

export interface SeededDropoutConfig {
  name?: string;
  /** Share of the values set to zero in training, in [0, 1). The rest is divided by 1 − rate. */
  rate: number;
  seed: number;
}

export class SeededDropout extends tfl.layers.Layer {
  static className = 'PlumblineSeededDropout';
  private readonly rate: number;
  private readonly seed: number;
  // Float32 counts exactly to 16.7 million steps; an int32 weight cannot be saved with a TF.js model.
  private count: ReturnType<tfl.layers.Layer['addWeight']> | null = null;

  constructor(config: SeededDropoutConfig) {
    super(config);
    if (!(config.rate >= 0 && config.rate < 1)) {
      throw new Error(
        `Dropout "${config.name ?? ''}" got rate ${config.rate}; give a share from 0 up to, not including, 1.`,
      );
    }
    this.rate = config.rate;
    this.seed = config.seed;
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    this.count = this.addWeight('count', [1], 'float32', tfl.initializers.zeros(), undefined, false);
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: { training?: boolean }): tf.Tensor {
    const x = onlyTensor(inputs, this.name);
    const { count } = this;
    if (kwargs.training !== true || this.rate === 0 || count === null) return x;
    return tf.tidy(() => {
      const step = count.read();
      count.write(tf.add(step, 1));
      const seed = tf.concat([tf.tensor1d([this.seed], 'int32'), tf.cast(step, 'int32') as tf.Tensor1D]);
      return dropout(x, this.rate, seed);
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), rate: this.rate, seed: this.seed };
  }
}
tf.serialization.registerClass(SeededDropout);
