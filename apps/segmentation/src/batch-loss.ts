/** The loss of one batch: from typed arrays to the mean cross-entropy over its valid pixels. */
import type { TrainBatch } from '@plumbline/data';
import { softmaxCrossEntropy } from '@plumbline/ops';
import { tf } from '@plumbline/runtime';
import type { ForwardResult } from '@plumbline/training';
import type * as tfl from '@tensorflow/tfjs-layers';

/** Builds the loss function the training loop differentiates. */
export const batchLoss =
  (model: tfl.LayersModel, ignoreLabel: number) =>
  ({ images, labels, shape }: TrainBatch): ForwardResult => {
    const image = tf.tensor4d(images, [...shape, 3]);
    const truth = tf.tensor3d(labels, shape, 'int32');
    const logits = model.apply(image, { training: true }) as tf.Tensor4D;
    const { loss, validCount } = softmaxCrossEntropy(logits, truth, { ignoreLabel });
    return { loss, weight: validCount };
  };
