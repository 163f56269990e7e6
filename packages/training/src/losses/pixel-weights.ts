// How much each pixel counts in a loss that is a mean over pixels.
//
//   u_p = w[y_p] · keep_p / max(1, Σ keep)         keep_p: 1 for valid pixels, or for the hard ones among them
//
// The divisor counts pixels and not their weights. PyTorch divides by Σ w[y_p]; then an image of one class has the same
// loss whatever that class's weight, and with one or two images a step the weights would do little. Here a batch of two
// images is the mean over the valid pixels of both, and class weights work across steps.

import * as tf from '@tensorflow/tfjs-core';
import { checkHardPixels, hardPixels, selectsPixels, type HardPixelOptions } from './hard-pixels.ts';
import type { Pixels } from './pixels.ts';

export interface PixelWeightOptions extends HardPixelOptions {
  /** One a class, 0 or above. Default: 1 each. */
  classWeights?: readonly number[];
}

/** @throws on another number of weights than classes, or a weight that is negative or no number. */
export function checkClassWeights(loss: string, weights: readonly number[], classes: number): void {
  if (weights.length !== classes)
    throw new Error(
      `${loss}: got ${weights.length} class weights for ${classes} classes: give one a class, background included.`,
    );
  const bad = weights.findIndex((weight) => !(weight >= 0 && Number.isFinite(weight)));
  if (bad >= 0)
    throw new Error(
      `${loss}: the weight of class ${bad} is ${weights[bad]}, and a finite number of 0 or above is wanted.`,
    );
  if (weights.every((weight) => weight === 0))
    throw new Error(`${loss}: all class weights are 0, so nothing would be learnt: give a class a weight.`);
}

/** u of the formula, [P]; null if it is 1 / validCount for every valid pixel. */
export function pixelWeights(
  loss: string,
  pixels: Pixels,
  { classWeights, ...hard }: PixelWeightOptions,
): tf.Tensor1D | null {
  checkHardPixels(loss, hard);
  if (classWeights !== undefined) checkClassWeights(loss, classWeights, pixels.classes);
  if (classWeights === undefined && !selectsPixels(hard)) return null;
  return tf.tidy(() => {
    const keep = selectsPixels(hard) ? hardPixels(pixels, hard) : pixels.valid;
    const share = tf.div(keep, tf.maximum(tf.sum(keep), 1)) as tf.Tensor1D;
    return classWeights === undefined
      ? share
      : tf.mul<tf.Tensor1D>(share, tf.gather(tf.tensor1d([...classWeights]), pixels.labels));
  });
}
