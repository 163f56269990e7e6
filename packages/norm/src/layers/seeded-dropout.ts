// Dropout that a resumed run goes on with (Srivastava et al. 2014, JMLR 15): its noise is a function of a seed and of how
// often the layer has run in training, and that count is one of its weights.
//
// What is kept is scaled: by 1/(1 − p), so that the mean of every value stays, or by 1/√(1 − p), so that the mean of its
// square does, and with it the features' expected squared length, which the feature-norm methods of domain adaptation
// measure (Xu, Li, Yang, Lin 2019, arXiv:1811.07456, section 3.4).

import { dropout } from '@plumbline/ops';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { oneOf } from '../one-of.ts';
import { onlyShape, onlyTensor, type LayerArguments } from './layer-arguments.ts';

const DROPOUT_FORMS = ['mean', 'l2'] as const;
export type DropoutForm = (typeof DROPOUT_FORMS)[number];

export interface SeededDropoutArgs extends LayerArguments {
  /** Share of the values set to zero in training, in [0, 1). */
  rate: number;
  /** Of the noise; two layers with one seed draw the same masks. */
  seed: number;
  /** What the scale of the kept values preserves: their `mean` (default), or the features' `l2` norm. */
  form?: DropoutForm;
}

/**
 * Dropout whose masks repeat: the same seed and the same count of training calls before give the same mask, on one backend.
 * The identity in inference. Weight, not trained: `count`.
 */
export class SeededDropout extends tfl.layers.Layer {
  static className = 'PlumblineSeededDropout';
  readonly rate: number;
  readonly seed: number;
  readonly form: DropoutForm;
  // Float32 counts exactly to 16.7 million steps; an int32 weight cannot be saved with a TF.js model.
  private count!: tfl.LayerVariable;

  /** @throws on a rate outside [0, 1), or another form. */
  constructor({ rate, seed, form = 'mean', ...layer }: SeededDropoutArgs) {
    super(layer);
    if (!(rate >= 0 && rate < 1)) {
      throw new Error(
        `Dropout "${this.name}" got rate ${rate}: give a share from 0 up to, not including, 1.`,
      );
    }
    this.rate = rate;
    this.seed = seed;
    this.form = oneOf(`Dropout "${this.name}"`, 'form', form, DROPOUT_FORMS);
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    this.count = this.addWeight('count', [1], 'float32', tfl.initializers.zeros(), undefined, false);
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown> = {}): tf.Tensor {
    return tf.tidy(() => {
      const x = onlyTensor(inputs, this.name);
      if (kwargs['training'] !== true || this.rate === 0) return tf.clone(x);
      this.count.write(tf.add(this.count.read(), 1));
      const counted = tf.cast<tf.Tensor>(this.count.read(), 'int32') as tf.Tensor1D;
      const dropped = dropout(x, this.rate, tf.concat([tf.tensor1d([this.seed], 'int32'), counted]));
      return this.form === 'mean' ? dropped : tf.mul(dropped, Math.sqrt(1 - this.rate));
    });
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    return onlyShape(inputShape, this.name);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), rate: this.rate, seed: this.seed, form: this.form };
  }
}

tf.serialization.registerClass(SeededDropout);
