/** How long a run is in optimizer steps: configurations speak of epochs. */
import type { Config } from '../config/config.ts';

export interface RunLength {
  /** Optimizer steps in one pass over the training images, whose incomplete last batch is left out; with `accumulate` a fraction. */
  stepsPerEpoch: number;
  totalSteps: number;
  /** Steps between two evaluations, and two checkpoints. */
  evaluateEvery: number;
  checkpointEvery: number;
}

/** @throws if there are fewer images than a step takes. */
export function runLength({ train }: Config, images: number): RunLength {
  const { batchSize, accumulate, epochs, evaluateEvery, checkpointEvery } = train;
  // Epochs are the loader's, which leaves out an incomplete last batch.
  const stepsPerEpoch = Math.floor(images / batchSize) / accumulate;
  const totalSteps = Math.round(epochs * stepsPerEpoch);
  if (stepsPerEpoch === 0 || totalSteps === 0) {
    throw new Error(
      `A step takes ${batchSize * accumulate} images (train.batchSize × train.accumulate), and ${epochs} epochs of ${images} training images ` +
        'are less than one: lower them, raise train.epochs, or raise data.trainLimit where that is set.',
    );
  }
  const steps = (ofEpochs: number): number => Math.max(1, Math.round(ofEpochs * stepsPerEpoch));
  return {
    stepsPerEpoch,
    totalSteps,
    evaluateEvery: steps(evaluateEvery),
    checkpointEvery: steps(checkpointEvery),
  };
}
