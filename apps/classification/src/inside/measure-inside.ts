// Everything that one look inside a network in training gives, as a record of a few numbers per layer: a line of `inside.jsonl` in
// the run folder.

import type * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { activationMoments } from './activation-moments.ts';
import { effectiveLearningRates } from './effective-learning-rate.ts';
import { gradientNorms, probeGradients } from './gradient-probe.ts';
import { gradientShift } from './gradient-shift.ts';
import type { InsideRecord } from './inside-record.ts';

export interface MeasureInsideOptions {
  /** Gives logits [N, K] alone. It is left as it was: weights, running statistics and counters. */
  readonly model: tfl.LayersModel;
  /** [N, H, W, C], a training batch; the caller's. Batch statistics are those of this batch. */
  readonly images: tf.Tensor4D;
  /** [N], int32; the caller's. */
  readonly labels: tf.Tensor1D;
  /** Of the next step. */
  readonly learningRate: number;
  /** Optimizer steps done. */
  readonly step: number;
}

/** Costs about two training steps on the batch. Leaves no tensors. */
export async function measureInside({
  model,
  images,
  labels,
  learningRate,
  step,
}: MeasureInsideOptions): Promise<InsideRecord> {
  const activations = await activationMoments(model, images);
  const probed = probeGradients(model, [{ images, labels }]);
  try {
    const [loss = NaN] = await probed.loss.data();
    const gradients = await gradientNorms(model, probed);
    const shifts = await gradientShift(model, probed);
    const rates = await effectiveLearningRates(model, learningRate);
    return { step, batchSize: images.shape[0], learningRate, loss, activations, gradients, shifts, rates };
  } finally {
    probed.dispose();
  }
}
