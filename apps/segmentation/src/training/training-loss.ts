/** From the section `loss` of the configuration to the function that is minimized. */
import type { SegmentationDataset } from '@plumbline/data';
import {
  checkClassWeights,
  KeptShareRamp,
  segmentationLoss,
  type ForwardResult,
  type NamedVariable,
} from '@plumbline/training';
import { tf } from '@plumbline/runtime';
import type { Config } from '../config/config.ts';

export interface TrainingLoss {
  /**
   * Mean over the valid pixels of logits [N, H, W, K] against labels [N, H, W]; to it comes, times `loss.auxiliary`,
   * that of the auxiliary head's logits where there are some.
   */
  of(logits: tf.Tensor4D, labels: tf.Tensor3D, auxiliary?: tf.Tensor4D): ForwardResult;
  /** Counts a micro-batch. */
  advance(): void;
  /** What a checkpoint must hold beside the model. */
  state(): NamedVariable[];
  dispose(): void;
}

/** The weight of each class; null where all count the same. */
function classWeights({ loss }: Config): readonly number[] | null {
  if (loss.classWeights === 'none') return null;
  if (Array.isArray(loss.classWeights)) return loss.classWeights;
  if (loss.computedClassWeights !== null) return loss.computedClassWeights;
  throw new Error(
    `loss.classWeights ${loss.classWeights} has not been computed yet: withClassWeights does it.`,
  );
}

/** @throws when there are more or fewer class weights than classes. */
export function trainingLoss(
  config: Config,
  { classes, ignoreLabel }: Pick<SegmentationDataset, 'classes' | 'ignoreLabel'>,
): TrainingLoss {
  const { crossEntropy, focal, dice, lovasz, focalGamma, labelSmoothing, hardPixels } = config.loss;
  const weights = classWeights(config);
  if (weights !== null) checkClassWeights('loss.classWeights', weights, classes.length);
  const { share, rampSteps, threshold } = hardPixels;
  // Micro-batches are counted, and the option speaks of optimizer steps.
  const ramp =
    rampSteps === 0
      ? null
      : new KeptShareRamp({ keptShare: share, rampSteps: rampSteps * config.train.accumulate });
  const fixed = {
    factors: { crossEntropy, focal, dice, lovasz },
    ignoreLabel,
    focalGamma,
    labelSmoothing,
    ...(weights === null ? {} : { classWeights: weights }),
    ...(threshold === null ? {} : { threshold }),
  };
  return {
    of: (logits, labels, auxiliary) => {
      const options = { ...fixed, keptShare: ramp === null ? share : ramp.share() };
      const main = segmentationLoss(logits, labels, options);
      if (auxiliary === undefined) return main;
      const { loss } = segmentationLoss(auxiliary, labels, options);
      return { ...main, loss: tf.add(main.loss, tf.mul<tf.Scalar>(loss, config.loss.auxiliary)) };
    },
    advance: () => ramp?.advance(),
    state: () => ramp?.state() ?? [],
    dispose: () => ramp?.dispose(),
  };
}
