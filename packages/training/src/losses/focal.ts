// Focal loss: cross-entropy that fades where the network is sure already.
//
// Lin, Goyal, Girshick, He, Dollár 2017, arXiv:1708.02002, here over a softmax of K classes:
//   loss = Σ_p −u_p (1 − s_p)^γ log s_p,        s_p = softmax(z_p)[y_p]
// with u_p from pixel-weights.ts: 1 / number of valid pixels where nothing else is asked for; the paper's α is a class
// weight.

import * as tf from '@tensorflow/tfjs-core';
import { DEFAULT_IGNORE_LABEL, flatPixels, logProbability, type PixelLoss } from './pixels.ts';
import { pixelWeights, type PixelWeightOptions } from './pixel-weights.ts';

export interface FocalOptions extends PixelWeightOptions {
  /** Default 255. */
  ignoreLabel?: number;
  /** γ, 0 or above; 0 is cross-entropy. Default 2, the paper's. */
  gamma?: number;
}

/** Below it (1 − s)^γ has no finite slope when γ < 1; the loss itself is smaller than γ-th powers of it. */
const LEAST_DOUBT = 1e-6;

/**
 * The mean over the valid pixels of the batch.
 *
 * @throws if shapes, types or an option do not fit.
 */
export function focalLoss(
  logits: tf.Tensor4D,
  labels: tf.Tensor3D,
  { ignoreLabel = DEFAULT_IGNORE_LABEL, gamma = 2, ...weighting }: FocalOptions = {},
): PixelLoss {
  if (!(gamma >= 0 && Number.isFinite(gamma)))
    throw new Error(`Focal loss: gamma must be a number of 0 or above, and it is ${gamma}.`);
  return tf.tidy(() => {
    const pixels = flatPixels('Focal loss', logits, labels, ignoreLabel);
    const { valid, validCount, check } = pixels;
    const weights = pixelWeights('Focal loss', pixels, weighting) ?? tf.div(valid, tf.maximum(validCount, 1));
    const logS = logProbability(pixels);
    const doubt = tf.maximum(tf.sub(1, tf.exp(logS)), LEAST_DOUBT);
    const losses = tf.mul(tf.neg(logS), gamma === 0 ? 1 : tf.exp(tf.mul(tf.log(doubt), gamma)));
    return {
      loss: tf.add(tf.sum(tf.mul(losses, weights)), check),
      weight: validCount,
    } as unknown as tf.NamedTensorMap;
  }) as unknown as PixelLoss;
}
