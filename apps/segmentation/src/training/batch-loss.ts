/** The loss of one batch: from typed arrays to the mean over its valid pixels. */
import type { TrainBatch } from '@plumbline/data';
import { tf } from '@plumbline/runtime';
import type { ForwardResult } from '@plumbline/training';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { TrainingLoss } from './training-loss.ts';

/** Builds the loss function the training loop differentiates. */
export const batchLoss =
  (model: tfl.LayersModel, trainingLoss: TrainingLoss) =>
  ({ images, labels, shape }: TrainBatch): ForwardResult => {
    const image = tf.tensor4d(images, [...shape, 3]);
    const truth = tf.tensor3d(labels, shape, 'int32');
    const outputs = model.apply(image, { training: true }) as tf.Tensor4D | tf.Tensor4D[];
    const [logits, auxiliary] = [outputs].flat() as [tf.Tensor4D, tf.Tensor4D?];
    const result = trainingLoss.of(logits, truth, auxiliary);
    trainingLoss.advance();
    return result;
  };
