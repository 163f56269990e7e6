// Softmax cross-entropy of whole images, with label smoothing and mixed labels.
//
//   loss = mean_i −Σ_c t_i[c] log p_i[c],     p_i = softmax(z_i), over K classes
//   t_i  = (1 − ε) (λ e[y_i] + (1 − λ) e[y'_i]) + ε/K
//
// with e[y] one at class y and zero elsewhere. ε smooths labels: Szegedy et al. 2016, arXiv:1512.00567. λ is the share of
// the image itself where another one, of class y', was blended into it: mixup, Zhang, Cisse, Dauphin, Lopez-Paz 2017,
// arXiv:1710.09412.

import * as tf from '@tensorflow/tfjs-core';

/** The classes of images that were blended into those of the batch. */
export interface LabelMix {
  /** [N] int32: the class of each image's partner. */
  partners: tf.Tensor1D;
  /** λ, the share of the image itself, in [0, 1]. */
  share: tf.Scalar;
}

export interface ClassificationLossOptions {
  /** ε, in [0, 1). Default 0. */
  labelSmoothing?: number;
  /** Left out: images are of one class. */
  mix?: LabelMix;
}

/** The mean of a loss, and how many images it is over: the `ForwardResult` of a training step. */
export interface ImageLoss {
  loss: tf.Scalar;
  /** The images of the batch; carries no gradient. */
  weight: tf.Scalar;
}

/** e[y] of every image, [N, K]; a row of NaN for a label that is no class. */
function classTargets(labels: tf.Tensor1D, classes: number): tf.Tensor2D {
  const isClass = tf.logicalAnd(tf.greaterEqual(labels, 0), tf.less(labels, classes));
  const targets = tf.cast(tf.oneHot(labels, classes), 'float32') as tf.Tensor2D;
  return tf.where(tf.expandDims(isClass, 1), targets, tf.fill(targets.shape, NaN));
}

function checkLabels(what: string, labels: tf.Tensor1D, logits: tf.Tensor2D): void {
  if (labels.dtype === 'int32' && labels.rank === 1 && labels.shape[0] === logits.shape[0]) return;
  throw new Error(
    `The classification loss got ${what} of type ${labels.dtype} and shape [${labels.shape.join(', ')}] for logits of shape [${logits.shape.join(', ')}]: give one int32 class index an image.`,
  );
}

/**
 * The mean over the images of a batch: `logits` [N, K] float32, `labels` [N] int32, from 0 to K − 1. Differentiable in the
 * logits.
 *
 * A label that is no class makes the loss and the gradient of its image NaN, which ends a run.
 *
 * @throws if a shape, a type or ε does not fit.
 */
export function classificationLoss(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  { labelSmoothing = 0, mix }: ClassificationLossOptions = {},
): ImageLoss {
  if (logits.rank !== 2 || logits.dtype !== 'float32')
    throw new Error(
      `The classification loss got logits of type ${logits.dtype} and shape [${logits.shape.join(', ')}]: give float32 [images, classes].`,
    );
  checkLabels('labels', labels, logits);
  if (!(labelSmoothing >= 0 && labelSmoothing < 1))
    throw new Error(
      `labelSmoothing of the classification loss must be at least 0 and below 1, and it is ${labelSmoothing}.`,
    );
  const [images, classes] = logits.shape;
  return tf.tidy(() => {
    let targets = classTargets(labels, classes);
    if (mix !== undefined) {
      checkLabels('labels of partners', mix.partners, logits);
      const others = classTargets(mix.partners, classes);
      targets = tf.add(others, tf.mul(tf.sub(targets, others), mix.share));
    }
    if (labelSmoothing > 0) targets = tf.add(tf.mul(targets, 1 - labelSmoothing), labelSmoothing / classes);
    const loss = tf.div(tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(logits)))), images);
    return { loss, weight: tf.scalar(images) } as unknown as tf.NamedTensorMap;
  }) as unknown as ImageLoss;
}
