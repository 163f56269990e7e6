/** The loss of one batch: from typed arrays to tensors, and from those to the mean over its valid pixels. */
import type { TrainBatch } from '@plumbline/data';
import { tf } from '@plumbline/runtime';
import type { ForwardResult } from '@plumbline/training';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { TrainingLoss } from './training-loss.ts';

/** A type, so that it is a container of tensors. */
export type BatchTensors = { images: tf.Tensor4D; labels: tf.Tensor3D };

/** Images [N, H, W, 3] and labels [N, H, W]. */
export const batchTensors = ({ images, labels, shape }: TrainBatch): BatchTensors => ({
  images: tf.tensor4d(images, [...shape, 3]),
  labels: tf.tensor3d(labels, shape, 'int32'),
});

/** Builds the loss function the training loop differentiates. */
export const batchLoss =
  (model: tfl.LayersModel, trainingLoss: TrainingLoss) =>
  ({ images, labels }: BatchTensors): ForwardResult => {
    const outputs = model.apply(images, { training: true }) as tf.Tensor4D | tf.Tensor4D[];
    const [logits, auxiliary] = [outputs].flat() as [tf.Tensor4D, tf.Tensor4D?];
    const result = trainingLoss.of(logits, labels, auxiliary);
    trainingLoss.advance();
    return result;
  };
