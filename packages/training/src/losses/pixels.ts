// What every segmentation loss begins with: the checked arguments as flat pixels, and which of them count.

import * as tf from '@tensorflow/tfjs-core';

/** The mean of a loss, and how many pixels it is over: the `ForwardResult` of a training step. */
export interface PixelLoss {
  /** 0, with a gradient of zeros, if no pixel is valid. */
  loss: tf.Scalar;
  /** The valid pixels of the batch; carries no gradient. */
  weight: tf.Scalar;
}

/** A batch as a list of P = N·H·W pixels. */
export interface Pixels {
  /** [P, K] */
  logits: tf.Tensor2D;
  /** [P] int32; 0 for void pixels. */
  labels: tf.Tensor1D;
  /** [P] float32: 1 for a pixel that counts, 0 for a void one. */
  valid: tf.Tensor1D;
  validCount: tf.Scalar;
  /** 0; NaN if a label is neither a class nor void: added to a loss, it keeps such a pixel from passing for a learnt one. */
  check: tf.Scalar;
  /** K. */
  classes: number;
}

/** The label of pixels that count nowhere when none is given: PASCAL VOC's. */
export const DEFAULT_IGNORE_LABEL = 255;

const shapeText = ({ shape }: tf.Tensor): string => `[${shape.join(', ')}]`;

/**
 * Checks `logits` [N, H, W, K] and `labels` [N, H, W] and flattens them.
 *
 * @param loss names the loss in errors.
 * @throws if a rank, a type or the sizes do not fit.
 */
export function flatPixels(
  loss: string,
  logits: tf.Tensor4D,
  labels: tf.Tensor3D,
  ignoreLabel: number,
): Pixels {
  if (logits.rank !== 4 || logits.dtype !== 'float32')
    throw new Error(
      `${loss}: got logits of type ${logits.dtype} and shape ${shapeText(logits)}, wanted float32 [N, H, W, classes].`,
    );
  if (labels.rank !== 3 || labels.dtype !== 'int32')
    throw new Error(
      `${loss}: got labels of type ${labels.dtype} and shape ${shapeText(labels)}, wanted int32 class indices [N, H, W].`,
    );
  if (logits.shape.slice(0, 3).join() !== labels.shape.join())
    throw new Error(
      `${loss}: got logits of shape ${shapeText(logits)} and labels ${shapeText(labels)}; batch, height and width must be equal.`,
    );
  const flatLabels = tf.reshape(labels, [-1]) as tf.Tensor1D;
  const isValid = tf.notEqual(flatLabels, tf.scalar(ignoreLabel, 'int32'));
  const valid = tf.cast<tf.Tensor1D>(isValid as tf.Tensor1D, 'float32');
  const classLabels = tf.where(isValid, flatLabels, tf.zerosLike(flatLabels));
  const classes = logits.shape[3];
  const isClass = tf.logicalAnd(tf.greaterEqual(classLabels, 0), tf.less(classLabels, classes));
  return {
    logits: tf.reshape(logits, [-1, classes]),
    labels: classLabels,
    valid,
    validCount: tf.sum(valid),
    check: tf.sum(tf.where(isClass, tf.zerosLike(valid), NaN)),
    classes,
  };
}

/** [P, K]: 1 at a pixel's class, 0 elsewhere; rows of zeros for void pixels. */
export const classTargets = ({ labels, valid, classes }: Pixels): tf.Tensor2D =>
  tf.mul(tf.cast(tf.oneHot(labels, classes), 'float32'), tf.expandDims(valid, 1));

/** log softmax(logits)[label] of every pixel, [P]; void pixels have that of class 0. */
export function logProbability({ logits, labels, classes }: Pixels): tf.Tensor1D {
  const target = tf.cast(tf.oneHot(labels, classes), 'float32');
  return tf.sum(tf.mul(target, tf.logSoftmax(logits)), 1);
}
