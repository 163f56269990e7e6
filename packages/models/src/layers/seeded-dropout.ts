/**
 * Dropout (Srivastava et al. 2014, JMLR 15) whose noise is a function of a seed and of how often the layer has
 * run in training. The count is a layer weight, so a checkpoint holds it and a resumed run draws the same masks.
 *
 * What is kept is scaled: by 1/(1 − p), so that the mean of every value stays, or by 1/√(1 − p), so that the mean of its
 * square does, and with it the features' expected squared length, which the feature-norm methods of domain adaptation measure (Xu, Li,
 * Yang, Lin 2019, arXiv:1811.07456, section 3.4). Either is the identity in inference.
 */
import { onlyTensor } from '@plumbline/norm';
import { dropout } from '@plumbline/ops';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

export const DROPOUT_FORMS = ['mean', 'l2'] as const;
export type DropoutForm = (typeof DROPOUT_FORMS)[number];

export interface SeededDropoutConfig {
  name?: string;
  /** Share of the values set to zero in training, in [0, 1). */
  rate: number;
  seed: number;
  /** What the scale of the kept values preserves: their `mean` (default), or the features' `l2` norm. */
  form?: DropoutForm;
}

export class SeededDropout extends tfl.layers.Layer {
  static className = 'PlumblineSeededDropout';
  private readonly rate: number;
  private readonly seed: number;
  private readonly form: DropoutForm;
  // Float32 counts exactly to 16.7 million steps; an int32 weight cannot be saved with a TF.js model.
  private count: ReturnType<tfl.layers.Layer['addWeight']> | null = null;

  constructor(config: SeededDropoutConfig) {
    super(config);
    if (!(config.rate >= 0 && config.rate < 1)) {
      throw new Error(
        `Dropout "${config.name ?? ''}" got rate ${config.rate}; give a share from 0 up to, not including, 1.`,
      );
    }
    const { form = 'mean' } = config;
    if (!DROPOUT_FORMS.includes(form)) {
      throw new Error(`Dropout "${config.name ?? ''}" got form ${String(form)}; give mean or l2.`);
    }
    this.rate = config.rate;
    this.seed = config.seed;
    this.form = form;
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
      const dropped = dropout(x, this.rate, seed);
      return this.form === 'mean' ? dropped : tf.mul(dropped, Math.sqrt(1 - this.rate));
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), rate: this.rate, seed: this.seed, form: this.form };
  }
}
tf.serialization.registerClass(SeededDropout);
