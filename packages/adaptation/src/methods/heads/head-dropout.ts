// Dropout inside a head (Srivastava et al. 2014, JMLR 15). Its noise is a function of a seed and of how often the layer has
// run in training; that count is one of the head's weights, so a resumed run draws the masks that an unbroken one does.

import { onlyShape, onlyTensor } from '@plumbline/norm';
import { dropout } from '@plumbline/ops';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

export interface HeadDropoutConfig {
  readonly name: string;
  /** Share of the values that are set to zero in training, in [0, 1). The others are divided by 1 − rate. */
  readonly rate: number;
  readonly seed: number;
}

export class HeadDropout extends tfl.layers.Layer {
  static className = 'PlumblineHeadDropout';
  readonly rate: number;
  readonly seed: number;
  // Float32 counts exactly to 16.7 million steps; TF.js saves no int32 weight.
  #count!: tfl.LayerVariable;

  constructor({ rate, seed, ...layer }: HeadDropoutConfig) {
    super(layer);
    this.rate = rate;
    this.seed = seed;
    if (!(rate >= 0 && rate < 1)) {
      throw new Error(
        `Dropout "${layer.name}" got rate ${rate}: give a share from 0 up to, not including, 1.`,
      );
    }
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    this.#count = this.addWeight('count', [1], 'float32', tfl.initializers.zeros(), undefined, false);
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[], { training }: { training?: boolean }): tf.Tensor {
    return tf.tidy(() => {
      const x = onlyTensor(inputs, this.name);
      if (training !== true || this.rate === 0) return tf.clone(x);
      const count = this.#count.read() as tf.Tensor1D;
      const seed = tf.concat([tf.tensor1d([this.seed], 'int32'), tf.cast(count, 'int32')]);
      this.#count.write(tf.add(count, 1));
      return dropout(x, this.rate, seed);
    });
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    return onlyShape(inputShape, this.name);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), rate: this.rate, seed: this.seed };
  }
}

tf.serialization.registerClass(HeadDropout);
