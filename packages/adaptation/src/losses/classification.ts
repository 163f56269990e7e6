// Softmax cross-entropy of images with their classes, with label smoothing: what every method learns from the source.
//
//   loss = mean_i [ (1 − ε) (−log p_i[y_i]) + ε/K Σ_k −log p_i[k] ],   p = softmax(z), z [n, K]
//
// Szegedy, Vanhoucke, Ioffe, Shlens, Wojna: "Rethinking the Inception Architecture for Computer Vision", 2016,
// arXiv 1512.00567, section 7, for the smoothing.

import { crossEntropyLoss } from '@plumbline/training';
import * as tf from '@tensorflow/tfjs-core';

/** No class, so that every label counts, however many classes there are. */
const NO_LABEL = -1;

/**
 * The mean cross-entropy of `logits` [n, K] with `labels` [n] (int32, class indices).
 *
 * @param labelSmoothing ε in [0, 1). Default 0.
 * @throws if shapes, types or ε do not fit.
 */
export function classificationLoss(logits: tf.Tensor2D, labels: tf.Tensor1D, labelSmoothing = 0): tf.Scalar {
  const [count, classCount] = logits.shape;
  if (labels.shape.length !== 1 || labels.shape[0] !== count) {
    throw new Error(
      `The classification loss got logits of ${count} images and labels of shape [${labels.shape.join(', ')}]: give one class index an image.`,
    );
  }
  // The loss of a segmentation, of images with a single pixel.
  return tf.tidy(
    () =>
      crossEntropyLoss(tf.reshape(logits, [count, 1, 1, classCount]), tf.reshape(labels, [count, 1, 1]), {
        ignoreLabel: NO_LABEL,
        labelSmoothing,
      }).loss,
  );
}
