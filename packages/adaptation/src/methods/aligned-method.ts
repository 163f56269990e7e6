// What the methods without a head have in common: beside the source's cross-entropy, a weighted loss that brings the
// domains together, or makes the target's predictions sure.
//
//   total = CE(source) + weight · alignment

import { classificationLoss } from '@plumbline/training';
import * as tf from '@tensorflow/tfjs-core';
import type { TrainingStep } from '../method.ts';
import { checkWeight } from './check-weight.ts';
import type { MethodFactory } from './plan.ts';

export interface AlignmentOptions {
  /** Of the alignment in the loss. */
  weight?: number;
  /** ε of the source's cross-entropy, in [0, 1). Default 0. */
  labelSmoothing?: number;
}

export interface Alignment {
  readonly loss: tf.Scalar;
  /** For the log, beside `classification`. */
  readonly terms: Readonly<Record<string, tf.Scalar>>;
}

/**
 * A method of both domains without heads and state.
 *
 * @throws on a weight that is no number from 0.
 */
export function alignedMethod(
  name: string,
  { weight, labelSmoothing = 0 }: AlignmentOptions & { weight: number },
  align: (step: TrainingStep) => Alignment,
): MethodFactory {
  checkWeight(name, weight);
  return () => ({
    name,
    domains: { source: true, target: true },
    heads: [],
    loss: (step) => {
      const { source, sourceBatch } = step;
      const { loss: classification } = classificationLoss(source.logits, sourceBatch.labels, {
        labelSmoothing,
      });
      const { loss, terms } = align(step);
      return { total: tf.add(classification, tf.mul(loss, weight)), terms: { classification, ...terms } };
    },
    dispose: () => undefined,
  });
}
