/** A small image classifier for tests, and short forms of what they do with it. */
import { parseRecipe, type Recipe } from '@plumbline/norm';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { BottleneckOptions } from '../bottleneck.ts';
import { imageClassifier, type ImageClassifierOptions } from '../image-classifier.ts';

export const CLASSES = 4;
export const narrow: BottleneckOptions = {
  width: 128,
  norm: true,
  relu: true,
  dropout: 0,
  dropoutForm: 'mean',
};

/** A recipe whose warnings do not matter. */
export const quiet = (name: string): Recipe => parseRecipe(name, { onWarning: () => undefined });

/** On the digit network and grey images, unless said otherwise. */
export const digitClassifier = (
  recipe: string,
  options: Partial<ImageClassifierOptions> = {},
): tfl.LayersModel =>
  imageClassifier({
    backbone: { kind: 'digits' },
    recipe: quiet(recipe),
    classes: CLASSES,
    channels: 1,
    bottleneck: narrow,
    classifier: 'plain',
    seed: 1,
    ...options,
  });

/** Noise in the place of digits. */
export const noiseImages = (count: number, seed = 3): tf.Tensor4D =>
  tf.randomNormal([count, 28, 28, 1], 0, 1, 'float32', seed);

export type Outputs = [features: tf.Tensor2D, logits: tf.Tensor2D];
export const run = (model: tfl.LayersModel, x: tf.Tensor, training = false): Outputs =>
  model.apply(x, { training }) as Outputs;

export const values = (tensor: tf.Tensor): Float32Array => tensor.dataSync() as Float32Array;
/** The largest deviation. */
export const gap = (a: tf.Tensor, b: tf.Tensor): number => values(tf.max(tf.abs(tf.sub(a, b))))[0] ?? NaN;
export const weightOfLayer = (model: tfl.LayersModel, layer: string, index = 0): tf.Tensor =>
  model.getLayer(layer).getWeights()[index] as tf.Tensor;
