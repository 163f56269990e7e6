// What a conditional discriminator sees: features and predictions together.
//
// Long, Cao, Wang, Jordan: "Conditional Adversarial Domain Adaptation", NeurIPS 2018, arXiv 1705.10667, section 3.
//
//   exact        h_i = vec(p_i ⊗ f_i),   h_i[k·d + j] = p_i[k] f_i[j]      f [n, d], p [n, K], h [n, K·d]
//   randomized   h_i = (f_i R_f ∘ p_i R_p) / √D,   R_f [d, D], R_p [K, D] from N(0, 1), drawn once
//
// The inner product of two randomized maps is that of the exact ones in expectation.

import { randomNormal } from '@plumbline/ops';
import { layerSeed } from '@plumbline/norm';
import type { NamedVariable } from '@plumbline/training';
import * as tf from '@tensorflow/tfjs-core';

/** Features [n, d] times predictions [n, K], class-major: [n, K·d]. */
export const multilinearMap = (features: tf.Tensor2D, predictions: tf.Tensor2D): tf.Tensor2D =>
  tf.tidy(() => {
    const [count, featureCount] = features.shape;
    const [, classCount] = predictions.shape;
    const outer = tf.mul(tf.expandDims(predictions, 2), tf.expandDims(features, 1));
    return tf.reshape(outer, [count, classCount * featureCount]) as tf.Tensor2D;
  });

/** The randomized map of features [n, d] and predictions [n, K] by R_f [d, D] and R_p [K, D]: [n, D]. */
export const randomizedMultilinearMap = (
  features: tf.Tensor2D,
  predictions: tf.Tensor2D,
  mapOfFeatures: tf.Tensor2D,
  mapOfPredictions: tf.Tensor2D,
): tf.Tensor2D =>
  tf.tidy(() => {
    const dimension = mapOfFeatures.shape[1];
    const product = tf.mul(tf.matMul(features, mapOfFeatures), tf.matMul(predictions, mapOfPredictions));
    return tf.div(product, Math.sqrt(dimension)) as tf.Tensor2D;
  });

/** R_f and R_p: drawn from a seed, never trained, and kept in checkpoints, since another backend draws others. */
export class RandomMaps {
  /** [d, D]. */
  readonly ofFeatures: tf.Variable<tf.Rank.R2>;
  /** [K, D]. */
  readonly ofPredictions: tf.Variable<tf.Rank.R2>;

  constructor(featureCount: number, classCount: number, dimension: number, seed: number) {
    const drawn = (rows: number, name: string): tf.Variable<tf.Rank.R2> =>
      tf.tidy(() => {
        const noise = randomNormal<tf.Rank.R2>(
          [rows, dimension],
          tf.tensor1d([layerSeed(seed, name), 0], 'int32'),
        );
        return tf.variable(noise, false);
      });
    this.ofFeatures = drawn(featureCount, 'randomMapOfFeatures');
    this.ofPredictions = drawn(classCount, 'randomMapOfPredictions');
  }

  state(): NamedVariable[] {
    return [
      { name: 'randomMapOfFeatures', variable: this.ofFeatures, trainable: false },
      { name: 'randomMapOfPredictions', variable: this.ofPredictions, trainable: false },
    ];
  }

  dispose(): void {
    tf.dispose([this.ofFeatures, this.ofPredictions]);
  }
}
