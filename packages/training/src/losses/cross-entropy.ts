// Softmax cross-entropy with class weights, label smoothing and the hardest pixels only.
//
//   loss = Σ_p u_p [ (1 − ε) (−log s_p[y_p]) + ε/K Σ_c −log s_p[c] ],      s_p = softmax(z_p), over K classes
//
// with u_p from pixel-weights.ts: 1 / number of valid pixels where nothing else is asked for. Label smoothing: Szegedy et
// al. 2016, arXiv:1512.00567. Its term needs no second softmax, because the bracket equals
//   −log s_p[y_p] + ε (z_p[y_p] − mean_c z_p[c]).
// A pixel's class weight multiplies both terms, that of its true class (PyTorch weighs the second by every class's).

import { softmaxCrossEntropy } from '@plumbline/ops';
import * as tf from '@tensorflow/tfjs-core';
import { classTargets, DEFAULT_IGNORE_LABEL, flatPixels, type PixelLoss } from './pixels.ts';
import { pixelWeights, type PixelWeightOptions } from './pixel-weights.ts';

export interface CrossEntropyOptions extends PixelWeightOptions {
  /** Default 255. */
  ignoreLabel?: number;
  /** ε, in [0, 1). Default 0. */
  labelSmoothing?: number;
}

/**
 * The mean over the valid pixels of the batch; without options it is ops' `softmaxCrossEntropy`, bit by bit.
 *
 * @throws if shapes, types or an option do not fit.
 */
export function crossEntropyLoss(
  logits: tf.Tensor4D,
  labels: tf.Tensor3D,
  { ignoreLabel = DEFAULT_IGNORE_LABEL, labelSmoothing = 0, ...weighting }: CrossEntropyOptions = {},
): PixelLoss {
  if (!(labelSmoothing >= 0 && labelSmoothing < 1))
    throw new Error(
      `Cross-entropy: labelSmoothing must be at least 0 and below 1, and it is ${labelSmoothing}.`,
    );
  return tf.tidy(() => {
    const pixels = flatPixels('Cross-entropy', logits, labels, ignoreLabel);
    const weights = pixelWeights('Cross-entropy', pixels, weighting);
    const { loss: hard, validCount: weight } = softmaxCrossEntropy(logits, labels, {
      ignoreLabel,
      ...(weights === null ? {} : { pixelWeights: tf.reshape(weights, labels.shape) }),
    });
    if (labelSmoothing === 0) return { loss: hard, weight } as unknown as tf.NamedTensorMap;
    const { classes, valid, validCount } = pixels;
    const share = weights ?? tf.div(valid, tf.maximum(validCount, 1));
    // Linear in the logits: [P, K] · [P, K], the second a constant.
    const slopes = tf.sub(classTargets(pixels), 1 / classes);
    const excess = tf.sum(tf.mul(pixels.logits, tf.mul(slopes, tf.expandDims(share, 1))));
    return { loss: tf.add(hard, tf.mul(excess, labelSmoothing)), weight } as unknown as tf.NamedTensorMap;
  }) as unknown as PixelLoss;
}
