/**
 * Softmax cross-entropy over the valid pixels of a segmentation.
 *
 *   loss = Σ_{valid p} −log softmax(logits[p])[label[p]] / max(1, number of valid pixels)
 *
 * or, with weights w of one's own,   loss = Σ_{valid p} −w[p] log softmax(logits[p])[label[p]].
 * A pixel is valid unless it carries the ignore label; PASCAL VOC marks borders and padding with 255.
 */
import * as tf from '@tensorflow/tfjs-core';
import { requireFloat, requireRank } from './checks.ts';
import { stopGradient } from './gradient-flow.ts';
import { attributes, nativeBackend, type NativeBackend } from './native-backend.ts';
import { at } from './native-kernel.ts';

export interface SoftmaxCrossEntropyOptions {
  /** Pixels with this label count neither in the loss nor in its divisor. Default 255. */
  ignoreLabel?: number;
  /**
   * What each pixel's loss is multiplied by before the sum, [N, H, W] float32, in place of 1 / number of valid pixels:
   * for class weights, or a loss of some pixels only. A constant to the gradient; void pixels do not count whatever
   * theirs.
   */
  pixelWeights?: tf.Tensor3D;
}

export interface SoftmaxCrossEntropyResult {
  /** Mean over the valid pixels of the whole batch, or the sum that `pixelWeights` weighs; 0 if no pixel is valid. */
  loss: tf.Scalar;
  /** How many pixels were valid; carries no gradient. */
  validCount: tf.Scalar;
}

/** −log softmax(logits)[label] of flat pixels, each weighted; logits [P, C], labels [P] all in 0 … C−1. */
function nativeWeightedSum(
  native: NativeBackend,
  logits: tf.Tensor2D,
  labels: tf.Tensor,
  weights: tf.Tensor,
): tf.Tensor {
  // Not a registered kernel: those keep outputs for the gradient, and the slopes [P, C] are no output.
  const weightedSum = tf.customGrad((...args) => {
    const [x, save] = args as unknown as [tf.Tensor, tf.GradSaveFunc];
    const outputs = native.executeMultipleOutputs(
      'SparseSoftmaxCrossEntropyWithLogits',
      attributes(native, { T: { type: 'float32' }, Tlabels: { type: 'int32' } }),
      [x, labels],
      2,
    );
    save([at(outputs, 1), weights]);
    return {
      value: tf.sum(tf.mul(at(outputs, 0), weights)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        tf.mul(at(saved, 0), tf.expandDims(tf.mul(at(saved, 1), dy), 1)),
    };
  });
  return weightedSum(logits);
}

/** The same on plain TensorFlow.js operations; a label that is no class and has a weight gives NaN. */
function portableWeightedSum(logits: tf.Tensor2D, labels: tf.Tensor1D, weights: tf.Tensor): tf.Tensor {
  const classes = logits.shape[1];
  const target = tf.cast(tf.oneHot(labels, classes), 'float32');
  const losses = tf.neg(tf.sum(tf.mul(target, tf.logSoftmax(logits)), 1));
  // oneHot gives a row of zeros for a label that is no class; that must not pass for a loss of 0.
  const known = tf.logicalAnd(tf.greaterEqual(labels, 0), tf.less(labels, classes));
  return tf.sum(tf.mul(tf.where(known, losses, NaN), weights));
}

/**
 * The mean cross-entropy of `logits` [N, H, W, C] against `labels` [N, H, W] (int32, 0 … C−1 or the ignore label).
 * Differentiable in the logits.
 *
 * A label that is neither a class nor the ignore label makes the loss NaN, or TensorFlow's CPU kernel throw: check masks
 * when they are read.
 *
 * @throws if a shape or type does not fit.
 */
export function softmaxCrossEntropy(
  logits: tf.Tensor4D,
  labels: tf.Tensor3D,
  { ignoreLabel = 255, pixelWeights }: SoftmaxCrossEntropyOptions = {},
): SoftmaxCrossEntropyResult {
  requireRank('softmaxCrossEntropy', 'logits', logits, 4, '[N, H, W, classes]');
  requireRank('softmaxCrossEntropy', 'labels', labels, 3, '[N, H, W]');
  requireFloat('softmaxCrossEntropy', 'logits', logits);
  if (labels.dtype !== 'int32') {
    throw new Error(
      `softmaxCrossEntropy: got labels of type ${labels.dtype}, wanted int32 class indices; convert them with tf.cast.`,
    );
  }
  if (logits.shape.slice(0, 3).join() !== labels.shape.join()) {
    throw new Error(
      `softmaxCrossEntropy: got logits of shape [${logits.shape.join(', ')}] and labels [${labels.shape.join(', ')}]; batch, height and width must be equal.`,
    );
  }
  if (pixelWeights !== undefined) {
    requireFloat('softmaxCrossEntropy', 'pixelWeights', pixelWeights);
    if (pixelWeights.shape.join() !== labels.shape.join()) {
      throw new Error(
        `softmaxCrossEntropy: got pixelWeights of shape [${pixelWeights.shape.join(', ')}] and labels [${labels.shape.join(', ')}]; one weight a pixel is wanted.`,
      );
    }
  }
  return tf.tidy(() => {
    const flatLogits = tf.reshape(logits, [-1, logits.shape[3]]) as tf.Tensor2D;
    const flatLabels = tf.reshape(labels, [-1]) as tf.Tensor1D;
    const valid = tf.notEqual(flatLabels, tf.scalar(ignoreLabel, 'int32'));
    const classLabels = tf.where(valid, flatLabels, tf.zerosLike(flatLabels));
    const counted = tf.cast(valid, 'float32');
    const validCount = tf.sum(counted);
    const weights =
      pixelWeights === undefined
        ? tf.div(counted, tf.maximum(validCount, 1))
        : tf.mul(counted, tf.reshape(stopGradient(pixelWeights), [-1]));
    const native = nativeBackend();
    const loss =
      native === null
        ? portableWeightedSum(flatLogits, classLabels, weights)
        : nativeWeightedSum(native, flatLogits, classLabels, weights);
    return { loss, validCount } as unknown as tf.NamedTensorMap;
  }) as unknown as SoftmaxCrossEntropyResult;
}
